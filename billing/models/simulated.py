"""What the simulated processor keeps: its payments, cards, requests, clock and webhooks. Only it reads these tables."""

from django.db import models
from django.db.models import F, Q


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
    captures_at_once = models.BooleanField(default=False, db_default=False, help_text="Charged, not held.")
    customer_ref = models.CharField(max_length=40, blank=True, default="", db_default="")
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


class SimulatedCard(models.Model):
    """A card that the simulated processor keeps for a customer."""

    class State(models.TextChoices):
        REQUIRES_ACTION = "requires_action", "The cardholder must confirm"
        READY = "ready", "Can be charged"
        DECLINED = "declined", "Declined"
        DETACHED = "detached", "Removed"

    ref = models.CharField(max_length=40, unique=True)
    customer_ref = models.CharField(max_length=40)
    number = models.CharField(max_length=16, blank=True, help_text="Of a test card; empty: it is none.")
    brand = models.CharField(max_length=20)
    last4 = models.CharField(max_length=4)
    exp_month = models.PositiveSmallIntegerField()
    exp_year = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=20, choices=State)
    decline_code = models.CharField(max_length=40, blank=True)
    return_url = models.CharField(max_length=500, blank=True, help_text="Where its page sends the cardholder back to.")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.ref


class SimulatedRequest(models.Model):
    """What the simulated processor did for an idempotency key: the same key gets the same answer."""

    key = models.CharField(max_length=255, unique=True)
    parameters = models.JSONField()
    payment = models.ForeignKey(SimulatedPayment, on_delete=models.CASCADE, null=True, related_name="requests")
    subject = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text="The reference of what is no payment."
    )
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
