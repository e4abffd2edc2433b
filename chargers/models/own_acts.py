"""What chargers decided by themselves, or what happened at them against our decision."""

from django.db import models

from chargers.models.energy import Transaction
from chargers.models.hardware import Charger


class OwnAct(models.Model):
    """A start, a refusal or a stop that was not our decision. Written once; `detail` describes it in a sentence."""

    class Kind(models.TextChoices):
        AGAINST = "started_against", "It began a session that we had refused"
        WITHOUT = "started_without", "It began a session without asking us"
        OFFLINE = "started_offline", "It began a session while it was offline"
        NOT_STARTED = "not_started", "We said yes, but no session began"
        STRANGER = "stopped_by_stranger", "A session was stopped by another card"

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="own_acts")
    transaction = models.ForeignKey(Transaction, on_delete=models.CASCADE, null=True, related_name="own_acts")
    kind = models.CharField(max_length=20, choices=Kind)
    evse_number = models.PositiveIntegerField(null=True)
    id_token = models.CharField(max_length=255, blank=True)
    is_refused = models.BooleanField(default=False, help_text="We refuse this card here.")
    decision_id = models.UUIDField(null=True, help_text="The decision of ours that it concerns.")
    detail = models.CharField(max_length=255)
    at = models.DateTimeField(help_text="When it happened.")
    noticed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transaction", "kind"], name="ownact_once_in_transaction"),
            models.UniqueConstraint(
                fields=["decision_id"],
                condition=models.Q(kind="not_started"),
                name="ownact_once_of_decision",
            ),
        ]
        indexes = [models.Index(fields=["charger", "-at"], name="ownact_by_charger")]

    def __str__(self) -> str:
        return self.detail
