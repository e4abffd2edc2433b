"""Times as OCPI writes them: UTC, RFC 3339 (OCPI 2.2.1 16.5)."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

_TIME: Final = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})([Tt ])(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|[+\- ]\d{2}:?\d{2})?", re.ASCII
)


class TimeError(ValueError):
    """This is no time of OCPI."""


def text(at: datetime) -> str:
    """In UTC, with milliseconds where it has any."""
    utc = at.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S") + (f".{utc.microsecond // 1000:03}Z" if utc.microsecond >= 1000 else "Z")


def stated(at: datetime) -> datetime:
    """The moment as it is written: without what `text` leaves out."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def read(value: object) -> datetime:
    """A time without a zone is UTC (16.5). A space for the T or the plus is tolerated. Raises TimeError."""
    match = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise TimeError
    year, month, day, _, hour, minute, second, fraction, zone = match.groups()
    micro = int((fraction or "0").ljust(6, "0")[:6])
    try:
        return datetime(
            int(year), int(month), int(day), int(hour), int(minute), min(int(second), 59), micro, _zone(zone)
        ).astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise TimeError from exc


def deviation(value: object) -> str:
    """How a readable time differs from what OCPI says; empty where it does not."""
    match = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or (match[4] == "T" and (match[9] or "Z") == "Z"):
        return ""
    return "a space stands for the T" if match[4] == " " else "times are in UTC, with Z or without a zone"


def _zone(stated_zone: str | None) -> timezone:
    if not stated_zone or stated_zone in "Zz":
        return UTC
    digits = stated_zone[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if stated_zone[0] == "-" else offset)
