"""How much is held before charging, and why: enough for so much energy at the highest price, within two limits.

What a property or its host does not say of its own (`HoldPolicy`) are the installation's settings HOLD_*.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Any, Final

from django.conf import settings

from billing.models import HoldPolicy, RateVersion
from billing.rating import money
from chargers.models import Property
from chargers.wording import mark

FAST_ABOVE_W: Final = 43_000
"""More than the strongest alternating current of a type 2 connector: what takes more energy in one stay."""
_USUAL_W: Final = 11_000
"""What a car takes where nobody has said what the port gives."""
COVERS: Final = mark("Enough for %(energy)s kWh at the highest price, with all fees: %(estimate)s.")
LEAST: Final = mark("At least %(held)s is held here; %(energy)s kWh with all fees would come to %(estimate)s.")
MOST: Final = mark("At most %(held)s is held here, though %(energy)s kWh with all fees would come to %(estimate)s.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What is to be held; `reason` says why, in English. `extends`: near the limit the same is held once more."""

    amount_minor: int
    reason: str
    extends: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    energy_kwh: int
    least_minor: int
    most_minor: int
    extends: bool


def of(version: RateVersion, *, place: Property, max_power_w: int | None) -> Size:
    """Two queries at most."""
    currency = version.rate.currency
    terms = _terms(place, currency=currency, is_fast=(max_power_w or 0) > FAST_ABOVE_W)
    cost = _estimate(version.definition, energy_kwh=terms.energy_kwh, power_w=max_power_w or _USUAL_W)
    estimate = _whole(cost, currency=currency)
    amount = max(min(estimate, terms.most_minor), terms.least_minor)
    sentence = COVERS if amount == estimate else LEAST if amount > estimate else MOST
    values = {
        "energy": terms.energy_kwh,
        "estimate": money.text(estimate, currency=currency),
        "held": money.text(amount, currency=currency),
    }
    return Size(amount_minor=amount, reason=sentence % values, extends=terms.extends)


def extends(place: Property) -> bool:
    """Whether near the limit the same is held once more, rather than charging ended."""
    return _at_limit(_policies(place)) == HoldPolicy.AtLimit.EXTEND


def _terms(place: Property, *, currency: str, is_fast: bool) -> _Terms:
    found = _policies(place)
    standard = settings.HOLD_FAST if is_fast else settings.HOLD

    def said(name: str, otherwise: int) -> int:
        return next((value for one in found if (value := getattr(one, name)) is not None), otherwise)

    least = said("least_minor", _major(standard["least"], currency=currency))
    most = said("most_minor", _major(standard["most"], currency=currency))
    return _Terms(
        energy_kwh=said("energy_kwh", standard["energy_kwh"]),
        least_minor=least,
        most_minor=max(most, least),
        extends=_at_limit(found) == HoldPolicy.AtLimit.EXTEND,
    )


def _policies(place: Property) -> list[HoldPolicy]:
    """The property's own, then its host's."""
    rows = HoldPolicy.objects.filter(host=place.host_id)
    return sorted((row for row in rows if row.property_id in {None, place.pk}), key=lambda row: row.property_id is None)


def _at_limit(found: list[HoldPolicy]) -> str:
    return found[0].at_limit if found else str(settings.HOLD_AT_LIMIT)


def _estimate(rate: dict[str, Any], *, energy_kwh: int, power_w: int) -> Fraction:
    """In major units: energy at the highest price, the time that it takes at the port's power, connecting and
    processing, within what a session costs at least and at most, each with its tax where tax is added."""
    highest = max((Decimal(str(window["price"])) for window in rate["energy"]), default=Decimal(0))
    parts = {
        "energy": Fraction(highest) * energy_kwh,
        "time": _time(rate.get("time") or {}, hours=Fraction(energy_kwh * 1000, power_w)),
        "connection": _number(rate, "connection_fee"),
    }
    if rate.get("processing_paid_by") != "host":
        shared = sum(parts.values(), Fraction(0)) * _number(rate, "processing_pct") / 100
        parts["processing"] = _number(rate, "processing_fee") + shared
    tax = rate.get("tax") or {}
    added = tax.get("rates", {}) if tax.get("mode") == "exclusive" else {}
    whole = sum(parts.values(), Fraction(0))
    taxed = sum((part * (1 + _number(added, kind) / 100) for kind, part in parts.items()), Fraction(0))
    bounded = max(whole, _number(rate, "min_total"))
    if rate.get("max_total") is not None:
        bounded = min(bounded, _number(rate, "max_total"))
    return taxed * bounded / whole if whole else bounded


def _time(fee: dict[str, Any], *, hours: Fraction) -> Fraction:
    found = _number(fee, "per_hour") * hours + _number(fee, "per_min") * hours * 60
    return min(found, _number(fee, "cap")) if fee.get("cap") is not None else found


def _number(values: dict[str, Any], name: str) -> Fraction:
    return Fraction(Decimal(str(values.get(name) or 0)))


def _whole(amount: Fraction, *, currency: str) -> int:
    """Rounded up to a whole unit of the currency, as people hold it in mind."""
    unit = _major(1, currency=currency)
    return ceil(money.exact_minor(amount, currency=currency) / unit) * unit


def _major(units: int, *, currency: str) -> int:
    """Whole units in minor ones. Where the currency has no smaller coins, a unit is a hundred of them."""
    exponent = money.EXPONENTS[currency]
    return units * (10**exponent if exponent else 100)
