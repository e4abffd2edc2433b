"""Payments: holds on cards, disputes, outstanding amounts, and balance transactions of processors."""

from typing import ClassVar, Final

from django.db import models
from django.db.models import F, Q

from billing.engine.values import money
from billing.models.sessions import Session
from billing.sentences import catalogue
from chargers.models import Host, Property
from chargers.models.free_text import FreeText
from chargers.models.sentences import InEnglish, SentencesField

_CONTESTED: Final = {
    "credit_not_processed": "a refund was promised and did not come",
    "duplicate": "the same was taken twice",
    "fraudulent": "the payment was not theirs",
    "general": "no particular reason",
    "product_not_received": "nothing was delivered",
    "product_unacceptable": "what was delivered was not as described",
    "subscription_canceled": "the plan had been ended",
    "unrecognized": "the payment is unknown to them",
}


class Hold(models.Model):
    """An amount that a card's issuer holds for us until it is captured, voided or expired."""

    class State(models.TextChoices):
        AUTHORISING = "authorising", "Being authorised"
        AUTHORISED = "authorised", "Authorised"
        CAPTURED = "captured", "Captured"
        VOIDED = "voided", "Released"
        EXPIRED = "expired", "Expired"
        FAILED = "failed", "Refused"
        UNKNOWN = "unknown", "Being checked: the processor did not answer"

    class Role(models.TextChoices):
        MAIN = "main", "Held before charging"
        EXTENSION = "extension", "Held in addition while charging"
        REST = "rest", "Paid afterwards, for what was not covered"
        ACCOUNT = "account", "Paid afterwards, by the driver's account"

    UNDECIDED: ClassVar = (State.AUTHORISING, State.UNKNOWN)
    """The processor has not answered yet."""
    LIVE: ClassVar = (State.AUTHORISING, State.AUTHORISED, State.UNKNOWN)
    """Money is held, or may be."""
    AFTERWARDS: ClassVar = (Role.REST, Role.ACCOUNT)
    """Roles of payments that are charged at once after charging: nothing is held for them."""

    id = models.UUIDField(primary_key=True, help_text="UUIDv7; in the idempotency keys.")
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="holds")
    role = models.CharField(max_length=10, choices=Role, default=Role.MAIN, db_default="main")
    processor = models.CharField(max_length=20)
    processor_ref = models.CharField(max_length=255, blank=True)
    card_ref = models.CharField(
        max_length=255, blank=True, default="", db_default="", help_text="With which the same card is charged again."
    )
    customer_ref = models.CharField(max_length=255, blank=True, default="", db_default="")
    generation = models.PositiveSmallIntegerField(default=1, help_text="In the idempotency keys: which attempt.")
    amount_minor = models.BigIntegerField()
    reason_sentences = SentencesField(help_text="Why this amount.")
    reason = InEnglish("reason_sentences", catalogue.english, max_length=400)
    fee_minor = models.BigIntegerField(null=True, help_text="What the processor kept of it, once it is known.")
    captured_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0, db_default=0, help_text="Given back, or on its way back.")
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=12, choices=State, default=State.AUTHORISING)
    doubtful_operation = models.CharField(
        max_length=10, blank=True, help_text="While unknown: authorize, capture or cancel."
    )
    failure_sentences = SentencesField(help_text="Why it was refused.")
    failure = InEnglish("failure_sentences", catalogue.english, max_length=255)
    next_action_url = models.CharField(
        max_length=4000, blank=True, help_text="Where the guest pays or confirms, if asked to."
    )
    last4 = models.CharField(max_length=4, blank=True)
    capture_before = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, help_text="When the processor was last asked about it.")
    watched_at = models.DateTimeField(
        null=True, help_text="When its payer's page was last open, while the processor had not decided."
    )
    finished_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True, help_text="When the cost had come near what is held.")
    limit_at = models.DateTimeField(null=True, help_text="When charging was ended because it would have passed it.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="hold_amount_positive"),
            models.CheckConstraint(
                condition=Q(captured_minor__gte=0, captured_minor__lte=F("amount_minor")),
                name="hold_captures_at_most_its_amount",
            ),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0, refunded_minor__lte=F("captured_minor")),
                name="hold_refunds_at_most_its_capture",
            ),
            models.CheckConstraint(
                condition=Q(captured_minor=0) | Q(state="captured"), name="hold_captured_only_when_so"
            ),
            models.UniqueConstraint(
                fields=["session"],
                condition=Q(role="main", state__in=["authorising", "authorised", "captured", "unknown"]),
                name="hold_one_live_main_a_session",
            ),
            models.UniqueConstraint(
                fields=["session"], condition=Q(role="account"), name="hold_one_of_the_account_a_session"
            ),
            models.UniqueConstraint(
                fields=["session", "role"],
                condition=Q(role__in=["extension", "rest"], state="authorising"),
                name="hold_asks_for_one_more_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["processor", "processor_ref"], condition=~Q(processor_ref=""), name="hold_ref_unique"
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=["authorising", "authorised", "unknown"]),
                name="hold_unfinished",
            )
        ]

    def __str__(self) -> str:
        return f"{money.text(self.amount_minor, currency=self.currency)}, {self.get_state_display().lower()}"

    @property
    def is_on_page(self) -> bool:
        """Whether the payer still has to enter a card on the processor's own page."""
        return self.processor_ref.startswith("cs_")


class HoldPolicy(models.Model):
    """How much is held before charging, and what happens near that limit: for a host, or for one of its properties.

    Empty fields are the installation's default (`billing.sessions.holds.hold_amount`).
    """

    class AtLimit(models.TextChoices):
        END = "end", "End charging"
        EXTEND = "extend", "Hold once more on the same card; end charging where that is refused"

    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="hold_policies")
    property = models.ForeignKey(Property, on_delete=models.PROTECT, null=True, related_name="hold_policies")
    energy_kwh = models.PositiveIntegerField(null=True, blank=True, help_text="So much energy the hold is to cover.")
    least_minor = models.PositiveBigIntegerField(null=True, blank=True)
    most_minor = models.PositiveBigIntegerField(null=True, blank=True)
    at_limit = models.CharField(max_length=10, choices=AtLimit, default=AtLimit.END)

    class Meta:
        verbose_name_plural = "hold policies"
        constraints = [
            models.UniqueConstraint(fields=["host", "property"], name="holdpolicy_one", nulls_distinct=False),
            models.CheckConstraint(
                condition=Q(least_minor=None) | Q(most_minor=None) | Q(least_minor__lte=F("most_minor")),
                name="holdpolicy_least_at_most_most",
            ),
        ]

    def __str__(self) -> str:
        return f"Holds of {self.property or self.host}"


class ProcessorEvent(models.Model):
    """A card processor's webhook as received, each event once."""

    processor = models.CharField(max_length=20)
    event_id = models.CharField(max_length=255)
    kind = models.CharField(max_length=100)
    subject = models.CharField(max_length=10, default="payment", db_default="payment", help_text="What it is about.")
    processor_ref = models.CharField(max_length=255, blank=True)
    raw = models.TextField()
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0, db_default=0, help_text="How often handling it failed.")
    due_at = models.DateTimeField(null=True, help_text="After a failure: when it is tried next.")
    failure = models.CharField(max_length=255, blank=True, default="", db_default="", help_text="Of the last attempt.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["processor", "event_id"], name="processorevent_unique")]
        indexes = [models.Index(fields=["id"], condition=Q(handled_at=None), name="processorevent_unhandled")]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class Receivable(models.Model):
    """What a session cost and no card covered: open until it is paid or written off. The books have it as owed.

    A refund reduces it before anything goes back to a card.
    """

    class State(models.TextChoices):
        OPEN = "open", "Open"
        PAID = "paid", "Paid"
        REDUCED = "reduced", "Settled by a refund"
        GIVEN_UP = "given_up", "Given up"

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="receivables")
    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="receivables")
    amount_minor = models.BigIntegerField()
    reduced_minor = models.BigIntegerField(default=0, db_default=0, help_text="What refunds took off it.")
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    reason_sentences = SentencesField(help_text="Why the card did not cover it.")
    reason = InEnglish("reason_sentences", catalogue.english, max_length=400)
    answered_by = models.CharField(max_length=150, blank=True, help_text="Who gave it up.")
    answer = FreeText(max_length=400, blank=True, help_text="Why it was given up.")
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="receivable_positive"),
            models.CheckConstraint(
                condition=Q(reduced_minor__gte=0, reduced_minor__lte=F("amount_minor")),
                name="receivable_reduced_at_most_to_nothing",
            ),
            models.CheckConstraint(
                condition=~Q(state="open") | Q(reduced_minor__lt=F("amount_minor")), name="receivable_open_is_owed"
            ),
            models.UniqueConstraint(
                fields=["session"], condition=Q(state="open"), name="receivable_one_open_a_session"
            ),
        ]
        indexes = [models.Index(fields=["host", "-id"], name="receivable_by_host")]

    def __str__(self) -> str:
        return f"{money.text(self.left_minor, currency=self.currency)}, {self.get_state_display().lower()}"

    @property
    def left_minor(self) -> int:
        """Returns what is still owed, or was when it was closed."""
        return self.amount_minor - self.reduced_minor


class Dispute(models.Model):
    """A payment that a cardholder disputes at the bank: the money is gone until the bank has decided."""

    class State(models.TextChoices):
        NEEDS_RESPONSE = "needs_response", "Waits for our evidence"
        UNDER_REVIEW = "under_review", "The bank reads our evidence"
        WON = "won", "Won: the money is back"
        LOST = "lost", "Lost"

    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="disputes")
    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="disputes")
    processor = models.CharField(max_length=20)
    processor_ref = models.CharField(max_length=255)
    state = models.CharField(max_length=20, choices=State)
    reason = models.CharField(max_length=60, help_text="The bank's code.")
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    taxes = models.JSONField(
        null=True, help_text="Of a lost one: base and tax by rate of what the session's receipt lost with it."
    )
    evidence = models.TextField(blank=True, help_text="What we handed in.")
    answered_by = models.CharField(max_length=150, blank=True)
    opened_at = models.DateTimeField()
    respond_before = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["processor", "processor_ref"], name="dispute_ref_unique"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0, fee_minor__gte=0), name="dispute_amounts"),
        ]
        indexes = [models.Index(fields=["host", "-id"], name="dispute_by_host")]

    def __str__(self) -> str:
        amount = money.text(self.amount_minor, currency=self.currency)
        return f"Dispute over {amount}, {self.get_state_display().lower()}"

    @property
    def reason_text(self) -> str:
        """Returns the cardholder's reason as text; an unknown code is shown unchanged."""
        return _CONTESTED.get(self.reason, self.reason.replace("_", " ") or "nothing")


class ProcessorTransaction(models.Model):
    """A balance transaction as the processor reported it, and the row of our books that explains it."""

    class Match(models.TextChoices):
        EXPLAINED = "explained", "In our books"
        WAITING = "waiting", "Not looked at yet"
        UNKNOWN = "unknown", "Nothing of ours explains it"
        ANSWERED = "answered", "Explained by a person"

    processor = models.CharField(max_length=20)
    ref = models.CharField(max_length=255)
    kind = models.CharField(max_length=20)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    source_ref = models.CharField(max_length=255, blank=True)
    payment_ref = models.CharField(max_length=255, blank=True)
    payout_ref = models.CharField(max_length=255, blank=True)
    made_at = models.DateTimeField()
    available_at = models.DateTimeField()
    match = models.CharField(max_length=10, choices=Match, default=Match.WAITING)
    finding = FreeText(max_length=400, blank=True, help_text="One sentence: what explains it, or what is missing.")
    host = models.ForeignKey(Host, on_delete=models.PROTECT, null=True, related_name="processor_transactions")
    refund_part = models.OneToOneField(
        "RefundPart",
        on_delete=models.PROTECT,
        null=True,
        related_name="movement",
        help_text="Which of our refunds it is: each explains one movement.",
    )
    period_refund = models.OneToOneField(
        "PeriodRefund",
        on_delete=models.PROTECT,
        null=True,
        related_name="movement",
        help_text="Which of our refunds of plans it is.",
    )
    answered_by = models.CharField(max_length=150, blank=True)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["processor", "ref"], name="processortransaction_unique")]
        indexes = [
            models.Index(fields=["processor", "made_at"], name="processortransaction_by_time"),
            models.Index(
                fields=["id"], condition=Q(match__in=["waiting", "unknown"]), name="processortransaction_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"
