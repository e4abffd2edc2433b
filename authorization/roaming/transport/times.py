"""OCPI's time format: UTC, RFC 3339 (OCPI 2.2.1 16.5)."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

_TIME: Final = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})([Tt ])(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|[+\- ]\d{2}:?\d{2})?", re.ASCII
)


class TimeError(ValueError):
    """The text is not an OCPI time."""


def text(at: datetime) -> str:
    """Returns the time in UTC, with milliseconds if it has any."""
    utc = at.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S") + (f".{utc.microsecond // 1000:03}Z" if utc.microsecond >= 1000 else "Z")


def truncate_to_millis(at: datetime) -> datetime:
    """Returns the moment as OCPI carries it: without the digits that `text` drops."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def read(value: object) -> datetime:
    """Reads a time; one without a zone is UTC (16.5).

    A space instead of the T or the plus is tolerated. Raises TimeError.
    """
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
    """Returns how a readable time deviates from OCPI's format; empty if it does not."""
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
