"""Reads a mobility provider's whole list of cards (OCPI 2.2.1 12.2.2 GET Tokens), page by page.

Over the network: never inside a transaction, never in a gateway. The credentials token goes to the provider's own
server only, so a next page elsewhere is not followed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from authorization.identifiers import uids
from authorization.roaming import realtime
from authorization.roaming.realtime import Endpoint, Observe, shorten_text
from authorization.roaming.transport import paging
from chargers.lib.outbound import Limits, NoAnswerError

TYPES: Final = ("AD_HOC_USER", "APP_USER", "OTHER", "RFID")
WHITELISTS: Final = ("ALWAYS", "ALLOWED", "ALLOWED_OFFLINE", "NEVER")
_LIMIT: Final = 500
_MAX_PAGES: Final = 10_000
_LIMITS: Final = Limits(timeout_s=30, most_bytes=4 * 1024 * 1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The used fields of a Token object (12.3.2)."""

    uid: str
    canonical_uid: str
    type: str
    visual_number: str
    contract_id: str
    group_id: str
    valid: bool
    whitelist: str


@dataclass(frozen=True, slots=True)
class Page:
    """The cards of one response, and a sentence for each that was invalid."""

    cards: list[Card]
    wrong: list[str]


def pages(endpoint: Endpoint, *, since: datetime | None, observe: Observe = realtime.ignore) -> Iterator[Page]:
    """Yields every card, or with `since` (aware) those changed after it. Raises NoAnswerError at any page."""
    query = {"limit": str(_LIMIT), "offset": "0"}
    if since is not None:
        query["date_from"] = since.strftime("%Y-%m-%dT%H:%M:%SZ")
    url = f"{endpoint.url.rstrip('/')}?{urlencode(query)}"
    for _ in range(_MAX_PAGES):
        answer = realtime.send(endpoint, "GET", url, body=None, limits=_LIMITS, observe=observe)
        yield _page(realtime.data_of(answer, realtime.parse_envelope(answer)))
        link = paging.stated_next(answer.link)
        if link is None:
            return
        try:
            url = paging.resolve_next_page(url, link)
        except paging.PageError as exc:
            raise NoAnswerError(shorten_text(exc)) from exc
    raise NoAnswerError(f"answered with more than {_MAX_PAGES:,} pages")


def _page(tokens: object) -> Page:
    if not isinstance(tokens, list):
        raise NoAnswerError("answered without a list of Tokens")
    page = Page([], [])
    for value in tokens:
        read = _card(value)
        (page.cards if isinstance(read, Card) else page.wrong).append(read)  # type: ignore[arg-type]
    return page


def _card(value: Any) -> Card | str:
    """Returns the card, or what is wrong with it."""
    if not isinstance(value, Mapping):
        return "An entry is no Token object."
    uid, kind = value.get("uid"), value.get("type")
    canonical = uids.from_wire(uid) if isinstance(uid, str) else None
    if canonical is None or uids.is_vehicle(canonical):
        return f"“{shorten_text(uid)[:60]}” is no UID."
    whitelist, valid = value.get("whitelist"), value.get("valid")
    if kind not in TYPES or whitelist not in WHITELISTS or not isinstance(valid, bool):
        return f"{canonical}: its type, its whitelist or its valid flag is none that OCPI has."
    return Card(
        uid=shorten_text(uid)[:36],
        canonical_uid=canonical,
        type=kind,
        visual_number=shorten_text(value.get("visual_number"))[:64],
        contract_id=shorten_text(value.get("contract_id") or value.get("auth_id"))[:36],
        group_id=shorten_text(value.get("group_id"))[:36],
        valid=valid,
        whitelist=whitelist,
    )
