"""Webhooks: the endpoints of hosts, and the log of deliveries."""

from django.db import models
from django.db.models import Q

from chargers.models import Host


class WebhookEndpoint(models.Model):
    """A webhook endpoint of a host. Active until a person disables it, or its own failures do."""

    class Kind(models.TextChoices):
        """Kinds of events. A kind never changes its meaning; endpoints for all kinds receive new ones, too."""

        SESSION_SETTLED = "session.settled", "A session is over: its price is final and, where a card pays, taken"
        SESSION_HELD = "session.held", "A session is held for review: its readings cannot be true"
        SESSION_FAILED = "session.failed", "A session ended with nothing to pay, and why"
        RECEIPT_ISSUED = "receipt.issued", "A receipt has its number"
        RECEIPT_CORRECTED = "receipt.corrected", "A receipt is replaced by one made out to a company"
        CREDIT_NOTE_ISSUED = "credit_note.issued", "A refund went back to the card, with its credit note"
        COMPLAINT_MADE = "complaint.made", "A guest says that something is wrong with a receipt"
        COMPLAINT_ANSWERED = "complaint.answered", "A complaint was answered, with money or with a sentence"
        DISPUTE_OPENED = "dispute.opened", "A cardholder contests a payment at the bank"
        DISPUTE_DECIDED = "dispute.decided", "The bank decided about a contested payment"
        SUBSCRIPTION_BEGUN = "subscription.begun", "A driver has a plan: the first fee is paid"
        SUBSCRIPTION_RENEWED = "subscription.renewed", "The fee of a further period is paid"
        SUBSCRIPTION_CHANGED = "subscription.changed", "A driver took another plan in the middle of a period"
        SUBSCRIPTION_PAST_DUE = "subscription.past_due", "A fee could not be taken and is tried again"
        SUBSCRIPTION_ENDED = "subscription.ended", "A driver's plan ended, and why"
        INVOICE_ISSUED = "invoice.issued", "The invoice of a plan's period has its number"
        INVOICE_CREDITED = (
            "invoice.credited",
            "The unused part of a plan's fee went back, or into another plan, with its credit note",
        )
        HOME_INVOICE_ISSUED = "home_invoice.issued", "An employer was billed for a month of home charging"
        PAYOUT_CREATED = "payout.created", "A period was closed: what is paid for it, or why nothing is"
        PAYOUT_CARRIED = "payout.carried", "Nothing is paid now: everything is carried to the next payout, and why"
        PAYOUT_APPROVED = "payout.approved", "It may go: nobody, or nobody more, has to approve it"
        PAYOUT_HELD = "payout.held", "It is held for review, and why"
        PAYOUT_SUBMITTED = "payout.submitted", "It is being sent, and not owed any more"
        PAYOUT_IN_TRANSIT = "payout.in_transit", "It is on its way to the bank"
        PAYOUT_PAID = "payout.paid", "The bank has it; it may still come back for some days"
        PAYOUT_FAILED = "payout.failed", "The bank refused it, or returned it: why, and who has to act"
        PAYOUT_REISSUED = "payout.reissued", "What failed is paid again by a later payout"
        PAYOUT_RECONCILED = "payout.reconciled", "It was found on a bank statement"
        STATEMENT_MADE = "statement.made", "A month or year is closed, and its files can be fetched"

    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="webhook_endpoints")
    url = models.CharField(max_length=500)
    secret = models.TextField(help_text="Encrypted; signs every telling.")
    kinds = models.JSONField(null=True, help_text="What is told; null: everything.")
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    failing_since = models.DateTimeField(null=True, help_text="The first failure since it last took something.")
    disabled_at = models.DateTimeField(null=True)
    disabled_why = models.CharField(max_length=255, blank=True, help_text="One sentence for the host.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(disabled_at__isnull=True) | ~Q(disabled_why=""), name="webhookendpoint_disabled_says_why"
            )
        ]
        indexes = [models.Index(fields=["host"], condition=Q(disabled_at=None), name="webhookendpoint_told")]

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(models.Model):
    """One event for one endpoint: written with the act, and retried until it is accepted or given up."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    event_id = models.UUIDField(help_text="UUIDv7, the same however often it is sent: who has seen it, has it.")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120, help_text="What of what was told: once to an endpoint.")
    body = models.TextField(help_text="The JSON, letter for letter as it is signed and sent.")
    made_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(help_text="While it is being sent: when that is taken for lost.")
    tried_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True, help_text="HTTP status of the last answer.")
    last_error = models.CharField(max_length=255, blank=True, help_text="Goes on after the endpoint's name.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "key"], name="webhookdelivery_told_once"),
            models.CheckConstraint(
                condition=Q(delivered_at__isnull=True) | Q(given_up_at__isnull=True), name="webhookdelivery_one_end"
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "next_try_at"],
                condition=Q(delivered_at=None, given_up_at=None),
                name="webhookdelivery_due",
            ),
            models.Index(fields=["endpoint", "-id"], name="webhookdelivery_newest"),
            models.Index(fields=["made_at"], name="webhookdelivery_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.endpoint}"
