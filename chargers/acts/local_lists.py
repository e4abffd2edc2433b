"""User actions on a charger's local list. A connected charger is then synchronised."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from chargers.acts import subject
from chargers.local_lists import list_state
from chargers.models import Charger


def choose(charger: Charger, *, choice: str, by: User | ApiKey, now: datetime) -> None:
    """Sets whether a list is kept: "on", "off", or "property" for the property's choice. Raises NotAllowedError."""
    _change(charger, "local_list.chosen", partial(list_state.choose, charger, choice), by=by, now=now)


def clear(charger: Charger, *, by: User | ApiKey, now: datetime) -> None:
    """Empties the list and stops keeping one. Raises NotAllowedError."""
    _change(charger, "local_list.cleared", partial(list_state.choose, charger, "off"), by=by, now=now)


def push(charger: Charger, *, by: User | ApiKey, now: datetime) -> None:
    """Sends the whole list again. Raises NotAllowedError."""
    _change(charger, "local_list.pushed", partial(list_state.push, charger), by=by, now=now)


def clear_cache(charger: Charger, *, by: User | ApiKey, now: datetime) -> None:
    """Commands the charger to clear its authorization cache. Raises NotAllowedError."""
    _change(charger, "card_cache.cleared", partial(list_state.clear_cache, charger, now=now), by=by, now=now)


def _change(charger: Charger, verb: str, change: Callable[[], object], *, by: User | ApiKey, now: datetime) -> None:
    access.require(by, Right.MANAGE, charger.property.host)
    with transaction.atomic():
        before = {"choice": list_state.memory_of(charger).choice}
        change()
        after = {"choice": list_state.memory_of(charger).choice}
        audit.write(verb, subject.of_charger(charger), user=by, now=now, before=before, after=after)
