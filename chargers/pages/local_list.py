"""A charger's local list, for its page and the API."""

from authorization.people.request import now
from chargers.local_lists import sync
from chargers.local_lists.sync import ListSlot
from chargers.models import CardMemory, Charger


def slot_of(charger: Charger) -> ListSlot:
    """Returns the charger's memory without storing anything."""
    row = CardMemory.objects.filter(charger=charger).first() or CardMemory(charger=charger)
    row.charger = charger
    (slot,) = sync.slots([row], now=now())
    return slot


def state_sentence(slot: ListSlot) -> str:
    """Describes the list's state in one sentence."""
    row, online = slot.row, slot.charger.is_online()
    match CardMemory.State(row.state):
        case CardMemory.State.IN_STEP:
            return "The charger holds the cards that it should." + ("" if online else " It is offline now.")
        case CardMemory.State.PENDING if not online:
            return "The charger is offline. It gets the list of that moment when it is back."
        case CardMemory.State.PENDING:
            return "The list is on its way to the charger."
        case CardMemory.State.REFUSED:
            return row.problem
        case CardMemory.State.NOT_SUPPORTED:
            return row.problem or "The charger keeps no local list."
        case _:
            return "No list is kept here: while it is offline, the charger knows none of your cards from us."
