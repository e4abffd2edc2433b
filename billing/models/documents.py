"""Numbered papers about sessions."""

from django.db import models
from django.db.models import Q

from billing.models.sessions import Rating, Session
from chargers.models import Host


class ReceiptSeries(models.Model):
    """The last number that a host gave in a series; its row is locked while the next one is given."""

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

    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="receipts")
    series = models.CharField(max_length=20)
    number = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.RECEIPT)
    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="receipts")
    rating = models.ForeignKey(Rating, on_delete=models.PROTECT, related_name="receipts")
    issued_at = models.DateTimeField()
    document = models.JSONField(help_text="All that is printed on it, as it was when it was issued.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "series", "number"], name="receipt_number_unique_in_series"),
            models.UniqueConstraint(fields=["session"], condition=Q(kind="receipt"), name="receipt_one_a_session"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The number as it is printed: 2026-000042."""
        return f"{self.series}-{self.number:06d}"
