"""Reads an iCal feed (RFC 5545) as bookings: the formats of Airbnb and Vrbo, and calendars of others.

The feed is split into its events before anything is parsed, so that nesting, size and time have limits, and an
unreadable event does not affect the others.
"""

import re
import time as clock
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from icalendar import Event

from authorization.pms.parsing import bookings
from authorization.pms.parsing.bookings import WHOLE_FEED, Booking, Reading, Status, UnreadableError

MAX_BYTES: Final = 5 * 1024 * 1024
MAX_EVENTS: Final = 5_000
_MAX_EVENT_CHARS: Final = 64 * 1024
_MAX_EVENT_LINES: Final = 1_000
_MAX_DEPTH: Final = 8
_PATIENCE_S: Final = 20.0
_AIRBNB_CODE: Final = re.compile(r"\bHM[A-Z0-9]{6,10}\b")
_DETAILS_LINK: Final = re.compile(
    r"/(?:reservations?|bookings?)/(?:details?/)?((?=[A-Za-z-]*\d)[A-Za-z0-9-]{4,40})", re.ASCII
)
_NAMED_CODE: Final = re.compile(
    r"(?:reservation|booking|confirmation)\s*(?:id|code|number|no\.?|#)\s*[:#]?\s*((?=[A-Za-z-]*\d)[A-Za-z0-9][A-Za-z0-9-]{3,39})",
    re.IGNORECASE | re.ASCII,
)
_LAST4: Final = re.compile(r"last\s*4\s*digits\)?\s*:\s*(\d{4})\b", re.IGNORECASE)
_BOOKED: Final = re.compile(r"\b(reserved|reservation|booked|booking)\b", re.IGNORECASE)
_BLOCK: Final = re.compile(
    r"not available|unavailable|\bnot bookable\b|\bblock|\bclosed\b|\bclosure\b|\bbusy\b|\bowner\b|\bmaintenance\b|"
    r"\bhold\b|\bcleaning\b|\brenovation\b|\bprivate use\b|\bout of (order|service)\b|nicht verf|gesperrt|blockiert|"
    r"no disponible|bloquead|indisponible|bloqu|niet beschikbaar|geblokkeerd|non disponibile|bloccat",
    re.IGNORECASE,
)
_OWNER: Final = re.compile(r"\bowner('s)?\s+(block|stay|hold|reservation|booking|use|time)\b", re.IGNORECASE)
_NAME: Final = re.compile(
    r"^(?:reserved|reservation|booked|booking)\s*(?:[-–:]|\bfor\b)\s*(?P<name>[^\d(]{2,80})$", re.I
)


class NotACalendarError(Exception):
    """The response is not a calendar but a web page, or empty."""


class EmptyCalendarError(Exception):
    """A calendar without any entry, which may be the system's mistake rather than an empty house."""


class TooManyError(Exception):
    """More entries, or deeper ones, than the limit."""


class TooSlowError(Exception):
    """Reading took longer than a worker may spend."""


@dataclass(frozen=True, slots=True)
class _Span:
    arrives: date
    departs: date
    arrives_at: datetime | None = None
    departs_at: datetime | None = None


def read(body: bytes, *, zone: str, patience_s: float = _PATIENCE_S) -> Reading:
    """Returns the stays of a feed; `zone` is the property's, for times without one.

    Raises NotACalendarError, EmptyCalendarError, TooManyError and TooSlowError; nothing of the feed may then be used.
    """
    until = clock.monotonic() + patience_s
    text = body.decode("utf-8-sig", errors="replace").strip()
    if not text[:15].upper().startswith("BEGIN:VCALENDAR"):
        raise NotACalendarError
    if len(re.findall(r"^BEGIN:VEVENT", text, re.IGNORECASE | re.MULTILINE)) > MAX_EVENTS:
        raise TooManyError
    by_key: dict[str, Booking] = {}
    refused: list[str] = []
    blocks = events = 0
    for source in _events(text):
        if clock.monotonic() > until:
            raise TooSlowError
        events += 1
        try:
            booking = _booking(source, zone=zone)
        except UnreadableError as exc:
            refused.append(str(exc))
            continue
        if booking is None:
            blocks += 1
        else:
            by_key[booking.key] = booking
    if not events:
        raise EmptyCalendarError
    return Reading(bookings=tuple(by_key.values()), refused=tuple(refused), blocks=blocks, has_all=True)


def _events(text: str) -> Iterator[str]:
    """Yields the text of each event. Raises TooManyError for components nested too deeply."""
    lines: list[str] | None = None
    depth = 0
    for line in re.split(r"\r\n|\n|\r", text):
        folded = line[:1] in {" ", "\t"}
        upper = "" if folded else line[:40].upper().strip()
        if upper.startswith("BEGIN:"):
            depth += 1
            if depth > _MAX_DEPTH:
                raise TooManyError
            if upper == "BEGIN:VEVENT" and lines is None:
                lines = []
        if lines is not None:
            lines.append(line)
        if upper.startswith("END:"):
            depth -= 1
            if upper == "END:VEVENT" and lines is not None:
                yield "\r\n".join(lines)
                lines = None


def _booking(source: str, *, zone: str) -> Booking | None:
    """Returns the booking of an event; None if it is a block. Raises UnreadableError."""
    if len(source) > _MAX_EVENT_CHARS:
        raise UnreadableError("An event is larger than 64 KiB.")
    if source.count("\n") - source.count("\n ") - source.count("\n\t") > _MAX_EVENT_LINES:
        raise UnreadableError(f"An event has more than {_MAX_EVENT_LINES} lines.")
    event = _parse_event(source)
    summary, description = _text(event, "SUMMARY"), _text(event, "DESCRIPTION")
    code = _code(summary, description, _text(event, "URL"))
    if _is_block(event, summary=summary, code=code):
        return None
    span = _span(event, zone=zone)
    key = code or _text(event, "UID") or f"{span.arrives}/{span.departs}"
    digits = _LAST4.search(description)
    return bookings.require_valid_days(
        Booking(
            key=key[: bookings.MAX_KEY],
            code=code,
            listing=WHOLE_FEED,
            status=Status.CANCELLED if _text(event, "STATUS").upper() == "CANCELLED" else Status.BOOKED,
            arrives=span.arrives,
            departs=span.departs,
            arrives_at=span.arrives_at,
            departs_at=span.departs_at,
            guest_name=_guest(summary),
            phone_last4=digits[1] if digits else "",
        )
    )


def _parse_event(source: str) -> Event:
    try:
        parsed = Event.from_ical(source)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, RecursionError) as exc:
        raise UnreadableError("An event is not written as calendars are.") from exc
    if not isinstance(parsed, Event):
        raise UnreadableError("An event is not written as calendars are.")
    return parsed


def _is_block(event: Event, *, summary: str, code: str) -> bool:
    """Whether the event is a block.

    A booking code, or the word for a booking, makes it a stay unless it is the owner's.
    """
    if _OWNER.search(summary):
        return True
    if code or _BOOKED.match(summary):
        return False
    if _text(event, "TRANSP").upper() == "TRANSPARENT" or not summary:
        return True
    return bool(_BLOCK.search(summary) or _BLOCK.search(_text(event, "CATEGORIES")))


def _code(summary: str, description: str, url: str) -> str:
    """Returns the reservation's code, which stays the same when its days change."""
    for field_text in (description, url, summary):
        if (match := _AIRBNB_CODE.search(field_text)) is not None:
            return match[0]
    for field_text in (description, url):
        if (match := _DETAILS_LINK.search(field_text) or _NAMED_CODE.search(field_text)) is not None:
            return match[1]
    return ""


def _guest(summary: str) -> str:
    """Returns the guest's name if the feed shows one; "Reserved" and the like are not names."""
    if (match := _NAME.match(summary)) is not None:
        return bookings.clean(match["name"])
    return "" if _BOOKED.search(summary) or any(letter.isdigit() for letter in summary) else summary


def _span(event: Event, *, zone: str) -> _Span:
    """Returns the event's span. Days without hours stay days; the end of a day-long event is not part of it."""
    begins = _point(event, "DTSTART")
    if begins is None:
        raise UnreadableError("An event has no beginning.")
    ends = _point(event, "DTEND") or _end_from_duration(event, begins)
    if isinstance(begins, datetime) and isinstance(ends, datetime):
        first, last = (
            _convert_to_utc(event, name, at, zone=zone) for name, at in (("DTSTART", begins), ("DTEND", ends))
        )
        local = ZoneInfo(zone)
        return _Span(_event_day(first.astimezone(local)), _event_day(last.astimezone(local)), first, last)
    return _Span(_event_day(begins), _event_day(ends))


def _point(event: Event, name: str) -> date | None:
    try:
        value: Any = getattr(event.get(name), "dt", None)
    except (ValueError, TypeError) as exc:
        raise UnreadableError(f"The {name} of an event cannot be read.") from exc
    return value if isinstance(value, date) else None


def _end_from_duration(event: Event, begins: date) -> date:
    try:
        length: Any = getattr(event.get("DURATION"), "dt", None)
        return begins + (length if isinstance(length, timedelta) else timedelta(days=1))
    except (OverflowError, ValueError, TypeError) as exc:
        raise UnreadableError("The length of an event cannot be read.") from exc


def _convert_to_utc(event: Event, name: str, at: datetime, *, zone: str) -> datetime:
    """Returns the moment in UTC; a time without a known zone is in the property's."""
    try:
        if at.tzinfo is None:
            at = at.replace(tzinfo=_named_zone(event, name) or ZoneInfo(zone))
        return at.astimezone(UTC)
    except (OverflowError, ValueError) as exc:
        raise UnreadableError(f"The {name} of an event cannot be read.") from exc


def _named_zone(event: Event, name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(str(event[name].params["TZID"]))
    except (KeyError, ValueError, OSError, AttributeError):
        return None


def _event_day(at: date) -> date:
    day = at.date() if isinstance(at, datetime) else at
    return bookings.day(day.isoformat(), label="The day of an event")


def _text(event: Event, name: str) -> str:
    value = event.get(name)
    if value is None:
        return ""
    if isinstance(value, list):
        value = value[0]
    cats = getattr(value, "cats", None)
    return bookings.clean(" ".join(map(str, cats)) if cats is not None else str(value), at_most=4000)
