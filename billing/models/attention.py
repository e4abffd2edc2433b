"""People's decisions about rows of the attention list."""

from django.db import models
from django.db.models import Q

from authorization.models import User
from chargers.models import Host


class AttentionMark(models.Model):
    """A row of a host's attention list that is snoozed, or assigned to a member, for everyone at the host.

    A snooze ends at `snoozed_until`; without that it covers the causes in `snoozed_causes` and ends with a new one.
    """

    host = models.ForeignKey(Host, on_delete=models.CASCADE, related_name="attention_marks")
    subject = models.CharField(max_length=80, help_text="Such as charger:CP1, property:sunset-1 or host:sunset.")
    snoozed_by = models.CharField(max_length=150, blank=True)
    snoozed_at = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    snoozed_causes = models.JSONField(null=True, help_text="Null: whatever it is about, until then.")
    assigned_to = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    assigned_by = models.CharField(max_length=150, blank=True)
    assigned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host", "subject"], name="attentionmark_one_a_row"),
            models.CheckConstraint(
                condition=Q(snoozed_at=None, snoozed_until=None, snoozed_causes=None)
                | Q(snoozed_at__isnull=False, snoozed_until__isnull=False, snoozed_causes=None)
                | Q(snoozed_at__isnull=False, snoozed_until=None, snoozed_causes__isnull=False),
                name="attentionmark_snooze_has_an_end",
            ),
        ]

    def __str__(self) -> str:
        return self.subject
