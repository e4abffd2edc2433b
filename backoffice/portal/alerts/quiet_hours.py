"""Quiet hours: when a notice may be sent. Pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Hours in a time zone. If the end is earlier than the start, they run past midnight; equal hours mean none."""

    begins: time
    ends: time
    zone: str


def due_at(now: datetime, quiet: QuietHours | None) -> datetime:
    """Returns now, or the end of the present quiet hours."""
    if quiet is None or quiet.begins == quiet.ends:
        return now
    local = now.astimezone(ZoneInfo(quiet.zone))
    clock = local.time().replace(tzinfo=None)
    if quiet.begins < quiet.ends:
        is_quiet = quiet.begins <= clock < quiet.ends
    else:
        is_quiet = clock >= quiet.begins or clock < quiet.ends
    if not is_quiet:
        return now
    day = local.date() + timedelta(days=1 if clock >= quiet.ends else 0)
    return datetime.combine(day, quiet.ends, tzinfo=ZoneInfo(quiet.zone)).astimezone(now.tzinfo)
