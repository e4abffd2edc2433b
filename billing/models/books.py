"""The books: an append-only double-entry ledger in integer minor units.

The database enforces it (migration 0003): an entry balances per currency when its transaction commits, gets no further
lines, and is never changed, deleted or truncated. `billing.payments.books.ledger` is the only access.
"""

from django.db import models
from django.db.models import Q

from billing.models.sessions import Session
from chargers.models import Host


class LedgerAccount(models.Model):
    """One account of a host's chart, in one currency."""

    class Code(models.TextChoices):
        GUEST_RECEIVABLE = "guest_receivable", "Owed by drivers"
        ROAMING_RECEIVABLE = "roaming_receivable", "Owed by roaming partners"
        EMPLOYER_RECEIVABLE = "employer_receivable", "Owed by employers"
        PROCESSOR_CLEARING = "processor_clearing", "At the card processor"
        PROCESSOR_FEES = "processor_fees", "Fees of the card processor"
        TAX_PAYABLE = "tax_payable", "Taxes to remit"
        HOST_PAYABLE = "host_payable", "Owed to the host"
        HOST_RESERVE = "host_reserve", "Kept back for the host"
        EMPLOYEE_PAYABLE = "employee_payable", "Owed to employees"
        PLATFORM_REVENUE = "platform_revenue", "Earned by the platform"
        SUBSCRIPTION_DEFERRED = "subscription_deferred", "Invoiced, not earned yet"
        PAYOUT_IN_TRANSIT = "payout_in_transit", "Paid out, on its way"
        BANK = "bank", "At the bank"
        BANK_SUSPENSE = "bank_suspense", "At the bank, not explained yet"
        DISPUTE_HOLD = "dispute_hold", "Disputed by cardholders"
        WRITTEN_OFF = "written_off", "Given up"
        HOST_CLAIMS = "host_claims", "Owed to the host by its own customers"
        HOST_SALES = "host_sales", "Sold by the host itself"

    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="ledger_accounts")
    code = models.CharField(max_length=25, choices=Code)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "code", "currency"], name="ledgeraccount_unique_in_host")
        ]

    def __str__(self) -> str:
        return f"{self.get_code_display()} ({self.currency}) of {self.host}"


class LedgerEntry(models.Model):
    """One balanced ledger movement, described by its business document: posted once per source, kind, generation."""

    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="ledger_entries")
    session = models.ForeignKey(
        Session,
        on_delete=models.PROTECT,
        null=True,
        related_name="ledger_entries",
        help_text="Which session it is about, if about one.",
    )
    source_type = models.CharField(max_length=20, help_text="receipt, hold, refund ...")
    source_id = models.CharField(max_length=40)
    kind = models.CharField(max_length=20, help_text="What of the source: issued, captured, refunded ...")
    generation = models.PositiveIntegerField(default=1)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")
    memo = models.CharField(max_length=255, help_text="One sentence for a person.")
    occurred_at = models.DateTimeField(help_text="When it happened.")
    posted_at = models.DateTimeField(help_text="When it was written down.")

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints = [
            models.UniqueConstraint(
                fields=["source_type", "source_id", "kind", "generation"], name="ledgerentry_posted_once"
            )
        ]
        indexes = [
            models.Index(fields=["host", "-id"], name="ledgerentry_by_host"),
            models.Index(fields=["posted_at", "host"], name="ledgerentry_by_posting"),
        ]

    def __str__(self) -> str:
        return f"{self.source_type} {self.source_id} {self.kind}"


class Posting(models.Model):
    """One side of an entry."""

    class Side(models.TextChoices):
        DEBIT = "D", "Debit"
        CREDIT = "C", "Credit"

    entry = models.ForeignKey(LedgerEntry, on_delete=models.PROTECT, related_name="postings")
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="postings")
    side = models.CharField(max_length=1, choices=Side)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, help_text="The account's.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="posting_amount_positive"),
            models.UniqueConstraint(fields=["entry", "account"], name="posting_one_an_account"),
        ]
        indexes = [models.Index(fields=["account", "entry"], name="posting_by_account")]

    def __str__(self) -> str:
        return f"{self.get_side_display()} {self.amount_minor} {self.currency}"
