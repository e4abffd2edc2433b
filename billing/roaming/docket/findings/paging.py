"""Examines pages of lists: what was asked for, and the headers and the size of what came."""

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import parse_qsl, urljoin, urlsplit

from authorization.roaming.transport import paging
from billing.roaming.docket import masking
from billing.roaming.docket.facts import Facts
from billing.roaming.docket.findings import times
from billing.roaming.docket.findings.deviation import Deviation, build

_LIST_MODULES: Final = frozenset(("locations", "sessions", "cdrs", "tariffs"))
_FILTERS: Final = ("date_from", "date_to")
_NUMBERS: Final = ("offset", "limit")
_MISTAKEN: Final = frozenset(
    ("page", "page_size", "per_page", "size", "pagesize", "skip", "count", "from", "to", "start", "end", "datefrom",
     "dateto", "updated_since", "since", "last_updated", "country_code", "party_id")
)  # fmt: skip
"""Parameters of other protocols. Those that nobody could mean for a filter are left alone."""


def examine(facts: Facts) -> Iterator[Deviation]:
    if not _is_list(facts):
        return
    yield from _examine_parameters(facts)
    if facts.is_success and isinstance(facts.data, list) and facts.answer_headers is not None:
        yield from _examine_page(facts, facts.answer_headers, len(facts.data))


def _is_list(facts: Facts) -> bool:
    """Whether it is a GET of a list that has pages: of ours as a CPO, or of the partner's tokens."""
    if facts.method != "GET":
        return False
    if facts.is_incoming:
        return facts.module in _LIST_MODULES and not facts.parts
    return facts.module == "tokens"


def _examine_parameters(facts: Facts) -> Iterator[Deviation]:
    query = facts.query
    for name in _FILTERS:
        if query.get(name):
            yield from times.examine_time(facts.requester, f"query {name}", query[name])
    for name in _NUMBERS:
        if query.get(name) and not query[name].isdecimal():
            yield build("paging.parameter_not_number", facts.requester, f"query {name}", query[name])
    for name, value in query.items():
        if name.lower() in _MISTAKEN:
            yield build("paging.parameter_unknown", facts.requester, f"query {name}", value)
    if facts.is_incoming and facts.module == "sessions" and not query.get("date_from"):
        yield build("sessions.date_from_missing", facts.requester, "query date_from")


def _examine_page(facts: Facts, headers: Mapping[str, str], size: int) -> Iterator[Deviation]:
    author = facts.answerer
    total = _read_number(headers.get("x-total-count", ""))
    if total is None:
        yield build("paging.total_missing", author, "header X-Total-Count", headers.get("x-total-count"))
    if _read_number(headers.get("x-limit", "")) is None:
        yield build("paging.limit_missing", author, "header X-Limit", headers.get("x-limit"))
    limit = _read_number(facts.query.get("limit", ""))
    if limit and size > limit:
        yield build("paging.limit_ignored", author, "$.data", f"{size} objects, limit {limit}")
    end = (_read_number(facts.query.get("offset", "")) or 0) + size
    yield from _examine_link(facts, headers.get("link"), is_last=None if total is None else end >= total)


def _examine_link(facts: Facts, link_header: str | None, *, is_last: bool | None) -> Iterator[Deviation]:
    author, where = facts.answerer, "header Link"
    target = (paging.stated_next(link_header or "") or "").strip()
    if not target:
        if link_header is not None:
            yield build("paging.link_empty", author, where, link_header)
        elif is_last is False:
            yield build("paging.link_missing", author, where)
        return
    following = urljoin(facts.url, target)
    quoted = masking.mask_url(following)
    if not facts.is_incoming and _server_of(facts.url) != _server_of(following):
        yield build("paging.link_host", author, where, quoted)
        return
    if is_last:
        yield build("paging.link_after_last", author, where, quoted)
        return
    if not facts.is_incoming and following == facts.url:
        yield build("paging.link_same_page", author, where, quoted)
        return
    stated = dict(parse_qsl(urlsplit(following).query))
    if any(facts.query.get(name) and name not in stated for name in _FILTERS):
        yield build("paging.link_filter_lost", author, where, quoted)


def _server_of(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc.lower()


def _read_number(text: str) -> int | None:
    return int(text) if text.strip().isdecimal() else None
