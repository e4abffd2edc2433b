"""Changes of a plan within a period, and refunds of periods that were cut short."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from billing.engine.values import money
from billing.models.drivers import PaymentCard
from billing.models.plans import PlanVersion, Subscription, SubscriptionPeriod
from billing.models.refunds import AttemptedRefund
from billing.proration.exchange import SetOff
from billing.sentences import catalogue
from chargers.models.sentences import InEnglish, SentencesField


class PlanChange(SetOff, models.Model):
    """A driver's switch to another plan: the terms shown and agreed to, and its outcome.

    While it is open the old plan is unchanged. The charge's idempotency key is derived from `id`.
    """

    class State(models.TextChoices):
        CHARGING = "charging", "The difference is being charged"
        CONFIRMING = "confirming", "The cardholder's bank asks"
        DONE = "done", "Changed"
        REFUSED = "refused", "Not changed"

    OPEN: ClassVar = (State.CHARGING, State.CONFIRMING)

    id = models.UUIDField(primary_key=True, help_text="UUIDv7 of `agreed_at`; in the idempotency key.")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="changes")
    period = models.ForeignKey(
        SubscriptionPeriod, on_delete=models.PROTECT, related_name="changes", help_text="That of the old plan."
    )
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="changes")
    made = models.OneToOneField(
        SubscriptionPeriod, on_delete=models.PROTECT, null=True, related_name="change", help_text="Of the new plan."
    )
    state = models.CharField(max_length=10, choices=State, default=State.CHARGING)
    agreed_at = models.DateTimeField(help_text="From when the new plan counts.")
    days = models.PositiveSmallIntegerField(help_text="Paid to the new plan, and given back of the old one.")
    whole_days = models.PositiveSmallIntegerField(help_text="Of a whole period.")
    old_days = models.PositiveSmallIntegerField(help_text="Of the old plan's period.")
    total_minor = models.BigIntegerField(help_text="Of the new plan for its days, with tax.")
    tax_minor = models.BigIntegerField()
    credit_minor = models.BigIntegerField(help_text="Of the old plan, with tax.")
    credit_tax_minor = models.BigIntegerField()
    own_wh = models.BigIntegerField(help_text="Of the new plan for its days.")
    carried_wh = models.BigIntegerField(help_text="Paid for with the old plan and not used: it goes along.")
    used_wh = models.BigIntegerField(help_text="Of the old plan when it was agreed.")
    is_by_energy = models.BooleanField(help_text="Less goes back than for the days: more energy is used.")
    is_used_today = models.BooleanField(help_text="The day of the change stays with the old plan.")
    currency = models.CharField(max_length=3)
    due_at = models.DateTimeField(help_text="While it is open: when it is looked at next.")
    card = models.ForeignKey(PaymentCard, on_delete=models.PROTECT, related_name="plan_changes")
    processor = models.CharField(max_length=20)
    processor_ref = models.CharField(max_length=255, blank=True)
    last4 = models.CharField(max_length=4, blank=True)
    decline = models.CharField(max_length=30, blank=True, help_text="The processor's code of the refusal.")
    failure_sentences = SentencesField(help_text="Why nothing was changed.")
    failure = InEnglish("failure_sentences", catalogue.english, max_length=255)
    next_action_url = models.CharField(max_length=500, blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subscription"],
                condition=Q(state__in=["charging", "confirming"]),
                name="planchange_one_open_a_subscription",
            ),
            models.UniqueConstraint(fields=["period"], condition=Q(state="done"), name="planchange_once_a_period"),
            models.CheckConstraint(
                condition=Q(
                    total_minor__gte=0, tax_minor__gte=0, credit_minor__gte=0, credit_tax_minor__gte=0, own_wh__gte=0,
                    carried_wh__gte=0,
                ),
                name="planchange_amounts_in_order",
            ),
            models.CheckConstraint(
                condition=Q(state="done", made__isnull=False, finished_at__isnull=False)
                | (~Q(state="done") & Q(made=None)),
                name="planchange_done_has_period",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state__in=["charging", "confirming"]), name="planchange_unfinished"
            )
        ]

    def __str__(self) -> str:
        return f"{self.period.version.plan} to {self.version.plan}, {self.get_state_display().lower()}"


class PeriodRefund(AttemptedRefund):
    """A part of a payment that is refunded to its card, because a period was cut short.

    A period that began with a change was paid by several payments: each refunds its part, newest first.
    """

    period = models.ForeignKey(
        SubscriptionPeriod, on_delete=models.PROTECT, related_name="refunds", help_text="Which was cut short."
    )
    number = models.PositiveSmallIntegerField(help_text="In the idempotency key, from 1.")
    paid_for = models.ForeignKey(
        SubscriptionPeriod, on_delete=models.PROTECT, related_name="+", help_text="Whose payment gives it back."
    )
    planned_at = models.DateTimeField()

    class Meta(AttemptedRefund.Meta):
        constraints = [
            *AttemptedRefund.Meta.constraints,
            models.UniqueConstraint(fields=["period", "number"], name="periodrefund_once"),
            models.CheckConstraint(
                condition=~Q(state__in=["done", "otherwise"]) | Q(finished_at__isnull=False) | Q(sent_at__isnull=False),
                name="periodrefund_ended_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{money.text(self.amount_minor, currency=self.period.currency)} of {self.paid_for}"
