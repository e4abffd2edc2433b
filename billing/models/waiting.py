"""Guests who asked to be notified when a charger is free: stored until then, for half a day at most."""

from django.db import models
from django.db.models import Q

from chargers.models import Charger


class WaitingGuest(models.Model):
    """One guest who waits for one charger.

    Once notified, the charger is held for them for some minutes; then the row is deleted.
    """

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="waiting_guests")
    email = models.EmailField(
        blank=True, help_text="Empty if the address waits elsewhere already: then only the page tells the guest."
    )
    language = models.CharField(max_length=2)
    key = models.CharField(max_length=43, unique=True, help_text="Unguessable; in the links that the guest gets.")
    asked_at = models.DateTimeField()
    ends_at = models.DateTimeField(help_text="Until then at most the guest waits, and is remembered.")
    notified_at = models.DateTimeField(null=True, blank=True, help_text="When the hold began, and sending the message.")
    informed_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the mail server or the push service took the message, or the page was seen.",
    )
    held_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="To tell the guest.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["charger", "email"], condition=~Q(email=""), name="waitingguest_once_a_charger"
            ),
            models.CheckConstraint(
                condition=Q(notified_at=None, held_until=None) | Q(notified_at__isnull=False, held_until__isnull=False),
                name="waitingguest_notified_is_held",
            ),
        ]
        indexes = [models.Index(fields=["charger", "asked_at"], name="waitingguest_in_turn")]

    def __str__(self) -> str:
        return f"A guest who waits for {self.charger}"
