"""What it costs, who pays, who is paid."""

from django.db import models
from django.db.models import F, Q

from authorization.models import Token
from chargers.models import Charger, Host, Property, Transaction


class Rate(models.Model):
    """A host's price list; what it says is in its versions."""

    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="rates")
    slug = models.SlugField()
    name = models.CharField(max_length=100)
    currency = models.CharField(max_length=3)

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


class Session(models.Model):
    """The commercial side of charging: may begin before its transaction and end after it.

    `id` is public; `secret` opens the session to whoever holds the link. The state moves by conditional update only.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for the plug"
        CHARGING = "charging", "Charging"
        STOPPED = "stopped", "Stopped; the receipt is provisional"
        SETTLED = "settled", "Settled"
        HELD = "held", "Held for review"
        FAILED = "failed", "Nothing to pay"

    id = models.UUIDField(primary_key=True, help_text="UUIDv7 of `opened_at`.")
    secret = models.CharField(max_length=43, unique=True, help_text="Unguessable; in the guest's and receipt's links.")
    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="sessions")
    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="sessions")
    charger = models.ForeignKey(Charger, on_delete=models.PROTECT, related_name="sessions")
    evse_number = models.PositiveIntegerField(null=True)
    connector_number = models.PositiveIntegerField(null=True)
    transaction = models.OneToOneField(Transaction, on_delete=models.PROTECT, null=True, related_name="session")
    audience = models.CharField(max_length=15, choices=RateAssignment.Audience)
    token = models.ForeignKey(Token, on_delete=models.SET_NULL, null=True, related_name="sessions")
    id_token = models.CharField(max_length=36, blank=True, help_text="What the charger presents for this session.")
    decision_id = models.UUIDField(null=True)
    rate_version = models.ForeignKey(RateVersion, on_delete=models.PROTECT, null=True, related_name="sessions")
    rate_reason = models.CharField(max_length=255, help_text="One sentence: why this rate, or why none.")
    upstream = models.CharField(
        max_length=100, blank=True, default="", db_default="", help_text="The back office that bills it; empty: us."
    )
    state = models.CharField(max_length=10, choices=State)
    state_reason = models.CharField(max_length=500, blank=True, help_text="Why nothing is to pay, or it is held.")
    opened_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    unplugged_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True, help_text="While it waits: when it is given up.")
    guest_email = models.EmailField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["charger", "evse_number"],
                condition=Q(audience="guest", state__in=["waiting", "charging"]),
                name="session_one_guest_at_an_evse",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "failed"]) | Q(started_at__isnull=False),
                name="session_started_unless_waiting_or_failed",
            ),
            models.CheckConstraint(
                condition=~Q(state="settled") | Q(settled_at__isnull=False), name="session_settled_has_time"
            ),
        ]
        indexes = [
            models.Index(fields=["host", "-id"], name="session_by_host"),
            models.Index(fields=["charger", "-id"], name="session_by_charger"),
            models.Index(
                fields=["state", "id"],
                condition=Q(state__in=["waiting", "charging", "stopped"]),
                name="session_unfinished",
            ),
            models.Index(fields=["guest_email"], condition=~Q(guest_email=""), name="session_by_guest"),
        ]

    def __str__(self) -> str:
        return f"Session {self.id} at {self.charger}"


class ChargingStateReport(models.Model):
    """A change of a 2.x transaction's chargingState: in 1.6 the connector's status tells the same."""

    transaction = models.ForeignKey(Transaction, on_delete=models.CASCADE, related_name="charging_state_reports")
    state = models.CharField(max_length=30, help_text="OCPP 2.x ChargingStateEnumType.")
    at = models.DateTimeField(help_text="The stated time if plausible, else the time of receipt.")
    received_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["transaction", "at"], name="chargingstate_by_transaction")]

    def __str__(self) -> str:
        return f"{self.state} at {self.at:%Y-%m-%d %H:%M:%S}"


class Rating(models.Model):
    """One immutable run of the price engine over a session, with everything that it saw and said."""

    class Kind(models.TextChoices):
        RUNNING = "running", "Running cost"
        PROVISIONAL = "provisional", "Provisional"
        FINAL = "final", "Final"

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="ratings")
    kind = models.CharField(max_length=12, choices=Kind)
    engine_version = models.CharField(max_length=20)
    inputs = models.JSONField(help_text="What `price_session` reads: the rate and the events.")
    report = models.JSONField(help_text="What `price_session` prints: lines, taxes, notes, inputs used.")
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    energy_wh = models.BigIntegerField()
    held = models.JSONField(default=list, blank=True, help_text="Evidence that the readings cannot be true.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session"], condition=Q(kind="final"), name="rating_one_final"),
            models.CheckConstraint(
                condition=Q(total_minor=F("net_minor") + F("tax_minor")), name="rating_total_is_net_and_tax"
            ),
            models.CheckConstraint(condition=Q(total_minor__gte=0), name="rating_total_not_negative"),
        ]
        indexes = [models.Index(fields=["session", "-id"], name="rating_by_session")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} rating of {self.session_id}"


class ReceiptSeries(models.Model):
    """The last number that a host gave in a series; its row is locked while the next one is given."""

    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="receipt_series")
    series = models.CharField(max_length=20)
    last_number = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "series"], name="receiptseries_unique_in_host")]
        verbose_name_plural = "receipt series"

    def __str__(self) -> str:
        return f"{self.series} of {self.host}"


class Receipt(models.Model):
    """A document about a settled session, numbered without gaps per host and series. Never changed."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", "Receipt"
        CREDIT_NOTE = "credit_note", "Credit note"

    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="receipts")
    series = models.CharField(max_length=20)
    number = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.RECEIPT)
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="receipts")
    rating = models.ForeignKey(Rating, on_delete=models.PROTECT, related_name="receipts")
    issued_at = models.DateTimeField()
    document = models.JSONField(help_text="All that is printed on it, as it was when it was issued.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "series", "number"], name="receipt_number_unique_in_series"),
            models.UniqueConstraint(fields=["session"], condition=Q(kind="receipt"), name="receipt_one_a_session"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The number as it is printed: 2026-000042."""
        return f"{self.series}-{self.number:06d}"


class Hold(models.Model):
    """An amount that a card's issuer keeps for us until it is captured, voided or expired."""

    class State(models.TextChoices):
        AUTHORISING = "authorising", "Being authorised"
        AUTHORISED = "authorised", "Authorised"
        CAPTURED = "captured", "Captured"
        VOIDED = "voided", "Released"
        EXPIRED = "expired", "Expired"
        FAILED = "failed", "Refused"
        UNKNOWN = "unknown", "Being checked: the processor did not answer"

    id = models.UUIDField(primary_key=True, help_text="UUIDv7; in the idempotency keys.")
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="holds")
    processor = models.CharField(max_length=20)
    processor_ref = models.CharField(max_length=255, blank=True)
    generation = models.PositiveSmallIntegerField(default=1, help_text="In the idempotency keys: which attempt.")
    amount_minor = models.BigIntegerField()
    captured_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=12, choices=State, default=State.AUTHORISING)
    doubtful_operation = models.CharField(
        max_length=10, blank=True, help_text="While unknown: authorize, capture or cancel."
    )
    failure = models.CharField(max_length=255, blank=True, help_text="One sentence: why it was refused.")
    next_action_url = models.CharField(max_length=500, blank=True, help_text="Where the guest confirms, if asked to.")
    last4 = models.CharField(max_length=4, blank=True)
    capture_before = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, help_text="When the processor was last asked about it.")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="hold_amount_positive"),
            models.CheckConstraint(
                condition=Q(captured_minor__gte=0, captured_minor__lte=F("amount_minor")),
                name="hold_captures_at_most_its_amount",
            ),
            models.CheckConstraint(
                condition=Q(captured_minor=0) | Q(state="captured"), name="hold_captured_only_when_so"
            ),
            models.UniqueConstraint(
                fields=["session"],
                condition=Q(state__in=["authorising", "authorised", "captured", "unknown"]),
                name="hold_one_live_a_session",
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
        return f"{self.amount_minor} {self.currency} minor units, {self.get_state_display()}"


class ProcessorEvent(models.Model):
    """A webhook of a card processor as it came, each event once."""

    processor = models.CharField(max_length=20)
    event_id = models.CharField(max_length=255)
    kind = models.CharField(max_length=100)
    processor_ref = models.CharField(max_length=255, blank=True)
    raw = models.TextField()
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["processor", "event_id"], name="processorevent_unique")]
        indexes = [models.Index(fields=["id"], condition=Q(handled_at=None), name="processorevent_unhandled")]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class SimulatedPayment(models.Model):
    """A card payment as the simulated processor keeps it; nothing of ours reads this table but the simulation."""

    class State(models.TextChoices):
        REQUIRES_ACTION = "requires_action", "The cardholder must confirm"
        REQUIRES_CAPTURE = "requires_capture", "Authorised"
        SUCCEEDED = "succeeded", "Captured"
        CANCELED = "canceled", "Released or expired"
        DECLINED = "declined", "Declined"

    ref = models.CharField(max_length=40, unique=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    last4 = models.CharField(max_length=4)
    state = models.CharField(max_length=20, choices=State)
    decline_code = models.CharField(max_length=40, blank=True)
    captured_minor = models.BigIntegerField(default=0)
    refunded_minor = models.BigIntegerField(default=0)
    capture_before = models.DateTimeField()
    is_expired = models.BooleanField(default=False)
    behaviour = models.CharField(max_length=20, blank=True, help_text="What its test card makes the processor do.")
    return_url = models.CharField(max_length=500, blank=True, help_text="Where its page sends the cardholder back to.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(captured_minor__lte=F("amount_minor"), refunded_minor__lte=F("captured_minor")),
                name="simulatedpayment_amounts_in_order",
            )
        ]

    def __str__(self) -> str:
        return self.ref


class SimulatedRequest(models.Model):
    """What the simulated processor did for an idempotency key: the same key gets the same answer."""

    key = models.CharField(max_length=255, unique=True)
    parameters = models.JSONField()
    payment = models.ForeignKey(SimulatedPayment, on_delete=models.CASCADE, related_name="requests")
    answer = models.JSONField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key


class SimulatedClock(models.Model):
    """How far the simulated processor's clock is ahead of ours; one row at most."""

    ahead_s = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.ahead_s} s ahead"


class SimulatedDelivery(models.Model):
    """A webhook of the simulated processor that is to be delivered; it delivers each event twice."""

    event_id = models.CharField(max_length=40)
    raw = models.TextField()
    due_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "simulated deliveries"
        indexes = [models.Index(fields=["due_at"], condition=Q(delivered_at=None), name="simulateddelivery_due")]

    def __str__(self) -> str:
        return self.event_id
