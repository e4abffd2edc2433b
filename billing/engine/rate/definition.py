"""A rate's definition with fees removed: those that a plan waives, or that a refund leaves out. Pure.

Only this module, `tariff`, which reads a definition, and the form that writes one know its keys.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from billing.engine.rate.tariff import TAXED

_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "connection": ("connection_fee",),
    "time": ("time",),
    "idle": ("idle",),
    "processing": ("processing_fee", "processing_pct"),
}
"""The keys of each kind of line, except energy, which every rate has."""


def refers_to_property(definition: Mapping[str, Any]) -> bool:
    """Whether its tax is the property's, so that it cannot be priced by itself."""
    return (definition.get("tax") or {}).get("of") == "property"


def apply_property_tax(definition: Mapping[str, Any], percentage: Decimal | str) -> dict[str, Any]:
    """Returns the definition with the property's tax on every part, or unchanged if it has its own percentages."""
    if not refers_to_property(definition):
        return dict(definition)
    rates = {str(part): str(percentage) for part in TAXED}
    return {**definition, "tax": {"mode": definition["tax"]["mode"], "rates": rates}}


@dataclass(frozen=True, slots=True, kw_only=True)
class WaivedFee:
    """A fee of a rate: an amount per session, a share of the sum, or an amount per minute of idle time."""

    fixed: str | None = None
    share_pct: str | None = None
    per_min: str | None = None


def waive(definition: Mapping[str, Any], kind: str) -> tuple[dict[str, Any], WaivedFee | None]:
    """Returns the definition without this fee, and the fee; None if the rate has none, or the host bears it."""
    if kind == "idle":
        return _waive_idle(definition)
    if kind == "processing" and definition.get("processing_paid_by") == "host":
        return dict(definition), None
    fees = {key: str(definition[key]) for key in _KEYS[kind] if Decimal(str(definition.get(key) or 0))}
    remainder = {key: value for key, value in definition.items() if key not in fees}
    if not fees:
        return remainder, None
    share = fees.pop("processing_pct", None)
    return remainder, WaivedFee(fixed=next(iter(fees.values()), None), share_pct=share)


def _waive_idle(definition: Mapping[str, Any]) -> tuple[dict[str, Any], WaivedFee | None]:
    """Sets the price of idle time to zero, so that it is still counted."""
    fee = definition.get("idle")
    if not fee or not Decimal(str(fee["per_min"])):
        return dict(definition), None
    return {**definition, "idle": {**fee, "per_min": "0"}}, WaivedFee(per_min=str(fee["per_min"]))


def drop_charges(definition: Mapping[str, Any], kinds: Collection[str]) -> dict[str, Any]:
    """Returns the definition without charges for these kinds of lines, and without a minimum that would charge them
    anyway.
    """
    dropped_keys = {"min_total", *(key for kind in kinds for key in _KEYS.get(kind, ()))}
    remainder = {key: value for key, value in definition.items() if key not in dropped_keys}
    if "energy" in kinds:
        remainder["energy"] = [window | {"price": "0"} for window in definition["energy"]]
    return remainder
