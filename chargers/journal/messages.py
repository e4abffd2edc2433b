"""The wire journal: one row per exchange, searchable by charger and time, action, token or any text in it."""

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet

from chargers.lib import ids
from chargers.models import Message

AUTHORIZATION_ACTIONS = (
    "Authorize",
    "StartTransaction",
    "StopTransaction",
    "TransactionEvent",
    "RemoteStartTransaction",
    "RequestStartTransaction",
)
_ACTION = re.compile(r"[A-Za-z][A-Za-z0-9]{3,}")


READ_AT_ONCE: Final = 6_000
"""How many exchanges a search reads before it shows what it has found; older ones are a page of their own."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What to show: a text to look for, since when, and which kinds of rows."""

    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    action: str = ""
    direction: str = ""
    authorization_only: bool = False
    errors_only: bool = False
    upstream: str | None = None
    """Exchanges with this back office only; "" with the charger only, None with everybody."""
    spellings: tuple[str, ...] = ()
    """Other ways to write the card's number that the text is."""
    transaction_refs: tuple[str, ...] = ()
    """Of the transactions that the text names by the id of their session or the number of their receipt."""
    folds_copies: bool = False
    """Leaves out copies of a tap that were passed on: the charger's own exchange has what came back."""

    @property
    def is_rare(self) -> bool:
        """Whether many exchanges may have to be read to find one; of a named transaction the time is known."""
        narrows = self.text or self.action or self.direction or self.authorization_only or self.errors_only
        return bool(narrows) and not self.transaction_refs


def search(messages: QuerySet[Message], criteria: Filter) -> QuerySet[Message]:
    """Narrows the journal; times limit the partitions that are read. Newest first."""
    if criteria.since:
        messages = messages.filter(id__gte=ids.floor(criteria.since))
    if criteria.until:
        messages = messages.filter(id__lt=ids.floor(criteria.until))
    if criteria.action:
        messages = messages.filter(action__iexact=criteria.action)
    if criteria.direction:
        messages = messages.filter(direction=criteria.direction)
    if criteria.upstream is not None:
        messages = messages.filter(upstream=criteria.upstream)
    elif criteria.folds_copies:
        messages = messages.exclude(~Q(upstream=""), direction=Message.Direction.IN, decision_id__isnull=False)
    if criteria.authorization_only:
        messages = messages.filter(action__in=AUTHORIZATION_ACTIONS)
    if criteria.errors_only:
        messages = messages.filter(is_error=True)
    if criteria.text:
        messages = messages.filter(_about(criteria))
    return messages.order_by("-id")


def _about(criteria: Filter) -> Q:
    """Matches every search term in the exchange, or a token in any notation, or a transaction."""
    condition = Q()
    for word in criteria.text.split():
        condition &= _contains(word)
    for spelling in criteria.spellings:
        condition |= Q(uid__iexact=spelling) | Q(request__icontains=spelling) | Q(answer__icontains=spelling)
    return condition | Q(transaction_ref__in=criteria.transaction_refs)


def page_before(messages: QuerySet[Message], *, key: uuid.UUID | None, size: int) -> list[Message]:
    """The next `size` older rows, by key: paging that costs the same on every page."""
    return list((messages.filter(id__lt=key) if key else messages)[:size])


def reach(messages: QuerySet[Message], *, since: datetime | None, key: uuid.UUID | None) -> uuid.UUID | None:
    """The first exchange, counted back from `key`, that a search no longer reads; None where it reads all since then.

    One query of the index by charger: what a search costs does not depend on how long it looks back.
    """
    within = messages.filter(id__gte=ids.floor(since)) if since else messages
    ordered = (within.filter(id__lt=key) if key else within).order_by("-id").values_list("id", flat=True)
    return next(iter(ordered[READ_AT_ONCE : READ_AT_ONCE + 1]), None)


def page_after(messages: QuerySet[Message], *, key: uuid.UUID, size: int) -> list[Message]:
    """The rows that came after `key`, newest first."""
    return list(messages.filter(id__gt=key)[:size])


def frames(message: Message) -> Iterator[dict[str, Any]]:
    """The frames of one exchange in the order they were on the wire, as `manage.py messages` prints them."""
    shared = {
        "charger": message.charger.charger_id,
        "upstream": message.upstream or None,
        "version": message.ocpp_version,
    }
    answers = {Message.Direction.IN: Message.Direction.OUT, Message.Direction.OUT: Message.Direction.IN}
    direction = Message.Direction(message.direction)
    yield {
        "at": message.request_at.isoformat(),
        **shared,
        "direction": direction.value,
        "type": message.message_type,
        "message_id": message.message_id,
        "action": message.action,
        "raw": message.request,
    }
    if message.answer is not None and message.answer_at is not None:
        yield {
            "at": message.answer_at.isoformat(),
            **shared,
            "direction": answers[direction].value,
            "type": message.answer_type,
            "message_id": message.message_id,
            "action": message.action,
            "raw": message.answer,
        }


def latency_ms(message: Message) -> int | None:
    """Milliseconds from the request to its answer; None while there is none."""
    if message.answer_at is None:
        return None
    return max(round((message.answer_at - message.request_at).total_seconds() * 1000), 0)


def pretty(text: str | None) -> str:
    """A frame formatted for people: indented JSON, or the raw text where it is invalid."""
    if text is None:
        return ""
    try:
        return indented(json.loads(text))
    except (ValueError, RecursionError):  # no JSON, or nested deeper than the reader goes
        return text


def indented(value: object) -> str:
    """A JSON value for human eyes; half of a surrogate pair, which is no character, stays an escape."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode()


def _contains(word: str) -> Q:
    condition = Q(request__icontains=word) | Q(answer__icontains=word) | Q(uid__iexact=word)
    if _ACTION.fullmatch(word):
        condition |= Q(action__icontains=word) | Q(verdict__iexact=word)
    return condition
