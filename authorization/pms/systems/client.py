"""One request to a system: its answer, or FailedError with what went wrong in facts."""

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

MOST_PAGES: Final = 200
_JSON_LIMITS: Final = Limits(timeout_s=30, most_bytes=5 * 1024 * 1024)
_UNTAKEN: Final = frozenset((HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY))
"""What was asked for is not possible there."""
_AGENT: Final = "charging-backoffice"
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=24)


def get(url: str, *, headers: Mapping[str, str], limits: Limits, now: datetime) -> Answer:
    """A good answer (2xx). Raises FailedError for every other."""
    try:
        sent: dict[bytes | str, bytes | str] = {"User-Agent": _AGENT}
        sent.update(headers)
        answer = outbound.get(url, headers=sent, limits=limits)
    except NoAnswerError as exc:
        raise _unreached(exc, limits) from exc
    return _good(answer, now=now)


def post_form(url: str, fields: Mapping[str, str], *, now: datetime) -> Any:
    """The JSON that answers a form. Raises FailedError."""
    answer = _post(url, urlencode(fields).encode(), headers=_FORM, limits=_JSON_LIMITS)
    if answer.status == HTTPStatus.BAD_REQUEST:  # as OAuth 2 answers wrong client credentials (RFC 6749 5.2)
        raise FailedError(Code.CREDENTIALS_REFUSED, status=answer.status)
    return _json(_good(answer, now=now))


def get_json(
    url: str, query: Mapping[str, Any], *, headers: Mapping[str, str], now: datetime, limits: Limits = _JSON_LIMITS
) -> Mapping[str, Any]:
    """The JSON object at an address. Raises FailedError."""
    asked = f"{url}?{urlencode(query, doseq=True)}" if query else url
    answer = get(asked, headers={"Accept": "application/json", **headers}, limits=limits, now=now)
    content = _json(answer)
    if not isinstance(content, Mapping):
        raise FailedError(Code.UNREADABLE_ANSWER, what="no object")
    return content


def limits_of(source: Source) -> Limits:
    """How long a request of this source may take."""
    return Limits(timeout_s=source.timeout_s, most_bytes=_JSON_LIMITS.most_bytes)


def post_json(
    url: str, body: Mapping[str, Any], *, headers: Mapping[str, str], now: datetime, limits: Limits = _JSON_LIMITS
) -> Any:
    """What a system answers to an object that it takes; None where it answers nothing. Raises FailedError.

    A request without an answer may have been done: FailedError then has the code NO_ANSWER.
    """
    sent = {"Content-Type": "application/json", **headers}
    return _write(url, json.dumps(body).encode(), headers=sent, now=now, limits=limits)


def post_fields(
    url: str, fields: Mapping[str, str], *, headers: Mapping[str, str], now: datetime, limits: Limits = _JSON_LIMITS
) -> Any:
    """The same as `post_json` for a system that takes forms. Raises FailedError."""
    return _write(url, urlencode(fields).encode(), headers={**_FORM, **headers}, now=now, limits=limits)


def _write(url: str, body: bytes, *, headers: Mapping[str, str], now: datetime, limits: Limits) -> Any:
    answer = _post(url, body, headers=headers, limits=limits)
    if answer.status in _UNTAKEN:
        raise FailedError(Code.CHARGE_REFUSED, status=answer.status)
    good = _good(answer, now=now)
    return _json(good) if good.body.strip() else None


def _post(url: str, body: bytes, *, headers: Mapping[str, str], limits: Limits) -> Answer:
    """Whatever is answered. Raises FailedError where nothing is."""
    sent: dict[bytes | str, bytes | str] = {"User-Agent": _AGENT, "Accept": "application/json"}
    sent.update(headers)
    try:
        return outbound.post(url, headers=sent, body=body, limits=limits)
    except NoAnswerError as exc:
        raise _unreached(exc, limits) from exc


def base(url: str, *, default: str, without: str = "") -> str:
    """The root of an address that a host may have entered with the API's own path, `without`, at its end."""
    parts = urlsplit(url or default)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix(without)}"


def numbered_pages(ask: Callable[[int], Mapping[str, Any]], name: str, *, size: int) -> Iterator[Mapping[str, Any]]:
    """The rows `name` of the pages 1, 2 and so on, until one has fewer than `size`. Raises FailedError."""
    for page in range(1, MOST_PAGES + 1):
        rows = listed(ask(page), name)
        yield from rows
        if len(rows) < size:
            return
    raise too_many(size)


def too_many(size: int) -> FailedError:
    """The error where pages of `size` rows do not end: what is read stays bounded."""
    return FailedError(Code.TOO_MANY, limit=f"{MOST_PAGES * size:,}")


def listed(content: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects of a list that must be there: without it "no bookings" would be a guess. Raises FailedError."""
    if not isinstance(content.get(name), list):
        raise FailedError(Code.UNREADABLE_ANSWER, what=f"no list “{name}”")
    return bookings.rows(content[name])


def if_permitted(rows: Iterator[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Names of listings are worth having, and no reason to read no bookings: a key may open the bookings alone."""
    try:
        return list(rows)
    except FailedError as exc:
        if exc.code not in {Code.NOT_PERMITTED, Code.ADDRESS_GONE}:
            raise
        return []


def credential(source: Source, *names: str) -> Iterator[str]:
    """The credentials of these names. Raises FailedError for the first that is missing."""
    for name in names:
        value = source.credentials.get(name, "")
        if not value:
            raise FailedError(Code.CREDENTIALS_MISSING, missing=name)
        yield value


class Gathered:
    """Bookings as they are read, page by page; of one that comes twice the last counts."""

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


def _good(answer: Answer, *, now: datetime) -> Answer:
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
            until = _until(answer.retry_after, now=now)
            raise FailedError(Code.SLOW_DOWN, until=f"{until:%Y-%m-%d %H:%M}", at=until.isoformat())
    if status < HTTPStatus.BAD_REQUEST:
        raise FailedError(Code.ADDRESS_MOVED, status=status)
    raise FailedError(Code.SERVER_ERROR, status=status)


def _until(retry_after: str, *, now: datetime) -> datetime:
    """Seconds or a date (RFC 9110 10.2.3), at most a day ahead; a minute where it is neither."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        wait = timedelta(seconds=min(int(text[:9]), int(_LONGEST_WAIT.total_seconds())))
    else:
        try:
            wait = parsedate_to_datetime(text).astimezone(UTC) - now
        except (ValueError, TypeError, OverflowError):
            wait = _WAIT
    return now + min(max(wait, timedelta(seconds=1)), _LONGEST_WAIT)


def _unreached(exc: NoAnswerError, limits: Limits) -> FailedError:
    if isinstance(exc, ForbiddenAddressError):
        return FailedError(Code.ADDRESS_PRIVATE)
    if str(exc).startswith("answered with more than"):
        return FailedError(Code.TOO_LARGE, limit=f"{limits.most_bytes // 1024 // 1024} MiB")
    return FailedError(Code.NO_ANSWER, what=str(exc)[:200])


def _json(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as exc:
        what = "a web page" if answer.body.lstrip()[:1] == b"<" else "no JSON"
        raise FailedError(Code.UNREADABLE_ANSWER, what=what) from exc
