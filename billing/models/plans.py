"""Hosts' plans, drivers' subscriptions to them, and the charges for each period."""

from django.db import models
from django.db.models import F, Q

from billing.models.drivers import Driver, PaymentCard
from billing.sentences import catalogue
from chargers.models import Host, Property
from chargers.models.free_text import FreeText
from chargers.models.sentences import InEnglish, SentencesField


class Plan(models.Model):
    """A host's offer to drivers for a monthly fee; its terms are in its versions."""

    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="plans")
    slug = models.SlugField()
    name = FreeText(max_length=100)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, help_text="Since when nobody can choose it; who has it keeps it.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "slug"], name="plan_slug_unique_in_host")]

    def __str__(self) -> str:
        return self.name


class PlanVersion(models.Model):
    """An immutable version of a plan; new periods are charged by the newest one."""

    class Proration(models.TextChoices):
        DAYS = "days", "By days: periods are calendar months, the first one costs its days"
        FULL = "full", "In full: each period is a month from the day of subscribing"

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    fee_minor = models.BigIntegerField(help_text="A month, with its tax.")
    tax_pct = models.DecimalField(max_digits=6, decimal_places=3, default=0)
    included_wh = models.BigIntegerField(default=0, help_text="A period.")
    discount_pct = models.DecimalField(max_digits=6, decimal_places=3, default=0, help_text="Of the energy price.")
    waives = models.JSONField(default=list, blank=True, help_text="connection, idle, processing.")
    proration = models.CharField(max_length=5, choices=Proration, default=Proration.DAYS)
    properties = models.ManyToManyField(Property, blank=True, related_name="+", help_text="Empty: all of the host.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="planversion_number_unique_in_plan"),
            models.CheckConstraint(
                condition=Q(fee_minor__gt=0, included_wh__gte=0, tax_pct__gte=0), name="planversion_amounts_in_order"
            ),
            models.CheckConstraint(
                condition=Q(discount_pct__gte=0, discount_pct__lte=100), name="planversion_discount_is_percentage"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} version {self.number}"


class Subscription(models.Model):
    """A driver's subscription to a plan. At most one live one at each host."""

    class State(models.TextChoices):
        PENDING = "pending", "Waiting for the first payment"
        ACTIVE = "active", "Active"
        PAST_DUE = "past_due", "Payment is due"
        ENDED = "ended", "Ended"

    id = models.UUIDField(primary_key=True, help_text="UUIDv7 of `created_at`.")
    driver = models.ForeignKey(Driver, on_delete=models.PROTECT, related_name="subscriptions")
    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="subscriptions")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="subscriptions")
    next_plan = models.ForeignKey(
        Plan, on_delete=models.PROTECT, null=True, related_name="+", help_text="From the next period on."
    )
    card = models.ForeignKey(PaymentCard, on_delete=models.PROTECT, related_name="subscriptions")
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    time_zone = models.CharField(max_length=64, help_text="In which its days begin.")
    anchor_day = models.PositiveSmallIntegerField(help_text="On which day of the month a period begins.")
    created_at = models.DateTimeField()
    past_due_since = models.DateTimeField(null=True)
    ends_at_period_end = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=255, blank=True, help_text="One sentence, for driver and host.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["driver", "host"],
                condition=Q(state__in=["pending", "active", "past_due"]),
                name="subscription_one_live_at_a_host",
            ),
            models.CheckConstraint(
                condition=~Q(state="ended") | Q(ended_at__isnull=False), name="subscription_ended_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(state="past_due") | Q(past_due_since__isnull=False), name="subscription_due_has_time"
            ),
        ]
        indexes = [models.Index(fields=["host", "-id"], name="subscription_by_host")]

    def __str__(self) -> str:
        return f"{self.plan} of {self.driver}"


class SubscriptionPeriod(models.Model):
    """One period of a subscription, half-open, with its fee. Charged with a key derived from `id` and `generation`."""

    class State(models.TextChoices):
        DUE = "due", "To be charged"
        CHARGING = "charging", "Being charged"
        CONFIRMING = "confirming", "The cardholder's bank asks"
        PAID = "paid", "Paid"
        FAILED = "failed", "Not paid"

    id = models.UUIDField(primary_key=True, help_text="UUIDv7; in the idempotency keys.")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="periods")
    number = models.PositiveIntegerField(help_text="From 1, without gaps.")
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="periods")
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    full_minor = models.BigIntegerField(help_text="Of a whole period.")
    total_minor = models.BigIntegerField(help_text="Of this one, with its tax.")
    tax_minor = models.BigIntegerField()
    included_wh = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State, default=State.DUE)
    generation = models.PositiveSmallIntegerField(default=1, help_text="Which attempt to charge it.")
    due_at = models.DateTimeField(help_text="When it is charged next.")
    card = models.ForeignKey(
        PaymentCard, on_delete=models.PROTECT, null=True, related_name="periods", help_text="Of the last attempt."
    )
    processor = models.CharField(max_length=20)
    processor_ref = models.CharField(max_length=255, blank=True)
    last4 = models.CharField(max_length=4, blank=True)
    decline = models.CharField(max_length=30, blank=True, help_text="The processor's code of the last refusal.")
    failure_sentences = SentencesField(help_text="Why it was refused.")
    failure = InEnglish("failure_sentences", catalogue.english, max_length=255)
    next_action_url = models.CharField(max_length=500, blank=True)
    paid_at = models.DateTimeField(null=True)
    refunded_minor = models.BigIntegerField(default=0)
    earned_at = models.DateTimeField(null=True, help_text="When what is left of it became the host's.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "number"], name="subscriptionperiod_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("begins_at")), name="subscriptionperiod_ends_after"),
            models.CheckConstraint(
                condition=Q(
                    tax_minor__gte=0, tax_minor__lte=F("total_minor"), refunded_minor__gte=0,
                    refunded_minor__lte=F("total_minor"),
                ),
                name="subscriptionperiod_amounts_in_order",
            ),
            models.CheckConstraint(
                condition=~Q(state="paid") | Q(paid_at__isnull=False), name="subscriptionperiod_paid_has_time"
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state__in=["due", "charging", "confirming"]), name="period_unfinished"
            ),
            models.Index(fields=["ends_at"], condition=Q(earned_at=None), name="period_not_earned"),
        ]

    def __str__(self) -> str:
        return f"Period {self.number} of {self.subscription}"

    @property
    def taken_minor(self) -> int:
        """Returns what its own payment took: for a period that a change began, the difference only."""
        change = getattr(self, "change", None)
        return change.due_minor if change else self.total_minor


class Invoice(models.Model):
    """A document about a period: its invoice, or the credit note of a refund. Numbered like receipts."""

    class Kind(models.TextChoices):
        INVOICE = "invoice", "Invoice"
        CREDIT_NOTE = "credit_note", "Credit note"

    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="invoices")
    series = models.CharField(max_length=20)
    number = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.INVOICE)
    period = models.ForeignKey(SubscriptionPeriod, on_delete=models.PROTECT, related_name="invoices")
    issued_at = models.DateTimeField()
    document = models.JSONField(help_text="All that is printed on it, without the name of the driver.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "series", "number"], name="invoice_number_unique_in_series"),
            models.UniqueConstraint(fields=["period", "kind"], name="invoice_one_of_a_kind"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Returns the number as printed: S2026-000042."""
        return f"{self.series}-{self.number:06d}"
