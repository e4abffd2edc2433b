"""Numbered documents about sessions."""

from django.db import models
from django.db.models import Q

from authorization.accounts import mail
from billing.models.payouts import Payout
from billing.models.sessions import Rating, Session
from billing.models.statements import Statement
from chargers.models import Host


class ReceiptSeries(models.Model):
    """The last number used in a series of a host; its row is locked while the next one is assigned."""

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
        CORRECTION = "correction", "Corrected receipt"

    class Collector(models.TextChoices):
        PLATFORM = "platform", "The platform collects it"
        HOST = "host", "The host collects it from its own customers"

    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="receipts")
    series = models.CharField(max_length=20)
    number = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.RECEIPT)
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="receipts")
    rating = models.ForeignKey(Rating, on_delete=models.PROTECT, related_name="receipts")
    collected_by = models.CharField(
        max_length=10,
        choices=Collector,
        default=Collector.PLATFORM,
        db_default="platform",
        help_text="The host: no card paid it, and none of it reaches the platform.",
    )
    issued_at = models.DateTimeField()
    document = models.JSONField(help_text="All that is printed on it, as it was when it was issued.")
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="replaced_by", help_text="Of a corrected receipt."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="correction", replaces__isnull=False) | (~Q(kind="correction") & Q(replaces=None)),
                name="receipt_correction_replaces_one",
            ),
            models.UniqueConstraint(fields=["host", "series", "number"], name="receipt_number_unique_in_series"),
            models.UniqueConstraint(fields=["session"], condition=Q(kind="receipt"), name="receipt_one_a_session"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Returns the number as printed: 2026-000042."""
        return f"{self.series}-{self.number:06d}"


class OutgoingMail(models.Model):
    """A mail, usually with a document: written once, and retried until the mail server accepts it."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waits to be sent"
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        GIVEN_UP = "given_up", "Given up"

    NO_SERVER = mail.NO_SERVER

    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, null=True, related_name="mails")
    driver = models.ForeignKey(
        "billing.Driver",
        on_delete=models.CASCADE,
        null=True,
        related_name="mails",
        help_text="Whose plan it is about.",
    )
    session = models.ForeignKey(
        Session,
        on_delete=models.PROTECT,
        null=True,
        related_name="mails",
        help_text="Which it is about, without one.",
    )
    bank_account = models.ForeignKey("billing.BankAccount", on_delete=models.PROTECT, null=True, related_name="mails")
    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, null=True, related_name="mails")
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, null=True, related_name="mails")
    home_invoice = models.ForeignKey("billing.HomeInvoice", on_delete=models.PROTECT, null=True, related_name="mails")
    home_payout = models.ForeignKey("billing.HomePayout", on_delete=models.PROTECT, null=True, related_name="mails")
    payee = models.ForeignKey(
        "chargers.Host",
        on_delete=models.PROTECT,
        null=True,
        related_name="mails",
        help_text="Whose payout agreement it is about.",
    )
    alert_rule = models.ForeignKey(
        "billing.AlertRule",
        on_delete=models.CASCADE,
        null=True,
        related_name="mails",
        help_text="Which it is for.",
    )
    report_run = models.ForeignKey("billing.ReportRun", on_delete=models.CASCADE, null=True, related_name="mails")
    page = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="Address of the page that it is about."
    )
    headers = models.JSONField(
        default=dict, db_default={}, blank=True, help_text="Of the mail, beside the usual ones: threading, Reply-To."
    )
    key = models.CharField(max_length=80, blank=True, help_text="What it is about: told once.")
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True, help_text="Without a document: what it says.")
    address = models.EmailField(help_text="As the driver left it; hosts see it masked.")
    language = models.CharField(max_length=2, default="en")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    failure = models.CharField(max_length=255, blank=True, help_text="What the mail server said last.")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(
        help_text="When it is tried next; while it is being sent: when that is taken for lost."
    )
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["receipt", "address"], name="mail_once_an_address"),
            models.UniqueConstraint(fields=["key"], condition=~Q(key=""), name="mail_once_a_key"),
            models.CheckConstraint(
                condition=Q(receipt__isnull=False)
                | ~Q(key="")
                & (
                    Q(driver__isnull=False)
                    | Q(session__isnull=False)
                    | Q(bank_account__isnull=False)
                    | Q(payout__isnull=False)
                    | Q(statement__isnull=False)
                    | Q(home_invoice__isnull=False)
                    | Q(home_payout__isnull=False)
                    | Q(payee__isnull=False)
                    | Q(alert_rule__isnull=False)
                    | Q(report_run__isnull=False)
                    | ~Q(page="")
                ),
                name="mail_about_something",
            ),
            models.CheckConstraint(condition=~Q(state="sent") | Q(sent_at__isnull=False), name="mail_sent_has_time"),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(state__in=["waiting", "sending"]), name="mail_due")]

    def __str__(self) -> str:
        return f"{self.receipt or self.subject} to {self.address}"

    @property
    def was_printed(self) -> bool:
        """Whether the mail was only printed, because there is no mail server; a retry with another address would not
        help.
        """
        return self.state == self.State.GIVEN_UP and self.failure == self.NO_SERVER

    @property
    def outcome(self) -> str:
        """Returns the state for people: a mail that no server could accept was not given up."""
        return "Kept as a file" if self.was_printed else self.get_state_display()

    @property
    def level(self) -> str:
        """Returns the colour of the state: `ok`, `busy`, `warn` or `bad`."""
        if self.was_printed:
            return "warn"
        return {self.State.SENT: "ok", self.State.GIVEN_UP: "bad"}.get(self.State(self.state), "busy")

    @property
    def trouble(self) -> str:
        """Returns why no server has it, as a sentence; empty if nothing went wrong."""
        return self.NO_SERVER if self.was_printed else self.failure
