"""Reservations of outlets for a token."""

from django.db import models

from chargers.models.energy import Transaction
from chargers.models.hardware import Charger


class Reservation(models.Model):
    """OCPP's ReserveNow: an outlet (or any outlet) is reserved for a token until a time.

    `number` is its id on the wire.
    """

    class State(models.TextChoices):
        ASKED = "asked", "Asked; the charger has not answered yet"
        ACTIVE = "active", "Reserved"
        REFUSED = "refused", "The charger did not take it"
        USED = "used", "Used by a session"
        CANCELLED = "cancelled", "Cancelled"
        EXPIRED = "expired", "Expired unused"

    charger = models.ForeignKey(Charger, on_delete=models.CASCADE, related_name="reservations")
    number = models.PositiveIntegerField(help_text="reservationId; in 2.x id.")
    evse_number = models.PositiveIntegerField(null=True, blank=True, help_text="Null: any outlet.")
    id_token = models.CharField(max_length=255)
    until = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    command_id = models.UUIDField(null=True, blank=True, help_text="The ReserveNow that made it.")
    transaction = models.ForeignKey(
        Transaction, on_delete=models.SET_NULL, null=True, blank=True, related_name="reservations"
    )
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["charger", "number"], name="reservation_number_unique_in_charger")
        ]
        indexes = [models.Index(fields=["until"], condition=models.Q(state="active"), name="reservation_active")]

    def __str__(self) -> str:
        return f"{self.charger} for {self.id_token} until {self.until:%Y-%m-%d %H:%M}"
