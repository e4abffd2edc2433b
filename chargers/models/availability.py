"""The history of the states of chargers and connectors, and outages that do not count."""

from django.db import models
from django.db.models import F, Q

from chargers.models.free_text import FreeText
from chargers.models.hardware import Charger


class StateSpan(models.Model):
    """A state of a charger or a connector from `since` to `until`; an open one is the current state.

    Database triggers write them (migration 0021) when a connection begins or ends and when a status changes, so that no
    code that writes either can leave a gap. Numbers are null for the charger itself.
    """

    class Track(models.TextChoices):
        CONNECTION = "connection", "Connection"
        STATUS = "status", "Status"

    class State(models.TextChoices):
        ONLINE = "online", "Online"
        OFFLINE = "offline", "Offline"
        FREE = "free", "Available"
        IN_USE = "in_use", "In use"
        FAULTED = "faulted", "Faulted"
        OUT_OF_SERVICE = "out_of_service", "Out of service"
        UNKNOWN = "unknown", "Unknown"

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="state_spans")
    track = models.CharField(max_length=10, choices=Track)
    evse_number = models.PositiveIntegerField(null=True)
    connector_number = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=14, choices=State)
    detail = models.CharField(max_length=255, blank=True, help_text="The error code that a fault began with.")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, help_text="Null: it lasts.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["charger", "track", "evse_number", "connector_number"],
                condition=Q(until=None),
                nulls_distinct=False,
                name="statespan_one_open",
            ),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gt=F("since")), name="statespan_in_order"),
            models.CheckConstraint(
                condition=Q(track="connection", state__in=["online", "offline"])
                | Q(track="status", state__in=["free", "in_use", "faulted", "out_of_service", "unknown"]),
                name="statespan_state_of_track",
            ),
        ]
        indexes = [
            models.Index(fields=["charger", "since"], name="statespan_by_charger"),
            # Outages are few among the spans: the uptime of a whole fleet only reads these.
            models.Index(
                fields=["charger", "since"],
                condition=Q(state__in=["offline", "faulted", "out_of_service"]),
                name="statespan_of_outages",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} since {self.since:%Y-%m-%d %H:%M:%S}"


class OutageExclusion(models.Model):
    """A time in which an outage does not count against the operator, as decided by a user, with the reason.

    23 CFR 680.116(b)(3) names the kinds that the NEVI figure leaves out; `NETWORK` is not one of them.
    """

    class Kind(models.TextChoices):
        UTILITY = "utility", "Electric utility interruption"
        VEHICLE = "vehicle", "Fault of the vehicle"
        MAINTENANCE = "maintenance", "Scheduled maintenance"
        VANDALISM = "vandalism", "Vandalism"
        DISASTER = "disaster", "Natural disaster (force majeure)"
        CLOSED = "closed", "Outside the opening hours"
        NETWORK = "network", "Internet provider outage (not excluded by NEVI)"

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="outage_exclusions")
    evse_number = models.PositiveIntegerField(null=True, help_text="Null: the whole charger.")
    kind = models.CharField(max_length=12, choices=Kind)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = FreeText(max_length=300)
    marked_by = models.CharField(max_length=150)
    marked_at = models.DateTimeField()
    withdrawn_by = models.CharField(max_length=150, blank=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("begins_at")), name="outageexclusion_in_order"),
            models.CheckConstraint(condition=~Q(reason=""), name="outageexclusion_says_why"),
        ]
        indexes = [models.Index(fields=["charger", "begins_at"], name="outageexclusion_by_charger")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reason}"
