"""Pages of lists (OCPI 2.2.1 4.1.4): offset, limit, date_from inclusive, date_to exclusive, and the Link header."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

from authorization.roaming.transport import times

LIMIT: Final = 1000
"""Our own upper limit per page."""
USUAL: Final = 200
_LARGEST: Final = 2**62
_NEXT: Final = re.compile(r"<([^<>]*)>\s*;[^,]*\brel=\"?next\"?", re.ASCII | re.IGNORECASE)


class PageError(ValueError):
    """A list parameter is wrong; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The requested part of a list."""

    offset: int = 0
    limit: int = USUAL
    date_from: datetime | None = None
    date_to: datetime | None = None


def read(query: Mapping[str, str]) -> Page:
    """Reads the page of a request. The limit is capped at ours; unknown parameters are ignored. Raises PageError."""
    return Page(
        offset=_number(query, "offset", default=0, least=0),
        limit=min(_number(query, "limit", default=USUAL, least=1), LIMIT),
        date_from=_moment(query, "date_from"),
        date_to=_moment(query, "date_to"),
    )


def link(address: str, page: Page, *, total: int) -> str:
    """Returns the Link header for the next page, with every filter; empty on the last."""
    following = page.offset + page.limit
    if following >= total:
        return ""
    query = {"offset": str(following), "limit": str(page.limit)}
    if page.date_from is not None:
        query["date_from"] = times.text(page.date_from)
    if page.date_to is not None:
        query["date_to"] = times.text(page.date_to)
    return f'<{address}?{urlencode(query)}>; rel="next"'


def stated_next(link_header: str) -> str | None:
    """Returns the next page as the Link header names it; None on the last page."""
    match = _NEXT.search(link_header)
    return match[1] if match is not None else None


def next_url(url: str, link_header: str) -> str:
    """Returns the next page's address as the partner wrote it; empty on the last page.

    Raises PageError for another host.

    An empty Link counts as none, because some partners send one on the last page.
    """
    link = (stated_next(link_header) or "").strip()
    return resolve_next_page(url, link) if link else ""


def resolve_next_page(url: str, link: str) -> str:
    """Returns the next page, which must be on the same server, since only that may see the token. Raises PageError."""
    try:
        target = str(urljoin(url, link))
        current_parts, next_parts = urlsplit(url), urlsplit(target)
    except ValueError as exc:
        raise PageError("continues its list at an address that cannot be read") from exc
    if (current_parts.scheme, current_parts.netloc) != (next_parts.scheme, next_parts.netloc):
        raise PageError(f"continues its list at {next_parts.netloc or 'nowhere'}, which is not its own server")
    if target == url:
        raise PageError("continues its list with the same page")
    return target


def _number(query: Mapping[str, str], name: str, *, default: int, least: int) -> int:
    """Reads a number. Some partners write `1e9` for "everything", which is accepted."""
    raw_value = query.get(name, "").strip()
    if not raw_value:
        return default
    try:
        number = int(raw_value) if raw_value.isdecimal() else int(float(raw_value))
    except (ValueError, OverflowError) as exc:
        raise PageError(f"{name}: a whole number is expected.") from exc
    if not least <= number:
        raise PageError(f"{name}: {least} or more is expected.")
    return min(number, _LARGEST)


def _moment(query: Mapping[str, str], name: str) -> datetime | None:
    raw_value = query.get(name, "").strip()
    if not raw_value:
        return None
    try:
        return times.read(raw_value)
    except times.TimeError as exc:
        raise PageError(f"{name}: a time such as 2026-03-10T12:00:00Z is expected.") from exc
