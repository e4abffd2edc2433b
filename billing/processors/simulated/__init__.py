"""A card processor that needs no network and is as strict as a real one: for the demo, the tests and rehearsals.

It keeps its own tables, has its own clock, answers a repeated key with its first answer, and delivers its signed
webhooks twice. It never sees a real card: see `plastic` for what its cards do.
"""

from datetime import datetime

from billing.processors.protocol import Authorization, CardToSave, Payment, SavedCard, WebhookEvent
from billing.processors.simulated import cards, clock, deliveries, payments
from billing.processors.simulated.deliveries import SIGNATURE_HEADER, sign

__all__ = ["SIGNATURE_HEADER", "SimulatedProcessor", "advance_clock", "confirm", "sign"]

advance_clock = clock.advance


class SimulatedProcessor:
    """See `protocol.Processor`."""

    name = "simulated"

    def authorize(self, wanted: Authorization, *, key: str) -> Payment:
        return payments.begin(wanted, key=key, captures_at_once=False)

    def charge(self, wanted: Authorization, *, key: str) -> Payment:
        return payments.begin(wanted, key=key, captures_at_once=True)

    def save_card(self, wanted: CardToSave, *, key: str) -> SavedCard:
        return cards.save(wanted, key=key)

    def remove_card(self, ref: str, *, key: str) -> SavedCard:
        return cards.remove(ref, key=key)

    def look_up_card(self, *, ref: str = "", key: str = "") -> SavedCard | None:
        return cards.look_up(ref=ref, key=key)

    def capture(self, ref: str, *, amount_minor: int, key: str) -> Payment:
        return payments.capture(ref, amount_minor=amount_minor, key=key)

    def cancel(self, ref: str, *, key: str) -> Payment:
        return payments.cancel(ref, key=key)

    def refund(self, ref: str, *, amount_minor: int, key: str) -> Payment:
        return payments.refund(ref, amount_minor=amount_minor, key=key)

    def look_up(self, *, ref: str = "", key: str = "") -> Payment | None:
        return payments.look_up(ref=ref, key=key)

    def verify_webhook(self, raw: bytes, *, signature: str, now: datetime) -> WebhookEvent:
        return deliveries.verify(raw, signature=signature, now=now)


def confirm(ref: str, *, accepted: bool) -> None:
    """The cardholder confirmed at the bank's page the payment or the saving of the card, or refused to."""
    if ref.startswith(cards.PREFIX):
        cards.confirm(ref, accepted=accepted)
    else:
        payments.confirm(ref, accepted=accepted)
