"""What a guest reads at a busy charger about being told when it is free."""

from dataclasses import dataclass
from datetime import datetime

from billing.sessions.starting.landing import Landing
from billing.sessions.waiting_list import waiting_list


@dataclass(frozen=True, slots=True)
class WaitingOffer:
    """`since`: when it was taken, as far as reported; `waiting`: how many are told before."""

    since: datetime | None
    waiting: int
    is_full: bool


def offered(seen: Landing, *, now: datetime) -> WaitingOffer | None:
    """None: it is not busy, or another of its ports is free. One query."""
    if seen.prompt is None or seen.prompt.code != "occupied" or seen.others:
        return None
    waiting = waiting_list.count(seen.charger, now=now)
    return WaitingOffer(seen.busy_since, waiting, is_full=waiting >= waiting_list.MOST_OF_CHARGER)
