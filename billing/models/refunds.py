"""Refunds of receipts, and the ways that they take."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from authorization.models import User
from billing.engine.values import money
from billing.models.documents import Receipt
from billing.models.payments import Hold, Receivable
from chargers.models import Host
from chargers.models.free_text import FreeText


class Refund(models.Model):
    """A refund of a receipt. Its parts are sent separately, and its state follows from theirs.

    The credit note is for the whole, and is issued with the first part that has gone. While it waits for a second
    person it has no parts: the ways are decided when it is sent.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting for a second person"
        SENDING = "sending", "Being sent"
        CHECKING = "checking", "Being checked: the processor did not answer"
        DONE = "done", "Refunded"
        PARTLY = "partly", "Partly refunded"
        REFUSED = "refused", "Refused by the processor"
        DECLINED = "declined", "Declined by the second person"

    class Reason(models.TextChoices):
        NOT_IDLE = "not_idle", "The idle fee was not the driver's doing"
        CHARGED_TWICE = "charged_twice", "The same was charged twice"
        NOT_DELIVERED = "not_delivered", "The energy was not delivered"
        OTHER_PRICE = "other_price", "Another price was shown"
        GOODWILL = "goodwill", "Goodwill"
        OTHER = "other", "Another reason"

    class Fault(models.TextChoices):
        HOST = "host", "The host bears it"
        PLATFORM = "platform", "We bear it"

    id = models.UUIDField(primary_key=True, help_text="UUIDv7.")
    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="refunds")
    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="refunds")
    credit_note = models.OneToOneField(Receipt, on_delete=models.PROTECT, null=True, related_name="credit_of")
    state = models.CharField(max_length=10, choices=State)
    reason = models.CharField(max_length=15, choices=Reason)
    fault = models.CharField(max_length=10, choices=Fault)
    explanation = FreeText(max_length=400, help_text="What the driver reads.")
    explanation_reason = models.JSONField(
        null=True, help_text="Of one that we made: its code and amounts, for other languages than English."
    )
    lines = models.JSONField(help_text="The kinds of lines that are given back; empty: an amount.")
    total_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    taxes = models.JSONField(null=True, help_text="Base and tax by rate; null: of before these were kept.")
    currency = models.CharField(max_length=3)
    asked_by = models.CharField(max_length=150)
    asked_person = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    answered_by = models.CharField(max_length=150, blank=True, help_text="The second person, where one was needed.")
    answered_person = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(total_minor__gt=0), name="refund_positive"),
            models.CheckConstraint(condition=~Q(answered_person=F("asked_person")), name="refund_two_accounts"),
            models.CheckConstraint(
                condition=Q(total_minor=F("net_minor") + F("tax_minor")), name="refund_total_is_net_and_tax"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["done", "partly"]) | Q(credit_note__isnull=False),
                name="refund_done_has_credit_note",
            ),
        ]
        indexes = [models.Index(fields=["receipt", "id"], name="refund_by_receipt")]

    def __str__(self) -> str:
        return f"Refund of {money.text(self.total_minor, currency=self.currency)} for {self.receipt}"

    @property
    def failure(self) -> str:
        """Returns why the processor refused it, or a part of it. Costs a query unless the parts were prefetched."""
        return " ".join(part.failure for part in self.parts.all() if part.state == RefundPart.State.REFUSED)


class AttemptedRefund(models.Model):
    """One amount that is refunded to a card, for a session or for a plan; see
    `billing.sessions.charges.refund_attempts`.

    If the processor refuses it, it waits for a person, who sends it again or gives it back another way.
    """

    class State(models.TextChoices):
        SENDING = "sending", "Being sent"
        CHECKING = "checking", "Being checked: the processor did not answer"
        DONE = "done", "Gone back"
        REFUSED = "refused", "Refused by the processor"
        OTHERWISE = "otherwise", "Given back another way"

    amount_minor = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.SENDING)
    generation = models.PositiveSmallIntegerField(default=1, help_text="In the idempotency key: which attempt.")
    failure = models.CharField(max_length=255, blank=True, help_text="One sentence: why the processor refused it.")
    note = FreeText(max_length=400, blank=True, help_text="How it was given back another way.")
    answered_by = models.CharField(max_length=150, blank=True, help_text="Who gave it back another way.")
    sent_at = models.DateTimeField(null=True, help_text="When the processor was asked last.")
    finished_at = models.DateTimeField(null=True, help_text="When it had gone back or was refused.")

    class Meta:
        abstract = True
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="%(class)s_positive"),
            models.CheckConstraint(condition=~Q(state="otherwise") | ~Q(note=""), name="%(class)s_otherwise_says_how"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], condition=Q(state__in=["sending", "checking"]), name="%(class)s_unfinished")
        ]


class RefundPart(AttemptedRefund):
    """One way of a refund, with its own state: back to one card, off the debt, or off a claim.

    The card's part is sent with a key derived from this row. `hold` and `receivable` are both null if nothing was to be
    paid by card: the driver, a partner or an employer then owes less.
    """

    id = models.UUIDField(primary_key=True, help_text="UUIDv7; in the idempotency key.")
    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="parts")
    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, null=True, related_name="refund_parts")
    receivable = models.ForeignKey(Receivable, on_delete=models.PROTECT, null=True, related_name="refund_parts")

    class Meta(AttemptedRefund.Meta):
        constraints = [
            *AttemptedRefund.Meta.constraints,
            models.CheckConstraint(condition=Q(hold=None) | Q(receivable=None), name="refundpart_one_way"),
            models.CheckConstraint(
                condition=Q(state__in=["sending", "done"]) | Q(hold__isnull=False), name="refundpart_only_cards_refuse"
            ),
            models.UniqueConstraint(
                fields=["refund", "hold"], condition=Q(hold__isnull=False), name="refundpart_one_a_hold"
            ),
        ]

    def __str__(self) -> str:
        return f"{money.text(self.amount_minor, currency=self.refund.currency)}, {self.get_state_display().lower()}"
