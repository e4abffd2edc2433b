"""Money that a card's issuer keeps for us, and what processors tell of it."""

from django.db import models
from django.db.models import F, Q

from billing.models.sessions import Session


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
    refunded_minor = models.BigIntegerField(default=0, db_default=0, help_text="Given back, or on its way back.")
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
                condition=Q(refunded_minor__gte=0, refunded_minor__lte=F("captured_minor")),
                name="hold_refunds_at_most_its_capture",
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
