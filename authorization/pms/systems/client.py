"""HTTP requests to a system: each returns the response, or raises FailedError with the facts of what went wrong."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from authorization.pms.failures import Code, FailedError
from authorization.pms.parsing import bookings
from authorization.pms.parsing.bookings import Booking, UnreadableError
from authorization.pms.systems.source import Source
from chargers.lib import outbound
from chargers.lib.outbound import Answer, ForbiddenAddressError, Limits, NoAnswerError

MAX_PAGES: Final = 200
_JSON_LIMITS: Final = Limits(timeout_s=30, most_bytes=5 * 1024 * 1024)
_UNTAKEN: Final = frozenset((HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY))
"""Statuses that mean that the request is not possible there."""
_AGENT: Final = "charging-backoffice"
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=24)


def get(url: str, *, headers: Mapping[str, str], limits: Limits, now: datetime) -> Answer:
    """Returns a successful response (2xx). Raises FailedError for all others."""
    try:
        sent: dict[bytes | str, bytes | str] = {"User-Agent": _AGENT}
        sent.update(headers)
        answer = outbound.get(url, headers=sent, limits=limits)
    except NoAnswerError as exc:
        raise _convert_no_answer(exc, limits) from exc
    return _require_success(answer, now=now)


def post_form(url: str, fields: Mapping[str, str], *, now: datetime) -> Any:
    """Posts a form and returns the JSON response. Raises FailedError."""
    answer = _post(url, urlencode(fields).encode(), headers=_FORM, limits=_JSON_LIMITS)
    if answer.status == HTTPStatus.BAD_REQUEST:  # the OAuth 2 response to wrong client credentials (RFC 6749 5.2)
        raise FailedError(Code.CREDENTIALS_REFUSED, status=answer.status)
    return _json(_require_success(answer, now=now))


def get_json(
    url: str, query: Mapping[str, Any], *, headers: Mapping[str, str], now: datetime, limits: Limits = _JSON_LIMITS
) -> Mapping[str, Any]:
    """Returns the JSON object at an address. Raises FailedError."""
    full_url = f"{url}?{urlencode(query, doseq=True)}" if query else url
    answer = get(full_url, headers={"Accept": "application/json", **headers}, limits=limits, now=now)
    content = _json(answer)
    if not isinstance(content, Mapping):
        raise FailedError(Code.UNREADABLE_ANSWER, what="no object")
    return content


def limits_of(source: Source) -> Limits:
    """Returns the time limits for requests of this source."""
    return Limits(timeout_s=source.timeout_s, most_bytes=_JSON_LIMITS.most_bytes)


def post_json(
    url: str, body: Mapping[str, Any], *, headers: Mapping[str, str], now: datetime, limits: Limits = _JSON_LIMITS
) -> Any:
    """Posts a JSON object and returns the response's JSON; None if it is empty. Raises FailedError.

    A request without a response may have taken effect: FailedError then has the code NO_ANSWER.
    """
    sent = {"Content-Type": "application/json", **headers}
    return _write(url, json.dumps(body).encode(), headers=sent, now=now, limits=limits)


def post_fields(
    url: str, fields: Mapping[str, str], *, headers: Mapping[str, str], now: datetime, limits: Limits = _JSON_LIMITS
) -> Any:
    """Like `post_json`, for a system that takes forms. Raises FailedError."""
    return _write(url, urlencode(fields).encode(), headers={**_FORM, **headers}, now=now, limits=limits)


def _write(url: str, body: bytes, *, headers: Mapping[str, str], now: datetime, limits: Limits) -> Any:
    answer = _post(url, body, headers=headers, limits=limits)
    if answer.status in _UNTAKEN:
        raise FailedError(Code.CHARGE_REFUSED, status=answer.status)
    good = _require_success(answer, now=now)
    return _json(good) if good.body.strip() else None


def _post(url: str, body: bytes, *, headers: Mapping[str, str], limits: Limits) -> Answer:
    """Returns any response. Raises FailedError if there is none."""
    sent: dict[bytes | str, bytes | str] = {"User-Agent": _AGENT, "Accept": "application/json"}
    sent.update(headers)
    try:
        return outbound.post(url, headers=sent, body=body, limits=limits)
    except NoAnswerError as exc:
        raise _convert_no_answer(exc, limits) from exc


def base(url: str, *, default: str, without: str = "") -> str:
    """Returns the root of an address, without the API path `without` that a host may have entered at its end."""
    parts = urlsplit(url or default)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix(without)}"


def numbered_pages(ask: Callable[[int], Mapping[str, Any]], name: str, *, size: int) -> Iterator[Mapping[str, Any]]:
    """Yields the rows `name` of pages 1, 2 and so on, until a page has fewer than `size`. Raises FailedError."""
    for page in range(1, MAX_PAGES + 1):
        rows = require_list(ask(page), name)
        yield from rows
        if len(rows) < size:
            return
    raise too_many(size)


def too_many(size: int) -> FailedError:
    """Returns the error for pages of `size` rows that do not end, since the amount read must be limited."""
    return FailedError(Code.TOO_MANY, limit=f"{MAX_PAGES * size:,}")


def require_list(content: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Returns the objects of a required list.

    Raises FailedError without one, because "no bookings" would be a guess.
    """
    if not isinstance(content.get(name), list):
        raise FailedError(Code.UNREADABLE_ANSWER, what=f"no list “{name}”")
    return bookings.rows(content[name])


def if_permitted(rows: Iterator[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Returns the listings, or none if the key may not read them: bookings can be read without their names."""
    try:
        return list(rows)
    except FailedError as exc:
        if exc.code not in {Code.NOT_PERMITTED, Code.ADDRESS_GONE}:
            raise
        return []


def credential(source: Source, *names: str) -> Iterator[str]:
    """Yields the credentials of these names. Raises FailedError for the first that is missing."""
    for name in names:
        value = source.credentials.get(name, "")
        if not value:
            raise FailedError(Code.CREDENTIALS_MISSING, missing=name)
        yield value


class BookingCollector:
    """Collects bookings page by page; if one comes twice, the last counts."""

    def __init__(self) -> None:
        self._found: dict[str, Booking] = {}
        self.refused: list[str] = []

    def add(self, rows: list[Mapping[str, Any]], read: Any) -> None:
        for row in rows:
            try:
                booking = read(row)
            except UnreadableError as exc:
                self.refused.append(str(exc))
            else:
                self._found[booking.key] = booking

    @property
    def bookings(self) -> tuple[Booking, ...]:
        return tuple(self._found.values())


def _require_success(answer: Answer, *, now: datetime) -> Answer:
    status = answer.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return answer
    match status:
        case HTTPStatus.UNAUTHORIZED:
            raise FailedError(Code.CREDENTIALS_REFUSED, status=status)
        case HTTPStatus.FORBIDDEN:
            raise FailedError(Code.NOT_PERMITTED)
        case HTTPStatus.NOT_FOUND | HTTPStatus.GONE:
            raise FailedError(Code.ADDRESS_GONE, status=status)
        case HTTPStatus.TOO_MANY_REQUESTS:
            until = _parse_retry_after(answer.retry_after, now=now)
            raise FailedError(Code.SLOW_DOWN, until=f"{until:%Y-%m-%d %H:%M}", at=until.isoformat())
    if status < HTTPStatus.BAD_REQUEST:
        raise FailedError(Code.ADDRESS_MOVED, status=status)
    raise FailedError(Code.SERVER_ERROR, status=status)


def _parse_retry_after(retry_after: str, *, now: datetime) -> datetime:
    """Reads Retry-After, as seconds or a date (RFC 9110 10.2.3): at most a day ahead, and a minute if it is neither."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        wait = timedelta(seconds=min(int(text[:9]), int(_LONGEST_WAIT.total_seconds())))
    else:
        try:
            wait = parsedate_to_datetime(text).astimezone(UTC) - now
        except (ValueError, TypeError, OverflowError):
            wait = _WAIT
    return now + min(max(wait, timedelta(seconds=1)), _LONGEST_WAIT)


def _convert_no_answer(exc: NoAnswerError, limits: Limits) -> FailedError:
    if isinstance(exc, ForbiddenAddressError):
        return FailedError(Code.ADDRESS_PRIVATE)
    if str(exc).startswith("answered with more than"):
        return FailedError(Code.TOO_LARGE, limit=f"{limits.most_bytes // 1024 // 1024} MiB")
    return FailedError(Code.NO_ANSWER, what=str(exc)[:200])


def _json(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as exc:
        description = "a web page" if answer.body.lstrip()[:1] == b"<" else "no JSON"
        raise FailedError(Code.UNREADABLE_ANSWER, what=description) from exc
