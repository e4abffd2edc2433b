"""Prices that look mistyped: far from those of the last version, or from what such a price usually is. Pure.

They are saved once a person says that they are meant.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from billing.rating import money
from billing.rating.linting import Finding, Severity
from billing.rating.tariff import Rate

_JUMP: Final = 10
"""One decimal place."""
_MOST_PER_KWH: Final = 5
_MOST_PER_MINUTE: Final = 5
_MOST_PROCESSING_PCT: Final = 10
_MEND: Final = "Correct it, or say that it is meant."


def findings(rate: Rate, *, before: Rate | None) -> tuple[Finding, ...]:
    """`before` is the last version, None for a new rate: what it said already needs no second word."""
    old = _prices(before) if before is not None and before.currency == rate.currency else {}
    return (*_jumps(_prices(rate), before=old, currency=rate.currency), *_unusual(rate, before=before))


def _jumps(prices: Mapping[str, Decimal], *, before: Mapping[str, Decimal], currency: str) -> Iterator[Finding]:
    for label, price in prices.items():
        old = before.get(label)
        if not price or not old or 1 / Decimal(_JUMP) < price / old < _JUMP:
            continue
        times = price / old if price > old else old / price
        compared = f"{_number(times)} times" if price > old else f"{_number(times)} times below"
        unit = "%" if label.endswith("(%)") else currency
        yield Finding(
            code=f"jump:{label}",
            severity=Severity.CONFIRM,
            what=f"“{label}” is {compared} the last version's: {_number(old)} {unit} becomes {_number(price)} {unit}.",
            why="A decimal point in the wrong place looks like that.",
            mend=_MEND,
        )


def _unusual(rate: Rate, *, before: Rate | None) -> Iterator[Finding]:
    unit, old = money.everyday(rate.currency), _prices(before) if before is not None else {}
    prices = _prices(rate)
    limits = (
        ("Price per kWh, the highest", _MOST_PER_KWH * unit, rate.currency),
        ("Idle fee per minute", _MOST_PER_MINUTE * unit, rate.currency),
        ("Processing, of the amount (%)", Decimal(_MOST_PROCESSING_PCT), "%"),
    )
    for label, most, counted in limits:
        price = prices.get(label)
        if price is None or price <= most or price == old.get(label):
            continue
        yield Finding(
            code=f"unusual:{label}",
            severity=Severity.CONFIRM,
            what=f"“{label}” is {_number(price)} {counted}.",
            why=f"More than {_number(most)} {counted} is hardly ever meant.",
            mend=_MEND,
        )


def _prices(rate: Rate) -> dict[str, Decimal]:
    """By the names that the form has for them; a price for time is compared per hour."""
    energy = [one.price for one in rate.energy if one.price]
    found = {
        "Price per kWh, the highest": max(energy, default=Decimal(0)),
        "Price per kWh, the lowest": min(energy, default=Decimal(0)) if len(energy) > 1 else Decimal(0),
        "Connection fee": rate.connection_fee,
        "Processing fee": rate.processing_fee,
        "Processing, of the amount (%)": rate.processing_pct,
        "A session costs at least": rate.min_total or Decimal(0),
        "A session costs at most": rate.max_total or Decimal(0),
    }
    if rate.time is not None:
        found["Price for charging time, an hour"] = rate.time.price * (1 if rate.time.is_hourly else 60)
    if rate.idle is not None:
        found |= {"Idle fee per minute": rate.idle.per_min, "Idle fee, at most": rate.idle.cap or Decimal(0)}
    return found


def _number(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.001')).normalize():f}"
