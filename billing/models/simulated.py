"""The simulated processor's payments, cards, requests, clock and webhooks. Only it reads these tables."""

from decimal import Decimal

from django.db import models
from django.db.models import F, JSONField, Q, Value


class SimulatedPayment(models.Model):
    """A card payment at the simulated processor; only the simulation reads this table."""

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
    card_ref = models.CharField(max_length=40, blank=True, default="", db_default="", help_text="Where it was kept.")
    fee_minor = models.BigIntegerField(null=True, help_text="Known from the capture on.")
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
    """A customer's card, stored at the simulated processor."""

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
    """The simulated processor's answer for an idempotency key: the same key gets the same answer."""

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
    """How far the simulated processor's clock is ahead of ours, and its fee for a payment; one row at most."""

    ahead_s = models.BigIntegerField(default=0)
    fee_pct = models.DecimalField(max_digits=5, decimal_places=3, default=Decimal("2.9"), db_default=Decimal("2.9"))
    fee_fixed_minor = models.PositiveIntegerField(default=30, db_default=30)

    def __str__(self) -> str:
        return f"{self.ahead_s} s ahead"


class SimulatedDelivery(models.Model):
    """A webhook that the simulated processor is to deliver; it delivers each event twice."""

    event_id = models.CharField(max_length=40)
    raw = models.TextField()
    due_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "simulated deliveries"
        indexes = [models.Index(fields=["due_at"], condition=Q(delivered_at=None), name="simulateddelivery_due")]

    def __str__(self) -> str:
        return self.event_id


class SimulatedAccount(models.Model):
    """A host's account at the simulated processor, which pays out to its bank; an empty reference is our own."""

    class Bank(models.TextChoices):
        TAKES = "takes", "Takes every payout"
        RETURNS = "returns", "Takes payouts and returns them days later"

    ref = models.CharField(max_length=40, blank=True, unique=True)
    bank = models.CharField(max_length=10, choices=Bank, default=Bank.TAKES)
    name = models.CharField(max_length=200, blank=True, default="", db_default="")
    missing = models.JSONField(
        default=list, db_default=Value([], JSONField()), help_text="What it still wants to know."
    )
    disabled_reason = models.CharField(max_length=60, blank=True, default="", db_default="")
    return_url = models.CharField(
        max_length=500, blank=True, default="", db_default="", help_text="Where its page sends the host back to."
    )
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.ref or "our own"


class SimulatedBank(models.Model):
    """A bank account for payouts of an account at the simulated processor."""

    ref = models.CharField(max_length=40, unique=True)
    account = models.ForeignKey(SimulatedAccount, on_delete=models.CASCADE, related_name="banks")
    currency = models.CharField(max_length=3)
    last4 = models.CharField(max_length=4)
    detached_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.ref


class SimulatedTransfer(models.Model):
    """Money moved from our balance to a host's account."""

    ref = models.CharField(max_length=40, unique=True)
    account = models.ForeignKey(SimulatedAccount, on_delete=models.CASCADE, related_name="transfers")
    amount_minor = models.BigIntegerField()
    reversed_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reversed_minor__gte=0, reversed_minor__lte=F("amount_minor")),
                name="simulatedtransfer_reversed_at_most",
            )
        ]

    def __str__(self) -> str:
        return self.ref


class SimulatedPayout(models.Model):
    """A payout from an account to its bank."""

    class State(models.TextChoices):
        PENDING = "pending", "Pending"
        IN_TRANSIT = "in_transit", "On its way"
        PAID = "paid", "Paid"
        FAILED = "failed", "Returned by the bank"

    ref = models.CharField(max_length=40, unique=True)
    account = models.ForeignKey(SimulatedAccount, on_delete=models.CASCADE, related_name="payouts")
    amount_minor = models.BigIntegerField(help_text="Negative: the bank is debited.")
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    failure_code = models.CharField(max_length=40, blank=True)
    trace = models.CharField(max_length=40)
    created_at = models.DateTimeField()
    arrives_at = models.DateTimeField()
    returns_at = models.DateTimeField(null=True, help_text="When its bank will send it back.")

    def __str__(self) -> str:
        return self.ref


class SimulatedDispute(models.Model):
    """A payment that its cardholder's bank took back provisionally."""

    class State(models.TextChoices):
        NEEDS_RESPONSE = "needs_response", "Waits for evidence"
        UNDER_REVIEW = "under_review", "The bank reads the evidence"
        WON = "won", "Won"
        LOST = "lost", "Lost"

    ref = models.CharField(max_length=40, unique=True)
    payment = models.OneToOneField(SimulatedPayment, on_delete=models.CASCADE, related_name="dispute")
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    reason = models.CharField(max_length=40)
    state = models.CharField(max_length=20, choices=State, default=State.NEEDS_RESPONSE)
    evidence = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    respond_before = models.DateTimeField()
    decides_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.ref


class SimulatedBalanceTransaction(models.Model):
    """One movement of an account's balance; the balance is their sum."""

    ref = models.CharField(max_length=40, unique=True)
    account = models.ForeignKey(SimulatedAccount, on_delete=models.CASCADE, related_name="movements")
    kind = models.CharField(max_length=20)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0)
    net_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    source_ref = models.CharField(max_length=40)
    payment_ref = models.CharField(max_length=40, blank=True)
    payout = models.ForeignKey(SimulatedPayout, on_delete=models.CASCADE, null=True, related_name="movements")
    created_at = models.DateTimeField()
    available_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(net_minor=F("amount_minor") - F("fee_minor")),
                name="simulatedbalance_net_is_amount_less_fee",
            )
        ]
        indexes = [models.Index(fields=["account", "currency", "created_at"], name="simulatedbalance_by_account")]

    def __str__(self) -> str:
        return self.ref
