"""What a charger told of itself: its settings, events and oddities."""

from django.db import models
from django.db.models import F, Q

from chargers.models.hardware import Charger


class Variable(models.Model):
    """One setting as the charger last reported it: a 1.6 configuration key or a 2.x component-variable."""

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="variables")
    component = models.CharField(max_length=100, blank=True, help_text="Empty for a 1.6 key.")
    component_instance = models.CharField(max_length=100, blank=True)
    evse_number = models.PositiveIntegerField(null=True, blank=True)
    connector_number = models.PositiveIntegerField(null=True, blank=True)
    name = models.CharField(max_length=100)
    instance = models.CharField(max_length=100, blank=True)
    attribute = models.CharField(max_length=10, default="Actual")
    value = models.TextField(null=True)  # noqa: DJ001 - null: the charger did not tell (write-only)
    mutability = models.CharField(max_length=20, blank=True)
    reported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "charger",
                    "component",
                    "component_instance",
                    "evse_number",
                    "connector_number",
                    "name",
                    "instance",
                    "attribute",
                ],
                name="variable_unique_in_charger",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.component}.{self.name}" if self.component else self.name


class ChargerEvent(models.Model):
    """Something that a charger reported of itself: a boot, a security event, a monitored event, firmware."""

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=40, help_text="The OCPP action that brought it.")
    summary = models.CharField(max_length=255)
    payload = models.JSONField(default=dict)
    at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["charger", "-at"], name="chargerevent_by_charger")]

    def __str__(self) -> str:
        return self.summary


class Deviation(models.Model):
    """A way in which a charger's messages differ from the standard, counted, with the firmware that did it."""

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="deviations")
    action = models.CharField(max_length=60)
    path = models.CharField(max_length=255)
    sentence = models.CharField(max_length=500)
    firmware_version = models.CharField(max_length=255, blank=True)
    count = models.PositiveBigIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["charger", "action", "path", "firmware_version"], name="deviation_unique_in_charger"
            ),
            models.CheckConstraint(condition=Q(last_at__gte=F("first_at")), name="deviation_times_in_order"),
        ]

    def __str__(self) -> str:
        return self.sentence
