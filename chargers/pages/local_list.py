"""A charger's local list, for its page and the API."""

from authorization.people.request import now
from chargers.local_lists import sync
from chargers.local_lists.sync import LocalListStatus
from chargers.models import CardMemory, Charger


def load_local_list_status(charger: Charger) -> LocalListStatus:
    """Loads the status of the charger's local list, without storing anything. About a dozen queries."""
    row = CardMemory.objects.filter(charger=charger).first() or CardMemory(charger=charger)
    row.charger = charger
    (status,) = sync.load_statuses([row], now=now())
    return status


def state_sentence(status: LocalListStatus) -> str:
    """Returns the state of the list as a sentence."""
    row, online = status.row, status.charger.is_online()
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
