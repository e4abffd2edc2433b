"""Connections to property management systems, whose bookings become stays, and default hours of stays."""

from datetime import time
from typing import Final

from django.db import models
from django.db.models import Q

from authorization.pms.systems import catalogue
from chargers.models import Host, Property, Unit
from chargers.models.free_text import FreeText

CHECK_IN: Final = time(15)
CHECK_OUT: Final = time(11)
EARLY_MIN: Final = 120
LATE_MIN: Final = 60
LONGEST_MARGIN_MIN: Final = 2880
MAX_PHONES: Final = 4
"""The largest number of phones per stay, for guests who travel together; a host may allow only one."""


def usual_check_in() -> time:
    """A default as a function: `check --deploy` warns of a fixed time within ten seconds of it (fields.W161)."""
    return CHECK_IN


def usual_check_out() -> time:
    return CHECK_OUT


def system_choices() -> list[tuple[str, str]]:
    """Choices as a function, so that a new system needs no migration."""
    return catalogue.choices()


class PmsConnection(models.Model):
    """A host's connection to one calendar, or one account at a system.

    Its address may be a secret, so it is stored encrypted.
    """

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="pms_connections")
    key = models.SlugField(unique=True)
    name = FreeText(max_length=100)
    kind = models.CharField(max_length=40, choices=system_choices)
    url_encrypted = models.TextField()
    credentials_encrypted = models.TextField(blank=True, help_text="A JSON object.")
    webhook_key = models.CharField(max_length=43, unique=True, help_text="Unguessable; in the address of its events.")
    is_enabled = models.BooleanField(default=True, help_text="Off: paused; nothing is read.")
    created_at = models.DateTimeField()
    next_due_at = models.DateTimeField(help_text="When a worker reads it next.")
    leased_until = models.DateTimeField(null=True, blank=True, help_text="While a worker reads it.")
    tried_at = models.DateTimeField(null=True, blank=True)
    succeeded_at = models.DateTimeField(null=True, blank=True)
    read_until = models.DateTimeField(null=True, blank=True, help_text="Changes before it were read; null: read all.")
    read_whole_at = models.DateTimeField(null=True, blank=True)
    event_at = models.DateTimeField(null=True, blank=True, help_text="Of the last event that it sent.")
    failing_since = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    failure_code = models.CharField(max_length=40, blank=True)
    failure_facts = models.JSONField(default=dict, blank=True)
    stays_read = models.PositiveIntegerField(default=0, help_text="At the last good reading.")
    refused_rows = models.JSONField(default=list, blank=True, help_text="Sentences on entries that could not be read.")
    token_encrypted = models.TextField(blank=True, help_text="An access token that all processes share.")
    token_expires_at = models.DateTimeField(null=True, blank=True)
    token_fetches = models.JSONField(default=list, blank=True, help_text="When tokens were asked for, of one day.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(failure_code="", failing_since=None)
                | (~Q(failure_code="") & Q(failing_since__isnull=False)),
                name="pmsconnection_failure_is_complete",
            )
        ]
        indexes = [models.Index(fields=["next_due_at"], condition=Q(is_enabled=True), name="pmsconnection_due")]

    def __str__(self) -> str:
        return self.name


class PmsListing(models.Model):
    """A listing in the system, and the unit that it stands for here; without a property it is not mapped yet."""

    connection = models.ForeignKey(PmsConnection, on_delete=models.CASCADE, related_name="listings")
    key = models.CharField(max_length=100, help_text="Their id; * for all of a calendar.")
    name = FreeText(max_length=200, blank=True)
    property = models.ForeignKey(Property, on_delete=models.CASCADE, null=True, blank=True, related_name="listings")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, null=True, blank=True, related_name="listings")
    waiting = models.PositiveIntegerField(default=0, help_text="Bookings that wait for its unit.")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "key"], name="pmslisting_once"),
            models.CheckConstraint(
                condition=Q(unit=None) | Q(property__isnull=False), name="pmslisting_unit_has_property"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.key


class StayHours(models.Model):
    """Default check-in and check-out hours at a property, in its time zone, for bookings that name none.

    Also how long before and after a stay its guests may charge, and on how many phones.
    """

    property = models.OneToOneField(Property, on_delete=models.CASCADE, related_name="stay_hours")
    check_in = models.TimeField(default=usual_check_in)
    check_out = models.TimeField(default=usual_check_out)
    early_min = models.PositiveSmallIntegerField(
        default=EARLY_MIN, db_default=EARLY_MIN, help_text="Minutes before check-in from which guests may charge."
    )
    late_min = models.PositiveSmallIntegerField(
        default=LATE_MIN, db_default=LATE_MIN, help_text="Minutes after check-out until which guests may charge."
    )
    most_phones = models.PositiveSmallIntegerField(
        default=MAX_PHONES, db_default=MAX_PHONES, help_text="Phones that one booking opens the chargers for."
    )

    class Meta:
        verbose_name_plural = "stay hours"
        constraints = [
            models.CheckConstraint(
                condition=Q(early_min__lte=LONGEST_MARGIN_MIN, late_min__lte=LONGEST_MARGIN_MIN),
                name="stayhours_margins_within_two_days",
            ),
            models.CheckConstraint(
                condition=Q(most_phones__gte=1, most_phones__lte=20), name="stayhours_one_to_twenty_phones"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.property}: {self.check_in:%H:%M} to {self.check_out:%H:%M}"
