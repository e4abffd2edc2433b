"""Price lists, their versions, and who pays which where."""

from django.db import models
from django.db.models import Q

from authorization.models import ReimbursementContract
from chargers.models import Charger, Host, Property


class Rate(models.Model):
    """A host's price list; what it says is in its versions."""

    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="rates")
    slug = models.SlugField()
    name = models.CharField(max_length=100)
    currency = models.CharField(max_length=3)
    contract = models.OneToOneField(
        ReimbursementContract, on_delete=models.PROTECT, null=True, related_name="rate",
        help_text="Whose home charging it prices; null: a rate that people assign.",
    )  # fmt: skip

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "slug"], name="rate_slug_unique_in_host")]

    def __str__(self) -> str:
        return self.name


class RateVersion(models.Model):
    """An immutable version of a rate; the newest is the one in force for new sessions."""

    rate = models.ForeignKey(Rate, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    definition = models.JSONField(help_text="As `price_session` reads it: `rate`.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rate", "number"], name="rateversion_number_unique_in_rate")]

    def __str__(self) -> str:
        return f"{self.rate} version {self.number}"


class RateAssignment(models.Model):
    """Which rate a kind of person pays at a property, or at one charger of it."""

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
    audience = models.CharField(max_length=15, choices=Audience)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["property", "charger", "audience"], name="rateassignment_unique", nulls_distinct=False
            ),
            models.CheckConstraint(condition=~Q(audience=""), name="rateassignment_has_audience"),
        ]

    def __str__(self) -> str:
        return f"{self.rate} for {self.get_audience_display()} at {self.charger or self.property}"
