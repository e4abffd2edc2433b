"""The power shared by a property's chargers: the limit, its shares, and power withheld."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from chargers.models.energy import Transaction
from chargers.models.hardware import Evse
from chargers.models.hosts import Property
from chargers.models.sentences import InEnglish, SentencesField
from chargers.sentences import catalogue


class PowerLimit(models.Model):
    """The power that a property's chargers share. Currents are amperes per phase."""

    class Unit(models.TextChoices):
        AMPERES = "A", "A per phase"
        WATTS = "W", "W in all"

    class Strategy(models.TextChoices):
        EQUAL = "equal", "Equal"
        FIRST_COME = "first_come", "First come, first served"

    class Phases(models.IntegerChoices):
        ONE = 1, "One"
        THREE = 3, "Three"

    property = models.OneToOneField(Property, on_delete=models.CASCADE, related_name="power_limit")
    enabled = models.BooleanField(default=False)
    amount = models.DecimalField(max_digits=9, decimal_places=1, validators=[MinValueValidator(Decimal(1))])
    unit = models.CharField(max_length=1, choices=Unit, default=Unit.AMPERES)
    phases = models.PositiveSmallIntegerField(choices=Phases, default=Phases.THREE)
    voltage_v = models.PositiveSmallIntegerField(
        default=230, validators=[MinValueValidator(100), MaxValueValidator(500)], help_text="Of one phase."
    )
    strategy = models.CharField(max_length=10, choices=Strategy, default=Strategy.EQUAL)
    minimum_a = models.DecimalField(
        max_digits=4,
        decimal_places=1,
        default=Decimal(6),
        validators=[MinValueValidator(Decimal(6)), MaxValueValidator(Decimal(32))],
        help_text="Below it a car is paused: no car charges with less than 6 A (IEC 61851-1).",
    )
    offline_a = models.DecimalField(
        max_digits=4,
        decimal_places=1,
        default=Decimal(6),
        validators=[MinValueValidator(Decimal(0))],
        help_text="What a car may draw before it is told anything else, also while its charger is offline.",
    )
    looked_at = models.DateTimeField(null=True, blank=True, help_text="When the shares were last worked out.")
    uncontrolled_a = models.DecimalField(
        max_digits=6,
        decimal_places=1,
        null=True,
        blank=True,
        help_text="What chargers draw that cannot be limited now, where it is beyond the limit or pauses a car.",
    )
    uncontrolled_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="powerlimit_above_zero")]

    def __str__(self) -> str:
        return f"{self.amount.normalize():f} {self.get_unit_display()} at {self.property}"

    def is_exceeded(self) -> bool:
        """Whether the power that cannot be limited exceeds the limit by itself."""
        return self.uncontrolled_a is not None and self.uncontrolled_a > self.limit_a()

    def limit_a(self) -> Decimal:
        """Returns the limit in amperes per phase, rounded down to a tenth."""
        if self.unit == self.Unit.AMPERES:
            return self.amount
        return self.amount // (Decimal(self.voltage_v * self.phases) / 10) / 10


class PowerOutlet(models.Model):
    """How an EVSE takes part in its property's limit, and its present share."""

    class Wiring(models.TextChoices):
        """The property's phases on the charger's L1, L2 and L3 (OCPP phase rotation R, S, T)."""

        RST = "RST", "L1 L2 L3 (RST)"
        STR = "STR", "L2 L3 L1 (STR)"
        TRS = "TRS", "L3 L1 L2 (TRS)"
        RTS = "RTS", "L1 L3 L2 (RTS)"
        SRT = "SRT", "L2 L1 L3 (SRT)"
        TSR = "TSR", "L3 L2 L1 (TSR)"
        R = "R", "L1 only"
        S = "S", "L2 only"
        T = "T", "L3 only"

    class Priority(models.IntegerChoices):
        NORMAL = 0, "In turn"
        FIRST = 1, "Goes first"

    evse = models.OneToOneField(Evse, on_delete=models.CASCADE, related_name="power")
    takes_part = models.BooleanField(default=True)
    wiring = models.CharField(max_length=3, choices=Wiring, default=Wiring.RST)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NORMAL)

    # The accepted unit, learned from the charger's settings and answers.
    unit = models.CharField(max_length=1, blank=True, help_text="Accepted ChargingRateUnit; empty: not known.")

    # The last computed share; all empty without a transaction.
    transaction = models.ForeignKey(Transaction, on_delete=models.SET_NULL, null=True, related_name="+")
    phases_used = models.PositiveSmallIntegerField(null=True, help_text="As measured; null: all that are wired.")
    allotted_a = models.DecimalField(max_digits=6, decimal_places=1, null=True)
    kind = models.CharField(max_length=10, blank=True)
    sentence = models.CharField(max_length=300, blank=True)
    drawing_a = models.DecimalField(max_digits=6, decimal_places=1, null=True)
    wants_a = models.DecimalField(max_digits=6, decimal_places=1, null=True)
    less_since = models.DateTimeField(null=True)
    served_since = models.DateTimeField(null=True)
    waiting_since = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Power of {self.evse}"


class SentProfile(models.Model):
    """One of our charging profiles at an EVSE: the requested limit, and the confirmed one."""

    class Purpose(models.TextChoices):
        DEFAULT = "TxDefaultProfile", "Before it is told anything else"
        TRANSACTION = "TxProfile", "Now"

    outlet = models.ForeignKey(PowerOutlet, on_delete=models.CASCADE, related_name="profiles")
    purpose = models.CharField(max_length=20, choices=Purpose)
    transaction = models.ForeignKey(Transaction, on_delete=models.CASCADE, null=True, related_name="+")
    in_force_a = models.DecimalField(max_digits=6, decimal_places=1, null=True, help_text="Null: nothing confirmed.")
    confirmed_at = models.DateTimeField(null=True)
    asked_a = models.DecimalField(max_digits=6, decimal_places=1, null=True, help_text="Null: to be removed.")
    asked_unit = models.CharField(max_length=1, blank=True)
    asked_at = models.DateTimeField(null=True)
    command_id = models.UUIDField(null=True, help_text="The command that is under way.")
    refusal_sentences = SentencesField(help_text="Why the charger did not take it.")
    refusal = InEnglish("refusal_sentences", catalogue.english, max_length=255)
    refused_at = models.DateTimeField(null=True)
    tried_units = models.CharField(max_length=2, blank=True, help_text="The units that it refused.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["outlet", "purpose"], name="sentprofile_one_of_each_purpose")]

    def __str__(self) -> str:
        return f"{self.purpose} of {self.outlet}"


class WithheldPower(models.Model):
    """A span in which a transaction was confirmed to have less power than any car needs: never billed as idle time."""

    transaction = models.ForeignKey(Transaction, on_delete=models.CASCADE, related_name="withheld_power")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="Null: it lasts.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["transaction"], condition=Q(ended_at=None), name="withheldpower_one_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"Withheld from {self.transaction} since {self.began_at:%Y-%m-%d %H:%M:%S}"


class PowerSample(models.Model):
    """The current drawn, allotted and allowed on a property's most loaded phase at one time, for the day's chart."""

    limit = models.ForeignKey(PowerLimit, on_delete=models.CASCADE, related_name="samples")
    at = models.DateTimeField()
    drawn_a = models.DecimalField(max_digits=7, decimal_places=1)
    allotted_a = models.DecimalField(max_digits=7, decimal_places=1)
    limit_a = models.DecimalField(max_digits=7, decimal_places=1)

    class Meta:
        indexes = [models.Index(fields=["limit", "at"], name="powersample_by_time")]

    def __str__(self) -> str:
        return f"{self.drawn_a} of {self.limit_a} A at {self.at:%Y-%m-%d %H:%M}"
