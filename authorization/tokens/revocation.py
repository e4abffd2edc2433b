"""The effect of revoking a card: blocked, no longer valid, or removed from a group."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from authorization.identifiers import uids
from authorization.models import Token
from authorization.tokens import coverage
from chargers.local_lists import list_state, offline_authorization
from chargers.local_lists.offline_authorization import OfflineAcceptance
from chargers.models import CardMemory, Charger, Host, LocalList, Transaction


@dataclass(frozen=True, slots=True)
class RevocationEffect:
    """`refusing`: chargers that accept it today and will refuse it; `running`: its sessions, which continue.

    `offline`: chargers without a connection, which may accept it until they are back; `later`: those that may do so
    whenever they lose their connection. `listing`: online chargers with it on our local list, which is updated at once;
    `clearing`: online chargers that are sent ClearCache.
    """

    refusing: list[Charger]
    running: list[Transaction]
    offline: list[OfflineAcceptance]
    later: list[OfflineAcceptance]
    listing: list[Charger]
    clearing: list[Charger]


def effect_of(token: Token, *, chargers: list[Charger], now: datetime) -> RevocationEffect:
    """Returns the effect for a host's card at its chargers (with their properties).

    Six queries, however many there are.
    """
    places = coverage.by_property(token.uid, chargers=chargers, now=now)
    opens = [charger for property_coverage in places for charger in (*property_coverage.opens, *property_coverage.asks)]
    remembering = offline_authorization.chargers_accepting(opens, canonical_uid=token.canonical_uid)
    return RevocationEffect(
        refusing=opens,
        running=_running(token, chargers),
        offline=[memory for memory in remembering if memory.is_offline],
        later=[memory for memory in remembering if not memory.is_offline],
        listing=[charger for charger in _listing(token, chargers) if charger.is_online()],
        clearing=[charger for charger in list_state.with_cache(opens) if charger.is_online()],
    )


@contextmanager
def clear_revoked_caches(tokens: Collection[Token], *, host: Host, now: datetime) -> Iterator[None]:
    """Wraps a change that revokes tokens; afterwards clears the caches of the chargers that stop accepting one.

    An offline charger clears its cache when it is back; local lists follow by `card_memories.changed`. Two queries per
    token and one more; none if no charger has a cache.
    """
    chargers = Charger.objects.filter(property__host=host, retired_at=None).select_related("property")
    caching = list_state.with_cache(list(chargers))
    before = [_opened_charger_ids(token, caching, now=now) for token in tokens if caching]
    yield
    after = [_opened_charger_ids(token, caching, now=now) for token in tokens if caching]
    lost = {pk for had, has in zip(before, after, strict=True) for pk in had - has}
    list_state.forget([charger for charger in caching if charger.pk in lost], now=now)
    list_state.mark_host_due(host)


def offline_tokens(chargers: Collection[Charger], *, canonical_uid: str = "") -> list[OfflineAcceptance]:
    """Returns offline chargers that may accept a token until they are back. Two queries."""
    return [
        token
        for token in offline_authorization.chargers_accepting(chargers, canonical_uid=canonical_uid)
        if token.is_offline
    ]


def _opened_charger_ids(token: Token, chargers: list[Charger], *, now: datetime) -> set[int]:
    places = coverage.by_property(token.uid, chargers=chargers, now=now)
    return {
        charger.pk for property_coverage in places for charger in (*property_coverage.opens, *property_coverage.asks)
    }


def _listing(token: Token, chargers: list[Charger]) -> list[Charger]:
    synced_chargers = CardMemory.objects.filter(charger__in=chargers, synced_at__isnull=False).values("charger")
    lists = LocalList.objects.filter(
        charger__in=synced_chargers, entries__has_any_keys=[token.canonical_uid, token.uid]
    )
    holding = set(lists.values_list("charger_id", flat=True))
    return [charger for charger in chargers if charger.pk in holding]


def _running(token: Token, chargers: list[Charger]) -> list[Transaction]:
    """Returns the card's open transactions, in any notation of its number; few are open at one time."""
    running = Transaction.objects.filter(charger__in=chargers, stopped_at=None).select_related("charger__property")
    return [
        transaction
        for transaction in running.order_by("started_at")
        if uids.from_wire(transaction.id_token) == token.canonical_uid
    ]
