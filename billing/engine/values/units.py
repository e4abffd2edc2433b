"""Quantities between the meter and the price: exact, with their units, and as text."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from billing.engine.rate.tariff import MinuteCount

MICROSECOND: Final = timedelta(microseconds=1)
_MINUTE_US: Final = 60_000_000


def kwh(energy_wh: int) -> Decimal:
    """Converts whole Wh to kWh with three decimals."""
    return Decimal(energy_wh).scaleb(-3)


def ratio(part: timedelta, *, whole: timedelta) -> Fraction:
    """Returns the exact quotient of two durations; `whole` must not be zero."""
    return Fraction(part // MICROSECOND, whole // MICROSECOND)


def completed_minutes(duration: timedelta) -> int:
    return (duration // MICROSECOND) // _MINUTE_US


def minutes(duration: timedelta, *, count: MinuteCount) -> int:
    """Returns whole minutes; `count` tells whether an incomplete one counts."""
    return completed_minutes(duration) if count is MinuteCount.COMPLETED else -completed_minutes(-duration)


def decimal_text(value: Decimal | Fraction | int) -> str:
    """Returns plain decimal text without trailing zeros; a value without finite decimals stays a quotient, `1/3`."""
    exact = Fraction(value)
    numerator, denominator = exact.numerator, exact.denominator
    places, cofactor = 0, denominator
    while cofactor % 10 == 0:
        cofactor, places = cofactor // 10, places + 1
    for factor, partner in ((2, 5), (5, 2)):
        while cofactor % factor == 0:
            cofactor, numerator, places = cofactor // factor, numerator * partner, places + 1
    if cofactor != 1:
        return f"{exact.numerator}/{exact.denominator}"
    digits = f"{abs(numerator):0{places + 1}d}"
    sign = "-" if numerator < 0 else ""
    return f"{sign}{digits[: len(digits) - places]}{'.' if places else ''}{digits[len(digits) - places :]}"


def utc_text(instant: datetime) -> str:
    """Returns ISO 8601 in UTC with Z; with fractions of a second only if there are any."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def duration_text(duration: timedelta) -> str:
    """Returns hours, minutes and seconds as people write them: `1 h 5 min`, `45 s`."""
    seconds = int(duration.total_seconds())
    parts = ((seconds // 3600, "h"), (seconds // 60 % 60, "min"), (seconds % 60, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"
