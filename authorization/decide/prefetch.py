"""Loads the facts for many cards in one statement, just before a batch of work needs them.

Under load a gateway handles taps in batches, and loading facts one by one would cost a database round trip each.
Prefetched facts are used once, and only while nothing that could change them has run since; see `prefetched`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

from authorization.decide import queries
from authorization.decide.facts import Kind, Request
from authorization.decide.queries import Row
from authorization.identifiers import uids


@dataclass(frozen=True, slots=True)
class Prefetch:
    """A card presented at a charger (given by primary key) that does not start or stop a session by it."""

    charger_pk: int
    uid: str
    at: datetime


_Key = tuple[int, str, datetime]
_seen: ContextVar[dict[_Key, list[Row]] | None] = ContextVar("_seen", default=None)


@contextmanager
def load_facts(taps: Sequence[Prefetch]) -> Iterator[None]:
    """Loads the facts of these taps for decisions inside the block. One query, and none for a single tap.

    Inside the block nothing may run that changes who may charge where, or what is charging.
    """
    requests = [(tap, _request(tap)) for tap in taps]
    cards = [
        (tap, request)
        for tap, request in requests
        if request.canonical_uid and not uids.is_vehicle(request.canonical_uid)
    ]
    if len(cards) < 2:
        yield
        return
    rows_by_key: dict[_Key, list[Row]] = {_key(request, tap.charger_pk): [] for tap, request in cards}
    for row in queries.of_many([queries.values_of(request, charger_pk=tap.charger_pk) for tap, request in cards]):
        tap, request = cards[row["number"] - 1]
        rows_by_key[_key(request, tap.charger_pk)] = [row]
    token = _seen.set(rows_by_key)
    try:
        yield
    finally:
        _seen.reset(token)


def pop_rows(request: Request, *, charger_pk: int, transaction_id: str) -> list[Row] | None:
    """Returns the prefetched rows of exactly this question, at most once; None if they were not prefetched."""
    rows_by_key = _seen.get()
    if not rows_by_key or request.kind is not Kind.AUTHORIZE or request.late or transaction_id:
        return None
    return rows_by_key.pop(_key(request, charger_pk), None)


def _request(tap: Prefetch) -> Request:
    return Request(kind=Kind.AUTHORIZE, at=tap.at, uid=tap.uid, canonical_uid=uids.from_wire(tap.uid) or "")


def _key(request: Request, charger_pk: int) -> _Key:
    return charger_pk, request.canonical_uid, request.at
