"""Browsers of guests that asked for messages, and the messages: stored until the session or the place is over."""

from django.db import models
from django.db.models import Q

from billing.models.sessions import Session
from billing.models.waiting import WaitingGuest


class PushSubscription(models.Model):
    """A browser that gets messages about one session, or about one place on a waiting list."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, null=True, related_name="push_subscriptions")
    waiting_guest = models.ForeignKey(
        WaitingGuest, on_delete=models.CASCADE, null=True, related_name="push_subscriptions"
    )
    endpoint = models.CharField(max_length=1000, help_text="The push service's address of this browser.")
    p256dh = models.CharField(max_length=90, help_text="The browser's public key (RFC 8291 3.1).")
    auth = models.CharField(max_length=30, help_text="The secret that the browser shares with us (RFC 8291 3.2).")
    language = models.CharField(max_length=2)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(session=None, waiting_guest__isnull=False) | Q(session__isnull=False, waiting_guest=None),
                name="pushsubscription_of_one",
            ),
            models.UniqueConstraint(fields=["session", "endpoint"], name="pushsubscription_once_a_session"),
            models.UniqueConstraint(fields=["waiting_guest", "endpoint"], name="pushsubscription_once_a_place"),
        ]

    def __str__(self) -> str:
        return f"Messages about {self.session or self.waiting_guest}"


class PushMessage(models.Model):
    """One message to one browser. It is tried until it is taken, until `expires_at`, and three times at most."""

    class Kind(models.TextChoices):
        CHARGING_ENDED = "charging_ended"
        IDLE_FEE = "idle_fee"
        CHARGER_FREE = "charger_free"

    subscription = models.ForeignKey(PushSubscription, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=20, choices=Kind)
    occasion_at = models.DateTimeField(help_text="Since when it is so: each time is told once.")
    title = models.CharField(max_length=200)
    text = models.CharField(max_length=500)
    due_at = models.DateTimeField(null=True, help_text="Empty once nothing more is tried.")
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, help_text="When the push service took it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "kind", "occasion_at"], name="pushmessage_told_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="pushmessage_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.subscription}"
