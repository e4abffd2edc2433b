"""Guests' complaints about receipts, and the answers."""

from django.db import models
from django.db.models import Q

from billing.models.documents import Receipt
from billing.models.refunds import Refund
from chargers.models import Host
from chargers.models.free_text import FreeText


class Complaint(models.Model):
    """A guest's complaint about a receipt, made by the session's link. At most one of a receipt waits at a time."""

    class State(models.TextChoices):
        OPEN = "open", "Waits for an answer"
        ANSWERED = "answered", "Answered"

    class About(models.TextChoices):
        """The line of the receipt in question, or none."""

        CONNECTION = "connection", "The connection fee"
        ENERGY = "energy", "The energy"
        TIME = "time", "The charging time"
        IDLE = "idle", "The idle fee"
        PROCESSING = "processing", "The processing fee"
        ADJUSTMENT = "adjustment", "The minimum or maximum"
        OTHER = "other", "Something else"

    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="complaints")
    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="complaints")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    about = models.CharField(max_length=12, choices=About)
    text = FreeText(max_length=1000, help_text="The guest's own words.")
    email = models.EmailField(blank=True, help_text="Where the host may write to the guest; left for that.")
    language = models.CharField(max_length=5, help_text="What the guest reads.")
    asked_at = models.DateTimeField()
    answer = FreeText(max_length=400, blank=True, help_text="What the guest reads.")
    refund = models.ForeignKey(
        Refund, on_delete=models.PROTECT, null=True, related_name="complaints", help_text="What was given back for it."
    )
    answered_by = models.CharField(max_length=150, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["receipt"], condition=Q(state="open"), name="complaint_one_open"),
            models.CheckConstraint(
                condition=Q(state="open", answered_at=None) | Q(state="answered", answered_at__isnull=False),
                name="complaint_answered_has_time",
            ),
        ]
        indexes = [models.Index(fields=["host"], condition=Q(state="open"), name="complaint_open")]

    def __str__(self) -> str:
        return f"Complaint about {self.receipt}"
