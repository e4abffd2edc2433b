"""Checks, by a link to an account's address, whether a request is its owner's."""

from django.db import models
from django.db.models import F, Q

from authorization.models import User
from support.models.tickets import Ticket


class IdentityCheck(models.Model):
    """A link sent to an account's current address, and the answer given there."""

    class Answer(models.TextChoices):
        NONE = "", "Not answered"
        YES = "yes", "It is their request"
        NO = "no", "It is not their request"

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="identity_checks")
    address = models.EmailField(help_text="The account's address when it was sent.")
    secret_hash = models.CharField(max_length=64, unique=True, help_text="SHA-256 of what stands in the link.")
    sent_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answer = models.CharField(max_length=3, choices=Answer, blank=True, default=Answer.NONE)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("sent_at")), name="identitycheck_expires"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None) | ~Q(answer="") & Q(answered_at__isnull=False),
                name="identitycheck_answer_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.get_answer_display()}"
