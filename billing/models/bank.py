"""Files from and to banks: imported statements and their lines, what each line pays, payment files."""

from django.db import models
from django.db.models import F, Q

from authorization.models import User
from billing.models.books import LedgerAccount, LedgerEntry
from billing.models.home import HomeInvoice, HomePayout
from billing.models.payouts import Payout
from chargers.models import Host
from chargers.models.free_text import FreeText


class BankMapping(models.Model):
    """The columns of one bank's CSV, recognised by its header, for one owner of accounts."""

    host = models.ForeignKey(
        Host,
        on_delete=models.PROTECT,
        null=True,
        related_name="bank_mappings",
        help_text="Null: the platform's own accounts.",
    )
    signature = models.CharField(max_length=64, help_text="Hash of the delimiter and the names of the columns.")
    mapping = models.JSONField()
    chosen_by = models.CharField(max_length=150, blank=True, help_text="Empty: the file left no question open.")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "signature"], name="bankmapping_one", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return f"Mapping of {self.host or 'the platform'}"


class BankImport(models.Model):
    """A bank's file with new lines."""

    host = models.ForeignKey(
        Host,
        on_delete=models.PROTECT,
        null=True,
        related_name="bank_imports",
        help_text="Null: the platform's own accounts.",
    )
    name = FreeText(max_length=200)
    sha256 = models.CharField(max_length=64)
    format = models.CharField(max_length=10, help_text="camt.052, camt.053, camt.054, mt940 or csv.")
    mapping = models.ForeignKey(BankMapping, on_delete=models.PROTECT, null=True, related_name="imports")
    imported_by = models.CharField(max_length=150)
    imported_at = models.DateTimeField()
    lines_count = models.PositiveIntegerField(default=0, help_text="New lines.")
    doubled_count = models.PositiveIntegerField(default=0)
    refused_count = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list, help_text="What does not add up: place, sentence, difference_minor.")
    difference_minor = models.BigIntegerField(default=0, help_text="Sum of what the balances differ by.")
    first_on = models.DateField(null=True, help_text="The oldest booking day of the file.")
    last_on = models.DateField(null=True, help_text="The newest.")
    answer = FreeText(max_length=400, blank=True, help_text="What a person says about the difference.")
    answered_by = models.CharField(max_length=150, blank=True)

    class Meta:
        indexes = [models.Index(fields=["host", "-id"], name="bankimport_by_host")]

    def __str__(self) -> str:
        return self.name


class _Ordered:
    """A separate class, so that the model's body stays a list of columns."""

    place: str
    account_masked: str

    @property
    def line(self) -> int | str:
        """Returns its position in its file: the number of the line, or the path of the entry."""
        number = self.place.removeprefix("line ")
        return int(number) if number.isdecimal() else self.place

    @property
    def is_account_named(self) -> bool:
        """Whether the account is named by a number, whose last digits are stored."""
        return self.account_masked.startswith("…")


class BankLine(_Ordered, models.Model):
    """A booked movement on a bank account: the platform's (no host), or a host's whose statements it shared."""

    class Match(models.TextChoices):
        WAITING = "waiting", "Not looked at yet"
        MATCHED = "matched", "Matched"
        UNMATCHED = "unmatched", "Not matched"
        AMBIGUOUS = "ambiguous", "Waits for a decision"
        ANSWERED = "answered", "Explained by a person"

    file = models.ForeignKey(BankImport, on_delete=models.PROTECT, related_name="lines")
    host = models.ForeignKey(Host, on_delete=models.PROTECT, null=True, related_name="bank_lines")
    statement = models.PositiveIntegerField(help_text="Of the file, from 1.")
    place = models.CharField(max_length=80, help_text="In the file: `line 7`, or the path of the entry.")
    account_masked = models.CharField(max_length=40)
    account_fingerprint = models.CharField(max_length=64)
    booked_on = models.DateField()
    value_on = models.DateField(null=True)
    amount_minor = models.BigIntegerField(help_text="As the account sees it: minus for money that left.")
    currency = models.CharField(max_length=3)
    counterparty = FreeText(max_length=140, blank=True)
    counterparty_fingerprint = models.CharField(max_length=64, blank=True)
    reference = models.CharField(max_length=140, blank=True, help_text="The end-to-end id.")
    bank_ref = models.CharField(max_length=140, blank=True)
    order_ref = models.CharField(max_length=140, blank=True, help_text="Of the order that it was booked from.")
    text = FreeText(max_length=500, blank=True)
    is_return = models.BooleanField(default=False)
    return_code = models.CharField(max_length=40, blank=True)
    is_doubtful = models.BooleanField(default=False, help_text="Its statement does not add up.")
    fingerprint = models.CharField(max_length=64)
    occurrence = models.PositiveIntegerField(default=1, help_text="Counts identical lines of one file.")
    match = models.CharField(max_length=10, choices=Match, default=Match.WAITING)
    kind = models.CharField(max_length=24, blank=True, help_text="What is found about it, as a code.")
    facts = models.JSONField(default=dict, help_text="Of the sentence that says it.")
    found_at = models.DateTimeField(null=True)
    answer = FreeText(max_length=400, blank=True)
    answered_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "fingerprint"], name="bankline_once", nulls_distinct=False),
            models.CheckConstraint(condition=~Q(match="answered") | ~Q(answer=""), name="bankline_answer_has_reason"),
        ]
        indexes = [
            models.Index(fields=["file", "id"], name="bankline_by_file"),
            models.Index(
                fields=["currency", "amount_minor"], condition=~Q(match__in=["matched", "answered"]),
                name="bankline_open_by_amount",
            ),
            models.Index(fields=["host", "-booked_on"], name="bankline_by_day"),
            models.Index(fields=["amount_minor"], name="bankline_by_amount"),
            models.Index(fields=["reference"], condition=~Q(reference=""), name="bankline_by_reference"),
            models.Index(fields=["bank_ref"], condition=~Q(bank_ref=""), name="bankline_by_bank_ref"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.booked_on} {self.amount_minor} {self.currency}"


class BankLineCopy(models.Model):
    """The same movement in another kind of file: as CSV and as CAMT, or with other columns."""

    line = models.ForeignKey(BankLine, on_delete=models.CASCADE, related_name="copies")
    host = models.ForeignKey(Host, on_delete=models.PROTECT, null=True, related_name="+", help_text="The line's.")
    source = models.CharField(max_length=40, help_text="The format, of a CSV with the key of its mapping.")
    fingerprint = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "fingerprint"], name="banklinecopy_once", nulls_distinct=False),
            models.UniqueConstraint(fields=["line", "source"], name="banklinecopy_one_a_source"),
        ]

    def __str__(self) -> str:
        return f"{self.line} as {self.source}"


class BankMatch(models.Model):
    """A payout that a bank line is or is a part of.

    One line may be several; a payout leaves, arrives and returns once each.
    """

    class Kind(models.TextChoices):
        LEFT = "left", "Left the platform's account"
        ARRIVED = "arrived", "Arrived at the host's account"
        RETURNED = "returned", "Came back to the platform's account"

    class Rule(models.TextChoices):
        REFERENCE = "reference", "By its reference and amount"
        FILE = "file", "As the sum of a file of payments"
        DAY = "day", "By its amount and day"
        SUM = "sum", "As a sum of payouts of one day"
        PERSON = "person", "By a person"

    line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="matches")
    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="bank_matches")
    kind = models.CharField(max_length=8, choices=Kind)
    rule = models.CharField(max_length=9, choices=Rule)
    state_before = models.CharField(
        max_length=12, blank=True, default="", db_default="", help_text="Of the payout, before it was matched."
    )
    amount_minor = models.BigIntegerField(help_text="Of the payout.")
    matched_by = models.CharField(max_length=150, blank=True)
    matched_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "bank matches"
        constraints = [
            models.UniqueConstraint(fields=["payout", "kind"], name="bankmatch_one_a_kind"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="bankmatch_is_something"),
        ]

    def __str__(self) -> str:
        return f"{self.payout_id} {self.kind}"


class HomeMatch(models.Model):
    """What a bank line pays of home charging: an employer's invoice, or one employee's part of it."""

    line = models.ForeignKey(BankLine, on_delete=models.PROTECT, related_name="home_matches")
    invoice = models.OneToOneField(HomeInvoice, on_delete=models.PROTECT, null=True, related_name="bank_match")
    payout = models.OneToOneField(HomePayout, on_delete=models.PROTECT, null=True, related_name="bank_match")
    rule = models.CharField(max_length=9, choices=BankMatch.Rule)
    has_paid = models.BooleanField(help_text="The line recorded the payment; else a person had.")
    amount_minor = models.BigIntegerField()
    matched_by = models.CharField(max_length=150, blank=True)
    matched_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "home matches"
        constraints = [
            models.CheckConstraint(
                condition=Q(invoice__isnull=False, payout__isnull=True) | Q(invoice__isnull=True, payout__isnull=False),
                name="homematch_is_one",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="homematch_is_something"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice or self.payout} on line {self.line_id}"


class Clearing(models.Model):
    """A bank line that is not a payout, or an entry in suspense, posted to a named account by one or two people."""

    CLEARED = "cleared"

    class State(models.TextChoices):
        WAITING = "waiting", "Waits for a second person"
        POSTED = "posted", "Posted"
        DECLINED = "declined", "Declined"
        REVERSED = "reversed", "Taken back"

    GONE = (State.DECLINED, State.REVERSED)

    line = models.ForeignKey(BankLine, on_delete=models.PROTECT, null=True, related_name="clearings")
    entry = models.ForeignKey(LedgerEntry, on_delete=models.PROTECT, null=True, related_name="clearings")
    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="clearings", help_text="In whose books.")
    code = models.CharField(max_length=25, choices=LedgerAccount.Code)
    amount_minor = models.BigIntegerField(help_text="As the bank's account, or suspense, has it: debits positive.")
    currency = models.CharField(max_length=3)
    reason = FreeText(max_length=400)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    asked_by = models.CharField(max_length=150)
    asked_person = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    second_by = models.CharField(max_length=150, blank=True)
    second_person = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    reversed_by = models.CharField(max_length=150, blank=True, default="", db_default="")
    reversed_at = models.DateTimeField(null=True)
    reversed_because = FreeText(max_length=400, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["line"], condition=~Q(state__in=["declined", "reversed"]), name="clearing_line_once"
            ),
            models.UniqueConstraint(
                fields=["entry"], condition=~Q(state__in=["declined", "reversed"]), name="clearing_entry_once"
            ),
            models.CheckConstraint(
                condition=Q(line__isnull=False, entry__isnull=True) | Q(line__isnull=True, entry__isnull=False),
                name="clearing_of_one",
            ),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="clearing_is_something"),
            models.CheckConstraint(condition=~Q(second_by=F("asked_by")), name="clearing_second_person"),
            models.CheckConstraint(condition=~Q(second_person=F("asked_person")), name="clearing_two_accounts"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency} to {self.get_code_display()} of {self.host}"


class PaymentFile(models.Model):
    """A payment file of payouts for the platform's bank. Its content has account numbers, and is encrypted."""

    class State(models.TextChoices):
        MADE = "made", "Made"
        DOWNLOADED = "downloaded", "Downloaded"
        WITHDRAWN = "withdrawn", "Withdrawn"

    message_id = models.CharField(max_length=35, unique=True)
    format = models.CharField(max_length=8)
    currency = models.CharField(max_length=3)
    execution_on = models.DateField()
    total_minor = models.BigIntegerField()
    count = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    content_encrypted = models.TextField()
    state = models.CharField(max_length=10, choices=State, default=State.MADE)
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    downloaded_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=150, blank=True)
    reason = FreeText(max_length=400, blank=True, help_text="Why it was withdrawn.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(total_minor__gt=0, count__gt=0), name="paymentfile_has_payments")
        ]

    def __str__(self) -> str:
        return self.message_id


class FilePayment(models.Model):
    """One payout in a payment file, by the id that the statement returns."""

    file = models.ForeignKey(PaymentFile, on_delete=models.PROTECT, related_name="payments")
    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="file_payments")
    end_to_end_id = models.CharField(max_length=35, unique=True)
    amount_minor = models.BigIntegerField()
    trace = models.CharField(max_length=15, blank=True, help_text="What US banks name with a return.")
    is_withdrawn = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payout"], condition=Q(is_withdrawn=False), name="filepayment_payout_in_one_file"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="filepayment_positive"),
        ]

    def __str__(self) -> str:
        return self.end_to_end_id
