"""The audit trail."""

from django.db import models

from authorization.models.people import User
from chargers.models import Host
from chargers.models.free_text import FreeText


class AuditEntry(models.Model):
    """One act of a person: who did what to what, with values before and after, and the reason.

    Written only by edges.
    """

    at = models.DateTimeField()
    actor = models.CharField(max_length=150, help_text="user:<e-mail>, api:<key prefix>, guest, system.")
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    host = models.ForeignKey(Host, on_delete=models.CASCADE, null=True, blank=True, related_name="audit_entries")
    verb = models.CharField(max_length=60, help_text="Such as token.added or charger.command.")
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    subject_label = models.CharField(max_length=200)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)
    reason = FreeText(max_length=500, blank=True)

    class Meta:
        db_table = "support_auditentry"  # the table's original name
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["host", "-at"], name="auditentry_by_host"),
            models.Index(fields=["subject_type", "subject_id", "-at"], name="auditentry_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.actor} {self.verb} {self.subject_label}"
