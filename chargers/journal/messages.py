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
"""How many exchanges a search reads per page; older ones are on a separate page."""


@dataclass(frozen=True, slots=True)
class Filter:
    """The search criteria: a text, a time, and kinds of rows."""

    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    action: str = ""
    direction: str = ""
    authorization_only: bool = False
    errors_only: bool = False
    upstream: str | None = None
    """Exchanges with this back office only; "" for the charger only, None for all."""
    spellings: tuple[str, ...] = ()
    """Other notations of the card number in the text."""
    transaction_refs: tuple[str, ...] = ()
    """The transactions that the text names by their session's id or their receipt's number."""
    folds_copies: bool = False
    """Leaves out forwarded copies of a tap, because the charger's own exchange has the replies."""

    @property
    def is_rare(self) -> bool:
        """Whether a search may have to read many exchanges to find one. For a named transaction the time is known."""
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
        messages = messages.filter(_build_search_filter(criteria))
    return messages.order_by("-id")


def _build_search_filter(criteria: Filter) -> Q:
    """Matches every search term in the exchange, or a token in any notation, or a transaction."""
    condition = Q()
    for word in criteria.text.split():
        condition &= _build_word_filter(word)
    for spelling in criteria.spellings:
        condition |= Q(uid__iexact=spelling) | Q(request__icontains=spelling) | Q(answer__icontains=spelling)
    return condition | Q(transaction_ref__in=criteria.transaction_refs)


def page_before(messages: QuerySet[Message], *, key: uuid.UUID | None, size: int) -> list[Message]:
    """Returns the next `size` older rows, by key, so that every page costs the same."""
    return list((messages.filter(id__lt=key) if key else messages)[:size])


def find_first_unread(
    messages: QuerySet[Message], *, since: datetime | None, key: uuid.UUID | None
) -> uuid.UUID | None:
    """Returns the first exchange before `key` that a search no longer reads; None if it reads everything since then.

    One index query by charger, so that the cost of a search does not depend on its time span.
    """
    recent_messages = messages.filter(id__gte=ids.floor(since)) if since else messages
    ordered = (
        (recent_messages.filter(id__lt=key) if key else recent_messages).order_by("-id").values_list("id", flat=True)
    )
    return next(iter(ordered[READ_AT_ONCE : READ_AT_ONCE + 1]), None)


def page_after(messages: QuerySet[Message], *, key: uuid.UUID, size: int) -> list[Message]:
    """Returns the rows after `key`, newest first."""
    return list(messages.filter(id__gt=key)[:size])


def frames(message: Message) -> Iterator[dict[str, Any]]:
    """Yields the frames of one exchange in wire order, as `manage.py messages` prints them."""
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
    """Returns the milliseconds from the request to its answer; None if there is none."""
    if message.answer_at is None:
        return None
    return max(round((message.answer_at - message.request_at).total_seconds() * 1000), 0)


def format_frame(text: str | None) -> str:
    """Formats a frame for display: indented JSON, or the raw text if it is invalid."""
    if text is None:
        return ""
    try:
        return format_json(json.loads(text))
    except (ValueError, RecursionError):  # not JSON, or nested too deeply
        return text


def format_json(value: object) -> str:
    """Formats a JSON value for display; half of a surrogate pair, which is not a character, stays an escape."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode()


def _build_word_filter(word: str) -> Q:
    condition = Q(request__icontains=word) | Q(answer__icontains=word) | Q(uid__iexact=word)
    if _ACTION.fullmatch(word):
        condition |= Q(action__icontains=word) | Q(verdict__iexact=word)
    return condition
