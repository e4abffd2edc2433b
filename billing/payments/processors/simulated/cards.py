"""Cards saved at the simulated processor, to be charged without their holder."""

import hashlib
import secrets
from typing import Final

from django.db import transaction

from billing.models import SimulatedCard
from billing.payments.processors.protocol import CardState, CardToSave, Decline, NotPossibleError, SavedCard
from billing.payments.processors.simulated import card_numbers, clock, deliveries
from billing.payments.processors.simulated.requests import Kind, run_once

PREFIX: Final = "card_"
_YEARS_VALID: Final = 3
_MONTH: Final = 12
State = SimulatedCard.State
_STATES: Final = {
    State.REQUIRES_ACTION: CardState.NEEDS_AUTHENTICATION,
    State.READY: CardState.READY,
    State.DECLINED: CardState.DECLINED,
    State.DETACHED: CardState.REMOVED,
}
_KIND: Kind[SimulatedCard] = Kind(rows=SimulatedCard.objects.all, answered=("state", "decline_code"))


def save(card_to_save: CardToSave, *, key: str) -> SavedCard:
    number = "".join(card_to_save.card.split())
    customer_ref = card_to_save.customer_ref or _customer_ref(card_to_save.customer)
    parameters = {
        "card": number[-4:],
        "customer": card_to_save.customer,
        "email": card_to_save.email,
        "return_url": card_to_save.return_url,
    }

    def act() -> SimulatedCard:
        return _create_card(card_to_save, number, customer_ref=customer_ref)

    return _answer(run_once(key, parameters, act, kind=_KIND, operation="save_card")[0])


def remove(ref: str, *, key: str) -> SavedCard:
    def act() -> SimulatedCard:
        card = _lock_card(ref)
        if card.state != State.DETACHED:
            card.state = State.DETACHED
            _save_and_notify(card, "card.removed")
        return card

    return _answer(run_once(key, {"ref": ref}, act, kind=_KIND, operation="remove_card")[0])


def find(*, ref: str = "", key: str = "") -> SavedCard | None:
    cards = SimulatedCard.objects.filter(ref=ref) if ref else _KIND.asked_with(key)
    card = cards.first()
    return _answer(card) if card else None


def usable(ref: str, *, customer_ref: str) -> SimulatedCard:
    """Returns the saved card for a charge. Raises NotPossibleError if it is not this customer's, or not ready."""
    card = SimulatedCard.objects.filter(ref=ref, customer_ref=customer_ref).first()
    if card is None:
        raise NotPossibleError("This customer has no such card.")
    if card.state != State.READY:
        raise NotPossibleError(f"The saved card cannot be charged: {card.get_state_display().lower()}.")
    return card


def create_for_payment(number: str) -> SimulatedCard:
    """Creates the saved card of a payment.

    It belongs to a customer of its own, whose reference is needed to charge it.
    """
    card_to_save = CardToSave(card=number, customer=secrets.token_hex(12))
    card = _create_card(card_to_save, number, customer_ref=_customer_ref(card_to_save.customer))
    SimulatedCard.objects.filter(pk=card.pk).update(state=State.READY)
    return card


def confirm(ref: str, *, accepted: bool) -> None:
    """Simulates that the cardholder agreed to the saving of the card at the bank's page, or refused to."""
    with transaction.atomic():
        card = _lock_card(ref)
        if card.state == State.REQUIRES_ACTION:
            card.state = State.READY if accepted else State.DECLINED
            card.decline_code = "" if accepted else Decline.CANCELLED
            _save_and_notify(card, "card.saved" if accepted else "card.declined")


def _create_card(card_to_save: CardToSave, number: str, *, customer_ref: str) -> SimulatedCard:
    resolved_card = card_numbers.resolve_card(number)
    state = State.REQUIRES_ACTION if resolved_card.needs_cardholder(is_saved=False) else State.READY
    now = clock.now()
    card = SimulatedCard(
        ref=f"{PREFIX}{secrets.token_hex(12)}",
        customer_ref=customer_ref,
        number=number if card_numbers.is_known(number) else "",
        brand=card_numbers.brand(number),
        last4=number[-4:],
        exp_month=_MONTH,
        exp_year=now.year + _YEARS_VALID,
        state=State.DECLINED if resolved_card.declines else state,
        decline_code=resolved_card.declines or "",
        return_url=card_to_save.return_url[:500],
        created_at=now,
    )
    kinds = {State.READY: "card.saved", State.DECLINED: "card.declined"}
    return _save_and_notify(card, kinds.get(State(card.state), "card.needs_authentication"))


def _customer_ref(customer: str) -> str:
    return f"cus_{hashlib.blake2b(customer.encode(), digest_size=12).hexdigest()}"


def _lock_card(ref: str) -> SimulatedCard:
    card = SimulatedCard.objects.select_for_update().filter(ref=ref).first()
    if card is None:
        raise NotPossibleError(f"There is no card {ref}.")
    return card


def _save_and_notify(card: SimulatedCard, kind: str) -> SimulatedCard:
    card.save()
    deliveries.deliver(kind, ref=card.ref)
    return card


def _answer(card: SimulatedCard) -> SavedCard:
    state = State(card.state)
    decline = Decline(card.decline_code) if card.decline_code else None
    return SavedCard(
        ref=card.ref,
        customer_ref=card.customer_ref,
        state=_STATES[state],
        brand=card.brand,
        last4=card.last4,
        exp_month=card.exp_month,
        exp_year=card.exp_year,
        decline=decline,
        why=card_numbers.sentences(decline),
        authentication_url=f"/processor/simulated/{card.ref}/" if state is State.REQUIRES_ACTION else "",
    )
