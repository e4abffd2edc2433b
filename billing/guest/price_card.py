"""A rate in words, before anybody pays: energy first, then connecting, then what staying costs."""

from dataclasses import dataclass

from billing.models import RateVersion
from billing.rating.money import EXPONENTS
from billing.templatetags.money import price

_DAYS = {"MON": "Mon", "TUE": "Tue", "WED": "Wed", "THU": "Thu", "FRI": "Fri", "SAT": "Sat", "SUN": "Sun"}


@dataclass(frozen=True, slots=True)
class PriceCard:
    """`energy` is a list of (price per kWh, when); the rest are sentences, empty where there is nothing to pay."""

    currency: str
    energy: list[tuple[str, str]]
    connection: str
    idle: str
    processing: str
    tax: str


def of(version: RateVersion) -> PriceCard:
    """Every price that the version can charge for, in the order that the guest meets it."""
    rate, currency = version.definition, version.rate.currency
    idle, tax = rate.get("idle"), rate.get("tax")
    return PriceCard(
        currency=currency,
        energy=[(f"{price(band['price'], currency)} per kWh", _when(band)) for band in rate["energy"]],
        connection=_amount(rate.get("connection_fee"), currency, "to connect"),
        idle=_idle(idle, currency) if idle else "Staying plugged in after charging costs nothing.",
        processing=_amount(rate.get("processing_fee"), currency, "for processing the payment"),
        tax=_tax(tax),
    )


def _when(band: dict[str, object]) -> str:
    days = band.get("days")
    parts = [", ".join(_DAYS[str(day)] for day in days)] if isinstance(days, list) else []
    if band.get("from") or band.get("to"):
        parts.append(f"{band.get('from', '00:00')} to {band.get('to', '24:00')}")
    return " ".join(parts) or str(band.get("name", ""))


def _amount(amount: object, currency: str, what: str) -> str:
    return f"{price(str(amount), currency)} {what}." if amount and float(str(amount)) else ""


def _idle(idle: dict[str, object], currency: str) -> str:
    cap = f", at most {price(str(idle['cap']), currency)}" if idle.get("cap") else ""
    fee = price(str(idle["per_min"]), currency)
    told = f"After charging ends: {idle['grace_min']} minutes free, then {fee} per minute{cap}."
    windows = idle.get("free_windows")
    if isinstance(windows, list) and windows:
        told += " Free " + " and ".join(f"from {begin} to {end}" for begin, end in windows) + "."
    return told


def _tax(tax: object) -> str:
    if not isinstance(tax, dict):
        return "No tax is added."
    return "Tax is included." if tax.get("mode") == "inclusive" else "Tax is added at the end and shown on the receipt."


def hold_minor(version: RateVersion, *, max_power_w: int | None) -> int:
    """How much is held on the card: 40 units of the currency, 80 at a fast charger; only what is used is taken."""
    units = 80 if (max_power_w or 0) > 43_000 else 40
    exponent = EXPONENTS[version.rate.currency]
    return units * int(10**exponent) * (100 if exponent == 0 else 1)
