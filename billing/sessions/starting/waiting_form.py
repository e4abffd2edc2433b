"""The offer at a busy charger to be notified when it is free."""

from dataclasses import dataclass
from datetime import datetime

from billing.sessions.starting.landing import Landing
from billing.sessions.waiting_list import waiting_list


@dataclass(frozen=True, slots=True)
class WaitingOffer:
    """The offer. `since`: when the charger was taken, as far as reported; `waiting`: how many are notified before."""

    since: datetime | None
    waiting: int
    is_full: bool


def find_offer(charger_landing: Landing, *, now: datetime) -> WaitingOffer | None:
    """Returns the offer; None if the charger is not busy, or another of its ports is free. One query."""
    if charger_landing.prompt is None or charger_landing.prompt.code != "occupied" or charger_landing.others:
        return None
    waiting = waiting_list.count(charger_landing.charger, now=now)
    return WaitingOffer(charger_landing.busy_since, waiting, is_full=waiting >= waiting_list.MAX_OF_CHARGER)
