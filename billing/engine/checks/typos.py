"""Finds prices that look mistyped: far from those of the last version, or from usual prices. Pure.

They are saved once a person confirms them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from billing.engine.checks import example, linting
from billing.engine.checks.linting import Finding, Severity
from billing.engine.rate.tariff import Component, Rate
from billing.engine.values import money

_JUMP: Final = 10
"""A shift by one decimal place."""
_LIMIT: Final = {
    "Price per kWh, the highest": 5,
    "Price for charging time, an hour": 60,
    "Charging time, at most": 500,
    "Connection fee": 20,
    "Processing fee": 20,
    "Idle fee per minute": 5,
    "Idle fee, at most": 500,
    "Minimum per session": 50,
    "Maximum per session": 1000,
}
"""The usual maximum of such a price, in everyday units of the currency."""
_MAX_PCT: Final = {"Processing, of the amount (%)": 10}
_MAX_TAX_PCT: Final = 30
_TAXES: Final = {
    Component.ENERGY: "Tax on energy (%)",
    Component.TIME: "Tax on charging time (%)",
    Component.IDLE: "Tax on the idle fee (%)",
    Component.CONNECTION: "Tax on the connection fee (%)",
    Component.PROCESSING: "Tax on the processing fee (%)",
}
_TYPICAL_WH: Final = 20_000
_REMEDY: Final = "Correct it, or tick “These prices are meant”."


def findings(rate: Rate, *, before: Rate | None) -> tuple[Finding, ...]:
    """Returns the findings that the last version, `before`, does not have; it is None for a new rate."""
    old = _prices(before) if before is not None and before.currency == rate.currency else {}
    return (
        *_check_price_jumps(_prices(rate), before=old, currency=rate.currency),
        *_check_unusual_prices(rate, before=old),
        *_low_maximum(rate, before=before),
        *_mixed_taxes(rate, before=before),
    )


def _check_price_jumps(
    prices: Mapping[str, Decimal], *, before: Mapping[str, Decimal], currency: str
) -> Iterator[Finding]:
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
            remedy=_REMEDY,
        )


def _check_unusual_prices(rate: Rate, *, before: Mapping[str, Decimal]) -> Iterator[Finding]:
    unit = money.everyday_unit(rate.currency)
    limits = {label: (limit * unit, rate.currency) for label, limit in _LIMIT.items()}
    limits |= {label: (Decimal(limit), "%") for label, limit in _MAX_PCT.items()}
    limits |= dict.fromkeys(_TAXES.values(), (Decimal(_MAX_TAX_PCT), "%"))
    prices = _prices(rate)
    for label, (limit, unit_label) in limits.items():
        price = prices.get(label)
        if price is None or price <= limit or price == before.get(label):
            continue
        yield Finding(
            code=f"unusual:{label}",
            severity=Severity.CONFIRM,
            what=f"“{label}” is {_number(price)} {unit_label}.",
            why=f"More than {_number(limit)} {unit_label} is hardly ever meant.",
            remedy=_REMEDY,
        )


def _low_maximum(rate: Rate, *, before: Rate | None) -> Iterator[Finding]:
    """Finds a maximum that a typical charge already exceeds."""
    if not rate.max_total or (before is not None and before.max_total == rate.max_total):
        return
    unbounded = replace(rate, min_total=None, max_total=None)
    typical = example.highest_price(_TYPICAL_WH, rate=unbounded, power_w=example.POWER_W).subtotal_minor
    if money.exact_minor(rate.max_total, currency=rate.currency) >= typical:
        return
    usual = money.text(typical, currency=rate.currency)
    yield Finding(
        code="unusual:Maximum per session",
        severity=Severity.CONFIRM,
        what=f"“Maximum per session” is {_number(rate.max_total)} {rate.currency}.",
        why=f"A typical charge of {_TYPICAL_WH // 1000} kWh comes to {usual}, so most sessions would reach it.",
        remedy=_REMEDY,
    )


def _mixed_taxes(rate: Rate, *, before: Rate | None) -> Iterator[Finding]:
    """Finds different taxes of parts, unless the last version had them on the same parts."""
    earlier_texts = (
        {finding.what for finding in linting.findings(before) if finding.code == "tax_on_some"} if before else set()
    )
    for mixed in linting.findings(rate):
        if mixed.code == "tax_on_some" and mixed.what not in earlier_texts:
            yield replace(
                mixed,
                severity=Severity.CONFIRM,
                remedy=f"{mixed.remedy} If it is meant, tick “These prices are meant”.",
            )


def _prices(rate: Rate) -> dict[str, Decimal]:
    """Returns the prices by their labels in the form; a price for time is compared per hour."""
    energy = [window.price for window in rate.energy if window.price]
    prices = {
        "Price per kWh, the highest": max(energy, default=Decimal(0)),
        "Price per kWh, the lowest": min(energy, default=Decimal(0)) if len(energy) > 1 else Decimal(0),
        "Connection fee": rate.connection_fee,
        "Processing fee": rate.processing_fee,
        "Processing, of the amount (%)": rate.processing_pct,
        "Minimum per session": rate.min_total or Decimal(0),
        "Maximum per session": rate.max_total or Decimal(0),
    }
    if rate.time is not None:
        prices["Price for charging time, an hour"] = rate.time.price * (1 if rate.time.is_hourly else 60)
        prices["Charging time, at most"] = rate.time.cap or Decimal(0)
    if rate.idle is not None:
        prices |= {"Idle fee per minute": rate.idle.per_min, "Idle fee, at most": rate.idle.cap or Decimal(0)}
    prices |= {label: rate.taxes.percentages.get(part, Decimal(0)) for part, label in _TAXES.items()}
    return prices


def _number(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.001')).normalize():f}"
