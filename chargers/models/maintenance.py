"""Planned maintenance of a property's chargers, and its effect on each charger."""

from django.db import models
from django.db.models import F, Q

from chargers.models.availability import OutageExclusion
from chargers.models.free_text import FreeText
from chargers.models.hardware import Charger
from chargers.models.hosts import Property


class Maintenance(models.Model):
    """A half-open window for some or all chargers of a property; `ended_at` closes it, early or on time."""

    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="maintenances")
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="As planned.")
    reason = FreeText(max_length=200, help_text="Guests read it.")
    refuses_starts = models.BooleanField(help_text="Otherwise guests are only warned.")
    planned_by = models.CharField(max_length=150)
    planned_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("begins_at")), name="maintenance_in_order"),
            models.CheckConstraint(condition=~Q(reason=""), name="maintenance_says_why"),
        ]
        indexes = [
            models.Index(fields=["property", "-begins_at"], name="maintenance_by_property"),
            models.Index(fields=["begins_at"], condition=Q(ended_at=None), name="maintenance_live"),
        ]

    def __str__(self) -> str:
        return f"{self.property}, {self.begins_at:%Y-%m-%d %H:%M} to {self.ends_at:%H:%M} UTC"


class MaintainedCharger(models.Model):
    """A charger of a window. If starts are refused, it is made unavailable, and available again afterwards."""

    class Switch(models.TextChoices):
        NONE = "", "Not switched"
        OFF_ASKED = "off_asked", "Being made unavailable"
        OFF = "off", "Unavailable"
        ON_ASKED = "on_asked", "Being made available"
        ON = "on", "Available again"

    maintenance = models.ForeignKey(Maintenance, on_delete=models.CASCADE, related_name="chargers")
    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="maintenances")
    exclusion = models.ForeignKey(OutageExclusion, on_delete=models.SET_NULL, null=True, related_name="+")
    switch = models.CharField(max_length=10, choices=Switch, blank=True, default=Switch.NONE)
    command_id = models.UUIDField(null=True, help_text="The last command that was to switch it.")
    asked_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=20, blank=True, help_text="What it answered, as a command’s state.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["maintenance", "charger"], name="maintainedcharger_once")]

    def __str__(self) -> str:
        return f"{self.charger}: {self.get_switch_display()}"
