"""Formats times for guests: in the active time zone (the site's), which is always named.

Pages set the zone with `{% timezone %}`, mails and PDFs with `timezone.override`.
"""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from chargers.formatting import zones


def format_moment(at: datetime | str | None) -> str:
    """Returns day, year, time and zone: 10 Mar 2026, 17:00 EDT. Accepts stored UTC texts; None gives “not reported”."""
    local = _local(at)
    return _("not reported") if local is None else f"{date_format(local, _('j M Y, H:i'))} {zones.name(local)}"


def format_with_utc_offset(at: datetime | str | None) -> str:
    """Returns `when` with the difference to UTC, which receipts must have: 10 Mar 2026, 17:00 EDT (UTC−4)."""
    local = _local(at)
    if local is None:
        return format_moment(None)
    name, difference = zones.name(local), zones.utc_difference(local)
    return format_moment(local) if name == difference else f"{format_moment(local)} ({difference})"


def when_short(at: datetime | str | None) -> str:
    """Returns the time without the year: 10 Mar, 17:00 EDT."""
    local = _local(at)
    return _("not reported") if local is None else f"{date_format(local, _('j M, H:i'))} {zones.name(local)}"


def to_the_second(at: datetime | str | None) -> str:
    """Returns the time with seconds, for meter readings: 10 Mar, 17:00:05 EDT."""
    local = _local(at)
    return _("not reported") if local is None else f"{date_format(local, _('j M, H:i:s'))} {zones.name(local)}"


def time_of_day(at: datetime | str | None) -> str:
    """Returns the time without the day: 17:00 EDT."""
    local = _local(at)
    return _("not reported") if local is None else f"{date_format(local, 'H:i')} {zones.name(local)}"


def day(at: datetime | str | None) -> str:
    """Returns the site's calendar day: 10 Mar 2026."""
    local = _local(at)
    return _("not reported") if local is None else date_format(local, _("j M Y"))


def format_duration(seconds: int | timedelta) -> str:
    """Returns a duration in the reader's language: 0 min, 42 s, 42 min, 1 h 05 min."""
    total_s = int(seconds.total_seconds()) if isinstance(seconds, timedelta) else seconds
    if 0 < total_s < 60:
        return _("%(seconds)s s") % {"seconds": total_s}
    hours, remaining_min = divmod(total_s // 60, 60)
    if hours:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": f"{remaining_min:02d}"}
    return _("%(minutes)s min") % {"minutes": remaining_min}


def lasted_exactly(duration: timedelta) -> str:
    """Returns hours, minutes and seconds, leaving out zeros: 1 h 5 min, 45 s."""
    seconds = int(duration.total_seconds())
    parts = (
        (seconds // 3600, _("%(hours)s h")),
        (seconds // 60 % 60, _("%(minutes)s min")),
        (seconds % 60, _("%(seconds)s s")),
    )
    pieces = [text % {"hours": count, "minutes": count, "seconds": count} for count, text in parts if count]
    return " ".join(pieces) or _("%(seconds)s s") % {"seconds": 0}


def when_in(at: datetime | None, zone: str) -> str:
    """Returns `when` in a given zone, for lists of several sites."""
    with timezone.override(zone):
        return format_moment(at)


def to_the_second_in(at: datetime | None, zone: str) -> str:
    """Returns `to_the_second` in a given zone."""
    with timezone.override(zone):
        return to_the_second(at)


def time_of_day_in(at: datetime | None, zone: str) -> str:
    """Returns `time_of_day` in a given zone."""
    with timezone.override(zone):
        return time_of_day(at)


def day_in(at: datetime | None, zone: str) -> str:
    """Returns `day` in a given zone."""
    with timezone.override(zone):
        return day(at)


def span(begin: datetime, end: datetime) -> str:
    """Returns a range of times; within a day, day and zone are written once, within a minute with seconds."""
    first, last = timezone.localtime(begin), timezone.localtime(end)
    if timedelta(0) <= end - begin < timedelta(minutes=1) and first.minute == last.minute:
        return _brief_span(first, last)
    if first.date() == last.date() and first.utcoffset() == last.utcoffset():
        until = f"{date_format(last, 'H:i')} {zones.name(last)}"
        return _("from %(day_and_time)s to %(time)s") % {
            "day_and_time": date_format(first, _("j M Y, H:i")),
            "time": until,
        }
    return _("from %(first)s to %(last)s") % {"first": format_moment(begin), "last": format_moment(end)}


def _brief_span(first: datetime, last: datetime) -> str:
    """Returns a range within one minute, with seconds, or a single moment if there is no duration."""
    begin_text, ended = f"{date_format(first, _('j M Y, H:i'))}:{first:%S}", f"{last:%H:%M:%S} {zones.name(last)}"
    if f"{first:%S}" == f"{last:%S}":
        return _("at %(moment)s") % {"moment": f"{begin_text} {zones.name(last)}"}
    return _("from %(day_and_time)s to %(time)s") % {"day_and_time": begin_text, "time": ended}


def _local(at: datetime | str | None) -> datetime | None:
    if not at:
        return None
    return timezone.localtime(datetime.fromisoformat(at) if isinstance(at, str) else at)
