"""Quantities, durations and times of day."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from django.utils import dateformat
from django.utils.formats import number_format

from chargers.formatting import zones

_YEAR_S = 365 * 86400


def kilowatts(power_w: int | None) -> str:
    return "–" if power_w is None else f"{_format_rounded(Decimal(power_w) / 1000, 1)} kW"


def kilowatt_hours(energy_wh: int | None) -> str:
    return "–" if energy_wh is None else f"{number_format(Decimal(energy_wh) / 1000, 3)} kWh"


def kilowatt_hours_short(energy_wh: int | None) -> str:
    """Formats kWh with one decimal, for sums in tables."""
    if energy_wh is None:
        return "–"
    rounded = (Decimal(energy_wh) / 1000).quantize(Decimal("0.1"), ROUND_HALF_UP)  # `number_format` truncates
    return f"{number_format(rounded, 1, force_grouping=True)} kWh"


def format_elapsed(since: datetime) -> str:
    """Formats how long something has lasted, in its largest unit."""
    minutes = int((datetime.now(tz=UTC) - since).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 90:
        return f"for {minutes} min"
    return f"for {round(minutes / 60)} h" if minutes < 48 * 60 else f"for {round(minutes / 1440)} days"


def moment(text: str) -> datetime:
    """Parses a stored UTC text, for filters that format times."""
    return datetime.fromisoformat(text)


def clock(at: datetime, time_zone: str) -> str:
    """Formats the time of day in that zone, to the millisecond."""
    return at.astimezone(ZoneInfo(time_zone)).strftime("%H:%M:%S.%f")[:-3]


def with_zone(at: datetime | None, date_format: str) -> str:
    """Formats a local time with the short name of its zone, as in "7 Nov, 01:30 EST"; empty for None.

    Django's own `T` is empty in the hour that a clock change repeats, when it is needed most.
    """
    return f"{dateformat.format(at, date_format)} {zones.name(at)}" if at else ""


def _format_rounded(number: Decimal, digits: int) -> str:
    return number_format(number.quantize(Decimal(1).scaleb(-digits)).normalize() + 0)


def two_units(seconds: int) -> str:
    """Formats the two largest units: 3 min 12 s, 2 h 5 min, 3 days 4 h; years for a clock that was never set."""
    if seconds >= _YEAR_S:
        years = seconds // _YEAR_S
        return f"{years} year{'' if years == 1 else 's'}"
    for size, unit, smaller, small_unit in ((86400, "days", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            many, remainder_s = divmod(seconds, size)
            first = f"{many} {'day' if unit == 'days' and many == 1 else unit}"
            return f"{first} {remainder_s // smaller} {small_unit}" if remainder_s // smaller else first
    return f"{seconds} s"
