"""Support agents' temporary access to a host's guest data, and what they opened."""

from django.db import models
from django.db.models import F, Q

from authorization.models.people import User
from chargers.models import Host
from chargers.models.free_text import FreeText


class DataGrant(models.Model):
    """An agent's request to see personal data of a host's guests; once approved, it is in force until its end."""

    class Scope(models.TextChoices):
        SESSIONS = "sessions", "Addresses of guests on sessions and mails"
        STAYS = "stays", "Names and addresses on stays and join requests"

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="data_grants")
    agent = models.ForeignKey(User, on_delete=models.CASCADE, related_name="data_grants")
    scope = models.CharField(max_length=10, choices=Scope)
    reason = FreeText(max_length=300)
    ticket = models.CharField(max_length=20, blank=True, help_text="The ticket's number.")
    asked_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    declined_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("asked_at")), name="datagrant_ends_after_it_was_asked"),
            models.CheckConstraint(condition=Q(approved_at=None) | Q(declined_at=None), name="datagrant_one_answer"),
            models.CheckConstraint(
                condition=Q(revoked_at=None) | Q(approved_at__isnull=False), name="datagrant_revoked_was_approved"
            ),
        ]
        indexes = [models.Index(fields=["agent", "host", "ends_at"], name="datagrant_by_agent")]

    def __str__(self) -> str:
        return f"{self.agent} at {self.host}: {self.get_scope_display().lower()}"


class DataOpening(models.Model):
    """One page that an agent opened under a grant."""

    grant = models.ForeignKey(DataGrant, on_delete=models.CASCADE, related_name="openings")
    at = models.DateTimeField()
    subject = models.CharField(max_length=120, help_text="What it was, such as session 0190…; no personal data.")

    class Meta:
        indexes = [models.Index(fields=["grant", "-at"], name="dataopening_by_grant")]

    def __str__(self) -> str:
        return f"{self.subject}, {self.at:%Y-%m-%d %H:%M}"
