"""What it stops, and what it does not, when a card is blocked or no longer valid."""

from dataclasses import dataclass
from datetime import datetime

from authorization import coverage, uids
from authorization.models import Token
from chargers import memories
from chargers.memories import Memory
from chargers.models import Charger, Transaction


@dataclass(frozen=True, slots=True)
class Outlook:
    """`refusing`: chargers that let it in today and will refuse it; `running`: its sessions, which go on.

    `offline`: chargers that cannot ask us now and may go on accepting it until they can; `later`: those that may
    do so whenever they lose their connection.
    """

    refusing: list[Charger]
    running: list[Transaction]
    offline: list[Memory]
    later: list[Memory]


def outlook(token: Token, *, chargers: list[Charger], now: datetime) -> Outlook:
    """Of a host's card at its host's chargers (with their properties). Four queries, however many there are."""
    places = coverage.of(token.uid, chargers=chargers, now=now)
    opens = [charger for place in places for charger in (*place.opens, *place.asks)]
    remembering = memories.of(opens, canonical_uid=token.canonical_uid)
    return Outlook(
        refusing=opens,
        running=_running(token, chargers),
        offline=[memory for memory in remembering if memory.is_offline],
        later=[memory for memory in remembering if not memory.is_offline],
    )


def _running(token: Token, chargers: list[Charger]) -> list[Transaction]:
    """Found by any notation of the card's number; few transactions are open at one time."""
    running = Transaction.objects.filter(charger__in=chargers, stopped_at=None).select_related("charger__property")
    return [one for one in running.order_by("started_at") if uids.from_wire(one.id_token) == token.canonical_uid]
