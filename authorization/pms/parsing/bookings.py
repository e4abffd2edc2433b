"""A booking and a listing as values, the same for every property management system."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any, Final

WHOLE_FEED: Final = "*"
"""The key of a calendar's only listing."""
MAX_KEY: Final = 200
_EARLIEST: Final = 2000
_LATEST: Final = 2100
_LONGEST_DAYS: Final = 1100
_DIGITS: Final = re.compile(r"\D+")


class UnreadableError(Exception):
    """The entry cannot be read; the message is a sentence."""


class Status(StrEnum):
    """The status of a booking at its system."""

    BOOKED = "booked"
    LEFT = "left"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    NOT_BOOKED = "not_booked"
    """An inquiry, or a declined one: never a stay, and the end of an existing one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One booking. Days are local. An hour, if known, is local; `at` is an exact, aware moment."""

    key: str
    listing: str
    status: Status
    arrives: date
    departs: date
    code: str = ""
    check_in: time | None = None
    check_out: time | None = None
    arrives_at: datetime | None = None
    departs_at: datetime | None = None
    guest_name: str = ""
    guest_email: str = ""
    phone_last4: str = ""
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A rental listing of a system."""

    key: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The result of one reading.

    `has_all`: future bookings missing from it are gone. `refused` has a sentence for each entry that could not be read.
    `blocks` counts entries that are not stays.
    """

    bookings: tuple[Booking, ...]
    listings: tuple[Listing, ...] = ()
    refused: tuple[str, ...] = ()
    blocks: int = 0
    has_all: bool = False


def text(row: Mapping[str, Any], *names: str, at_most: int = 200) -> str:
    """Returns the first of these members that is a text or a number, as one clean line; else empty."""
    for name in names:
        value = row.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return clean(str(value), at_most=at_most)
    return ""


def clean(value: str, *, at_most: int = 200) -> str:
    """Returns one line without control characters, which neither the database nor a page accepts."""
    line = " ".join(value.split())
    return "".join(letter for letter in line if letter.isprintable())[:at_most].strip()


def mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def rows(value: object) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def key(row: Mapping[str, Any], *names: str) -> str:
    """Returns the entry's key. Raises UnreadableError without one, because the entry could never be updated."""
    key_text = text(row, *names, at_most=MAX_KEY)
    if not key_text:
        raise UnreadableError("A booking has no id.")
    return key_text


def day(value: object, *, label: str) -> date:
    """Returns the day at the beginning of an ISO 8601 text, as it is written. Raises UnreadableError."""
    try:
        parsed = date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        parsed = None
    if parsed is None or not _EARLIEST <= parsed.year <= _LATEST:
        raise UnreadableError(f"{label} is {_quote_value(value)}, which is no day.")
    return parsed


def moment(value: object) -> datetime | None:
    """Returns the aware moment of an ISO 8601 text with an offset; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    if parsed.tzinfo is None or not _EARLIEST <= parsed.year <= _LATEST:
        return None
    return parsed.astimezone(UTC)


def hour(value: object) -> time | None:
    """Returns a local hour such as 15:00 or 15:00:00; None for anything else."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", value.strip()):
        return None
    parts = [int(part) for part in value.strip().split(":")]
    return time(parts[0], parts[1]) if parts[0] < 24 and parts[1] < 60 else None


def last4(phone: object) -> str:
    """Returns the last four digits of a telephone number; empty if it has fewer."""
    digits = _DIGITS.sub("", phone) if isinstance(phone, str) else ""
    return digits[-4:] if len(digits) >= 4 else ""


def require_valid_days(booking: Booking) -> Booking:
    """Returns the booking. Raises UnreadableError if its days cannot be those of a stay."""
    nights = (booking.departs - booking.arrives).days
    name = booking.code or booking.key
    exact = booking.arrives_at is not None and booking.departs_at is not None
    if exact and booking.departs_at <= booking.arrives_at:  # type: ignore[operator]
        raise UnreadableError(f"{name} ends before it begins.")
    if nights < 0 or (nights == 0 and not exact):
        raise UnreadableError(f"{name} ends before it begins.")
    if nights > _LONGEST_DAYS:
        raise UnreadableError(f"{name} lasts {nights:,} nights: that is no stay.")
    return booking


def _quote_value(value: object) -> str:
    return f"“{clean(str(value), at_most=40)}”" if value not in (None, "") else "missing"
