"""What chargers report about themselves: settings, events and deviations."""

from django.db import models
from django.db.models import F, Q

from chargers.models.hardware import Charger


class Variable(models.Model):
    """A setting as the charger last reported it: a 1.6 configuration key or a 2.x component-variable."""

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="variables")
    component = models.CharField(max_length=100, blank=True, help_text="Empty for a 1.6 key.")
    component_instance = models.CharField(max_length=100, blank=True)
    evse_number = models.PositiveIntegerField(null=True, blank=True)
    connector_number = models.PositiveIntegerField(null=True, blank=True)
    name = models.CharField(max_length=100)
    instance = models.CharField(max_length=100, blank=True)
    attribute = models.CharField(max_length=10, default="Actual")
    value = models.TextField(null=True)  # noqa: DJ001 - null: not reported (write-only)
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
    """An event that a charger reported about itself: a boot, a security event, a monitored event, firmware."""

    class Topic(models.TextChoices):
        BOOT = "boot", "Restarts"
        FIRMWARE = "firmware", "Firmware"
        UPLOAD = "upload", "Logs and diagnostics"
        SECURITY = "security", "Security"
        MONITORING = "monitoring", "Monitored values"
        SETTINGS = "settings", "Settings"
        LIMITS = "limits", "Limits and charging profiles"
        RESERVATION = "reservation", "Reservations"
        DISPLAY = "display", "Messages on its screen"
        CUSTOMER = "customer", "Data about customers"
        CERTIFICATES = "certificates", "Certificates and contracts"
        PAYMENT = "payment", "Payments and invoices"
        GRID = "grid", "Grid and batteries"
        VENDOR = "vendor", "The maker's own messages"
        PROTOCOL = "protocol", "Answers of ours"
        OTHER = "", "Other"

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=40, help_text="The OCPP action that brought it.")
    topic = models.CharField(max_length=20, choices=Topic, default=Topic.OTHER, blank=True)
    state = models.CharField(max_length=60, blank=True, help_text="The charger's own word for how it stands.")
    request_id = models.BigIntegerField(null=True, blank=True, help_text="The request of ours that it answers to.")
    evse_number = models.PositiveIntegerField(null=True, blank=True)
    transaction_ref = models.CharField(max_length=255, blank=True, help_text="The transaction in it, as on the wire.")
    summary = models.CharField(max_length=255)
    payload = models.JSONField(default=dict)
    at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["charger", "-at"], name="chargerevent_by_charger"),
            models.Index(fields=["charger", "-id"], name="chargerevent_by_receipt"),
            models.Index(fields=["charger", "topic", "-id"], name="chargerevent_by_topic"),
        ]

    def __str__(self) -> str:
        return self.summary


class EventStream(models.Model):
    """A periodic event stream (OCPP 2.1 N11): values that a charger samples and sends without waiting for answers.

    `recent` holds the newest values, oldest first, as pairs of an ISO time and the value's text; the journal also has
    every frame.
    """

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="streams")
    stream_id = models.BigIntegerField(help_text="The charger's number for it.")
    monitor_id = models.BigIntegerField(null=True, blank=True, help_text="The variable monitoring that it reports.")
    interval_s = models.IntegerField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField(null=True, blank=True)
    last_value = models.CharField(max_length=255, blank=True)
    pending = models.BigIntegerField(null=True, blank=True, help_text="Values that wait in the charger.")
    count = models.PositiveBigIntegerField(default=0, help_text="Values received since it was opened.")
    recent = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["charger", "stream_id"], name="eventstream_unique_in_charger")]

    def __str__(self) -> str:
        return f"Stream {self.stream_id} of {self.charger}"


class Deviation(models.Model):
    """A way in which a charger's messages differ from the standard, counted by firmware."""

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
