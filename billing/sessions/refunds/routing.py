"""The ways of a refund: first it reduces the debt, then it goes back to the payments taken, largest remainder first.

An amount whose payment is in progress is neither owed nor taken yet: a refund waits for it or goes to the cards.
"""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, QuerySet, Sum

from billing.engine.values import money
from billing.models import Dispute, Hold, Receivable, Refund


class NoWayError(Exception):
    """The amount cannot be refunded; the message is a sentence with the reason and what is possible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One part: off the debt (`receivable`), back to a card (`hold`), or off a claim that was never charged to
    a card.
    """

    amount_minor: int
    hold: Hold | None = None
    receivable: Receivable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What can be refunded of a session, in minor units, and how.

    `owed` is None while a payment of it is in progress (`is_being_paid`). `promised_minor` awaits a second person's
    approval, and is not routed yet. Amounts in `disputed` are decided by the bank and cannot be refunded. `is_claim`:
    the session was never charged to a card, so that any refund reduces the claim.
    """

    currency: str
    holds: tuple[Hold, ...]
    owed: Receivable | None = None
    is_being_paid: bool = False
    is_claim: bool = False
    promised_minor: int = 0
    disputed: tuple[Hold, ...] = ()
    dispute_state: str = ""
    """The state of the first dispute."""

    @property
    def taken_minor(self) -> int:
        return sum(_refundable_minor(hold) for hold in self.holds)

    @property
    def minor(self) -> int | None:
        """Returns the most that can be refunded; None: as much as the receipt allows."""
        if self.is_claim:
            return None
        return max(self.taken_minor + (self.owed.left_minor if self.owed else 0) - self.promised_minor, 0)


def load_room(session_id: UUID, *, currency: str) -> Room:
    """Returns the current state for display. Five queries."""
    return _room(session_id, Receivable.objects.all(), currency=currency)


def lock_room(session_id: UUID, *, currency: str) -> Room:
    """Returns the same, with the debt locked against payments until the transaction ends. Call it in a transaction."""
    return _room(session_id, Receivable.objects.select_for_update(), currency=currency)


def split(amount_minor: int, room: Room) -> list[Way]:
    """Splits the amount into parts. Raises NoWayError."""
    if room.is_claim:
        return [Way(amount_minor=amount_minor)]
    if why := obstacle(room):
        raise NoWayError(why)
    if room.minor is not None and amount_minor > room.minor:
        raise NoWayError(_too_much(room))
    ways, remaining_minor = [], amount_minor
    if room.owed is not None:
        part = min(remaining_minor, room.owed.left_minor)
        ways.append(Way(amount_minor=part, receivable=room.owed))
        remaining_minor -= part
    for hold in room.holds:
        part = min(remaining_minor, _refundable_minor(hold))
        if part:
            ways.append(Way(amount_minor=part, hold=hold))
            remaining_minor -= part
    return ways


def obstacle(room: Room) -> str:
    """Returns why nothing can be refunded now, and who acts next; empty if something can."""
    if room.minor is None or room.minor > 0:
        return ""
    if room.is_being_paid:
        return "What is still owed is being paid just now: look again in a few minutes, when its outcome is known."
    if room.disputed:
        return _describe_dispute(room)
    if room.promised_minor:
        return (
            "What is left is in another refund, which waits for a second person: they agree to it or decline it first."
        )
    return "Nothing is left to give back: all that was paid has gone back, or is on its way."


def _describe_dispute(room: Room) -> str:
    payment = f"the payment by the card ending {room.disputed[0].last4 or '????'}"
    if room.dispute_state == Dispute.State.LOST:
        return f"The cardholder contested {payment}, and the bank gave it back to them: nothing is left to give back."
    next_step = (
        "Our support answers the bank, and then the bank decides."
        if room.dispute_state == Dispute.State.NEEDS_RESPONSE
        else "The bank has our answer and decides next."
    )
    return (
        f"The cardholder contests {payment}: nothing of it can be given back before their bank has decided, and "
        f"nothing is promised to the driver. {next_step}"
    )


def _room(session_id: UUID, receivables: QuerySet[Receivable], *, currency: str) -> Room:
    all_receivables = list(receivables.filter(session=session_id).order_by("id"))
    owed = next((receivable for receivable in all_receivables if receivable.state == Receivable.State.OPEN), None)
    rows = Hold.objects.filter(session=session_id)
    captured_holds = list(
        rows.filter(state=Hold.State.CAPTURED).order_by(F("refunded_minor") - F("captured_minor"), "id")
    )
    contested = Dispute.objects.filter(hold__session=session_id).exclude(state=Dispute.State.WON)
    disputed = dict(contested.order_by("id").values_list("hold_id", "state"))
    is_being_paid = rows.filter(role=Hold.Role.REST, state__in=Hold.LIVE).exists()
    waiting = Refund.objects.filter(receipt__session=session_id, state=Refund.State.WAITING)
    contested_holds = tuple(hold for hold in captured_holds if hold.pk in disputed)
    return Room(
        currency=currency,
        holds=tuple(hold for hold in captured_holds if _refundable_minor(hold) > 0 and hold.pk not in disputed),
        disputed=contested_holds,
        dispute_state=disputed[contested_holds[0].pk] if contested_holds else "",
        owed=None if is_being_paid else owed,
        is_being_paid=owed is not None and is_being_paid,
        is_claim=not all_receivables and not captured_holds,
        promised_minor=waiting.aggregate(sum=Sum("total_minor"))["sum"] or 0,
    )


def _refundable_minor(hold: Hold) -> int:
    return hold.captured_minor - hold.refunded_minor


def _too_much(room: Room) -> str:
    max_amount = money.text(room.minor or 0, currency=room.currency)
    if room.is_being_paid:
        return (
            f"What is still owed is being paid just now: until that is known, at most {max_amount} can be given back."
        )
    if room.disputed:
        card = room.disputed[0].last4 or "????"
        return (
            f"The cardholder contests the payment by the card ending {card} at the bank, which decides about it: "
            f"at most {max_amount} can be given back. Nothing is promised to the guest."
        )
    if room.promised_minor:
        return f"Another refund waits for a second person: beside it, at most {max_amount} can be given back."
    return f"At most {max_amount} of what was paid can still go back."
