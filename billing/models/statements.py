"""Statements: what a host was owed at the beginning and end of a month or year, as documents that never change."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from chargers.models import Host, Property


class _Numbered:
    """A separate class, because `property` names a field in the model."""

    series: str
    number: int
    ends_at: datetime
    property_id: int | None
    made_at: datetime | None

    @property
    def label(self) -> str:
        """Returns the number as printed: A2026-000042."""
        return f"{self.series}-{self.number:06d}"

    @property
    def last_moment(self) -> datetime:
        return self.ends_at - timedelta(microseconds=1)

    @property
    def is_made(self) -> bool:
        """Whether its files exist."""
        return self.made_at is not None


class Statement(_Numbered, models.Model):
    """A closed month or year of the account "owed to the host", in one currency, of the host or of one property.

    Each one begins at the time and with the amount at which the previous one ended, which the database enforces. The
    files are written once, after the period was closed; then nothing changes any more.
    """

    class Kind(models.TextChoices):
        MONTH = "month", "Month"
        YEAR = "year", "Year"

    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="statements")
    property = models.ForeignKey(
        Property, on_delete=models.PROTECT, null=True, related_name="statements", help_text="Null: the whole host."
    )
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=5, choices=Kind, default=Kind.MONTH)
    begins_on = models.DateField(help_text="The first day of the month or year that it is named after.")
    begins_at = models.DateTimeField(help_text="Where the one before ended.")
    ends_at = models.DateTimeField(help_text="The first moment after it.")
    time_zone = models.CharField(max_length=64)
    series = models.CharField(max_length=20)
    number = models.PositiveBigIntegerField()
    previous = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="next", help_text="The one before of the same kind."
    )
    opening_minor = models.BigIntegerField()
    credited_minor = models.BigIntegerField(help_text="For the host.")
    debited_minor = models.BigIntegerField(help_text="Against it.")
    closing_minor = models.BigIntegerField()
    lines = models.PositiveIntegerField()
    closed_at = models.DateTimeField()
    csv_sha256 = models.CharField(max_length=64, blank=True)
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    csv_bytes = models.PositiveBigIntegerField(default=0)
    pdf_bytes = models.PositiveBigIntegerField(default=0)
    made_at = models.DateTimeField(null=True, help_text="When its files were written.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["host", "property", "currency", "kind", "begins_on"], name="statement_one_a_period",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["host", "property", "currency", "kind"], condition=Q(previous=None),
                name="statement_one_first", nulls_distinct=False,
            ),
            models.UniqueConstraint(fields=["host", "series", "number"], name="statement_number_unique_in_series"),
            models.CheckConstraint(condition=Q(begins_at__lt=F("ends_at")), name="statement_period"),
            models.CheckConstraint(
                condition=Q(closing_minor=F("opening_minor") + F("credited_minor") - F("debited_minor")),
                name="statement_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(previous__isnull=False) | Q(opening_minor=0), name="statement_first_opens_with_nothing"
            ),
            models.CheckConstraint(
                condition=Q(made_at=None, csv_sha256="", pdf_sha256="")
                | Q(made_at__isnull=False) & ~Q(csv_sha256="") & ~Q(pdf_sha256=""),
                name="statement_made_has_hashes",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["host", "-ends_at"], name="statement_by_host"),
            models.Index(fields=["id"], condition=Q(made_at=None), name="statement_without_files"),
        ]

    def __str__(self) -> str:
        return f"Statement {self.label}"


class StatementPiece(models.Model):
    """A piece of a statement's file, compressed separately; concatenated, the pieces are the file."""

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        PDF = "pdf", "PDF"

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="pieces")
    format = models.CharField(max_length=3, choices=Format)
    number = models.PositiveIntegerField()
    content = models.BinaryField(help_text="zlib.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["statement", "format", "number"], name="statementpiece_one")]

    def __str__(self) -> str:
        return f"{self.statement_id}.{self.format} {self.number}"


class StatementReader(models.Model):
    """A member of a host who gets its statements by e-mail."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="statements_read")
    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="statement_readers")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "host"], name="statementreader_once")]

    def __str__(self) -> str:
        return f"{self.user} reads the statements of {self.host}"


class SellerFacts(models.Model):
    """The seller report's facts about a host that its receipts do not have."""

    class Kind(models.TextChoices):
        COMPANY = "company", "A company"
        PERSON = "person", "A person"

    host = models.OneToOneField(Host, on_delete=models.CASCADE, related_name="seller_facts")
    kind = models.CharField(max_length=7, choices=Kind, default=Kind.COMPANY)
    taxpayer_number_encrypted = models.TextField(blank=True, help_text="TIN; in the US the EIN, ITIN or SSN.")
    registration_number = models.CharField(max_length=40, blank=True, help_text="In the register of companies.")
    born_on = models.DateField(null=True, help_text="Of a person.")

    class Meta:
        verbose_name_plural = "seller facts"

    def __str__(self) -> str:
        return f"Seller facts of {self.host}"


class ReportingThreshold(models.Model):
    """The sums from which a host is in a seller report, with their date.

    A row, because laws change independently of releases.
    """

    class Scheme(models.TextChoices):
        DAC7 = "dac7", "DAC7"
        FORM_1099K = "1099-k", "1099-K"

    scheme = models.CharField(max_length=10, choices=Scheme)
    from_year = models.PositiveSmallIntegerField(help_text="The first calendar year that it holds for.")
    currency = models.CharField(max_length=3)
    above_minor = models.BigIntegerField(help_text="Reported where more than this was paid ...")
    above_count = models.PositiveIntegerField(help_text="... and by more payments than this.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scheme", "from_year"], name="reportingthreshold_one_a_year")]

    def __str__(self) -> str:
        return f"{self.get_scheme_display()} from {self.from_year}"
