"""Rates, their versions, and who pays which where."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from authorization.models import MobilityProvider, ReimbursementContract, TokenGroup
from chargers.models import Charger, Host, Property
from chargers.models.free_text import FreeText


class Rate(models.Model):
    """A host's rate; its prices are in its versions."""

    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="rates")
    slug = models.SlugField()
    name = FreeText(max_length=100)
    currency = models.CharField(max_length=3)
    contract = models.OneToOneField(
        ReimbursementContract,
        on_delete=models.PROTECT,
        null=True,
        related_name="rate",
        help_text="Whose home charging it prices; null: a rate that people assign.",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "slug"], name="rate_slug_unique_in_host")]

    def __str__(self) -> str:
        return self.name


class RateVersion(models.Model):
    """An immutable version of a rate: in force for sessions that start from `valid_from` until the next one begins.

    Of two that begin at the same time the one with the higher number is in force. A planned one can be withdrawn before
    it begins.
    """

    rate = models.ForeignKey(Rate, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    definition = models.JSONField(help_text="As `price_session` reads it: `rate`.")
    created_at = models.DateTimeField()
    valid_from = models.DateTimeField(null=True, blank=True, help_text="Empty: from `created_at` on.")
    withdrawn_at = models.DateTimeField(null=True, blank=True, help_text="Before it began: it is never in force.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rate", "number"], name="rateversion_number_unique_in_rate")]

    def __str__(self) -> str:
        return f"{self.rate} version {self.number}"

    @property
    def begins_at(self) -> datetime:
        return self.valid_from or self.created_at


class PropertyTax(models.Model):
    """A property's tax from a moment on, for rates that refer to it. Never changed."""

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="taxes")
    percentage = models.DecimalField(max_digits=6, decimal_places=3)
    valid_from = models.DateTimeField(help_text="Of sessions that start from then on, until the next one begins.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["property", "valid_from"], name="propertytax_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(percentage__gte=0, percentage__lte=100), name="propertytax_is_a_percentage"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.percentage} % at {self.property}"


class RateAssignment(models.Model):
    """The rate that an audience pays at a property, or at one of its chargers or connectors, for a time."""

    class Audience(models.TextChoices):
        GUEST = "guest", "Guests"
        MEMBER = "member", "Members"
        ROAMING = "roaming", "Roaming"
        REIMBURSEMENT = "reimbursement", "Reimbursement"

    rate = models.ForeignKey(Rate, on_delete=models.CASCADE, related_name="assignments")
    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="rate_assignments")
    charger = models.ForeignKey(
        Charger,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="rate_assignments",
        help_text="Empty: every charger of the property.",
    )
    evse_number = models.PositiveIntegerField(
        null=True, blank=True, help_text="The connector's number on the label. Empty: every one of the charger."
    )
    audience = models.CharField(max_length=15, choices=Audience)
    group = models.ForeignKey(
        TokenGroup,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="rate_assignments",
        help_text="Only members whose card is in it. Empty: all members.",
    )
    msp = models.ForeignKey(
        MobilityProvider,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="rate_assignments",
        help_text="Only drivers of this partner. Empty: all roaming drivers.",
    )
    priority = models.SmallIntegerField(
        default=0, db_default=0, help_text="The highest wins, before what is nearer or narrower."
    )
    active_from = models.DateTimeField(null=True, blank=True)
    active_to = models.DateTimeField(null=True, blank=True, help_text="Not counted in.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["property", "charger", "evse_number", "audience", "group", "msp", "active_from"],
                name="rateassignment_one_at_a_time",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(evse_number=None) | Q(charger__isnull=False), name="rateassignment_connector_has_charger"
            ),
            models.CheckConstraint(
                condition=Q(group=None) | Q(audience="member"), name="rateassignment_group_is_of_members"
            ),
            models.CheckConstraint(
                condition=Q(msp=None) | Q(audience="roaming"), name="rateassignment_msp_is_of_roaming"
            ),
            models.CheckConstraint(
                condition=Q(active_from=None) | Q(active_to=None) | Q(active_to__gt=F("active_from")),
                name="rateassignment_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=~Q(audience=""), name="rateassignment_has_audience"),
        ]

    def __str__(self) -> str:
        return f"{self.rate} for {self.get_audience_display()} at {self.charger or self.property}"


class Rehearsal(models.Model):
    """The cost at a rate of the sessions that a host billed in a month; the sessions are not changed."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="rehearsals")
    rate = models.ForeignKey(Rate, on_delete=models.CASCADE, related_name="rehearsals")
    version_number = models.PositiveIntegerField(null=True, help_text="Empty: a draft that was not saved.")
    currency = models.CharField(max_length=3)
    definition = models.JSONField(help_text="As `price_session` reads it: `rate`.")
    month = models.DateField(help_text="Its first day; on the host's properties' clocks.")
    property = models.ForeignKey(
        Property, on_delete=models.CASCADE, null=True, related_name="+", help_text="Only its sessions; empty: of all."
    )
    only_rate = models.BooleanField(default=True, help_text="Only sessions that paid this rate.")
    state = models.CharField(max_length=10, choices=State)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    result = models.JSONField(null=True)
    failure = models.CharField(max_length=255, blank=True)
    asked_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["rate", "-id"], name="rehearsal_by_rate")]

    def __str__(self) -> str:
        return f"Rehearsal of {self.rate} over {self.month:%Y-%m}"
