"""Refund offers, made before the guest complains, and the limits within which guests take them by themselves."""

from django.db import models
from django.db.models import F, Q

from billing.engine.values import money
from billing.models.documents import Receipt
from billing.models.refunds import Refund
from chargers.models import Host
from chargers.models.free_text import FreeText
from chargers.models.sentences import SentencesField


class RefundOfferTerms(models.Model):
    """The amounts up to which guests may take offers without the host. Without a row the host decides each."""

    host = models.OneToOneField(Host, on_delete=models.CASCADE, related_name="refund_offer_terms")
    currency = models.CharField(max_length=3)
    most_minor = models.BigIntegerField(help_text="For one session, with tax.")
    month_minor = models.BigIntegerField(help_text="For all that guests take in a month.")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(most_minor__gt=0, month_minor__gte=F("most_minor")), name="refundofferterms_in_order"
            )
        ]

    def __str__(self) -> str:
        return f"Refund offers of {self.host}"


class RefundOffer(models.Model):
    """Lines of a receipt that look wrong, with the evidence. At most one for each receipt."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waits for the host"
        OFFERED = "offered", "Offered to the guest"
        ACCEPTED = "accepted", "Accepted by the guest"
        GIVEN = "given", "Given by the host"
        DISMISSED = "dismissed", "Dismissed by the host"
        OVERTAKEN = "overtaken", "Given back another way"

    class Limit(models.TextChoices):
        """Why the host decides."""

        NONE = "", "Within the limits"
        NO_TERMS = "no_terms", "No limit is set"
        SESSION = "session", "More than one session may give back"
        MONTH = "month", "The limit of the month is reached"
        CURRENCY = "currency", "The limits are in another currency"

    receipt = models.OneToOneField(Receipt, on_delete=models.PROTECT, related_name="offer")
    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="refund_offers")
    state = models.CharField(max_length=10, choices=State)
    limit = models.CharField(max_length=10, choices=Limit, blank=True)
    lines = models.JSONField(help_text="The kinds of lines that would be given back.")
    reason = models.CharField(max_length=15, choices=Refund.Reason)
    sentences = SentencesField(help_text="The evidence, for each line.")
    total_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="Until then it can be taken.")
    refund = models.OneToOneField(Refund, on_delete=models.PROTECT, null=True, related_name="offer")
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    dismissal = FreeText(max_length=400, blank=True, help_text="Why the host left it as it is.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(total_minor__gt=0), name="refundoffer_positive"),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "given"]) | Q(refund__isnull=False), name="refundoffer_has_refund"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "offered"], decided_at=None)
                | Q(state__in=["accepted", "given", "dismissed", "overtaken"], decided_at__isnull=False),
                name="refundoffer_decided_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["host", "-id"], name="refundoffer_by_host"),
            models.Index(fields=["host"], condition=Q(state="waiting"), name="refundoffer_waiting"),
        ]

    def __str__(self) -> str:
        return f"{money.text(self.total_minor, currency=self.currency)} of {self.receipt}"
