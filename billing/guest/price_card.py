"""A rate in words, before anybody pays: energy first, then connecting, then what staying costs."""

from dataclasses import dataclass
from typing import Final

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from billing.models import RateVersion
from billing.templatetags.money import price

_DAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


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
    """Every price that the version can charge for, in the order that the guest meets it and in their language."""
    rate, currency = version.definition, version.rate.currency
    idle, tax = rate.get("idle"), rate.get("tax")
    return PriceCard(
        currency=currency,
        energy=[
            (_("%(price)s per kWh") % {"price": price(band["price"], currency)}, _when(band)) for band in rate["energy"]
        ],
        connection=_fee(_("%(price)s to connect."), rate.get("connection_fee"), currency),
        idle=_idle(idle, currency) if idle else _("Staying plugged in after charging costs nothing."),
        processing=_fee(_("%(price)s for processing the payment."), rate.get("processing_fee"), currency),
        tax=_tax(tax),
    )


def _when(band: dict[str, object]) -> str:
    days = band.get("days")
    parts = [", ".join(str(WEEKDAYS_ABBR[_DAYS.index(str(day))]) for day in days)] if isinstance(days, list) else []
    if band.get("from") or band.get("to"):
        span = {"begin": band.get("from", "00:00"), "end": band.get("to", "24:00")}
        parts.append(_("%(begin)s to %(end)s") % span)
    return " ".join(parts) or str(band.get("name", ""))


def _fee(sentence: str, amount: object, currency: str) -> str:
    return sentence % {"price": price(str(amount), currency)} if amount and float(str(amount)) else ""


def _idle(idle: dict[str, object], currency: str) -> str:
    values = {"grace": idle["grace_min"], "fee": price(str(idle["per_min"]), currency)}
    if idle.get("cap"):
        sentence = _("After charging ends: %(grace)s minutes free, then %(fee)s per minute, at most %(cap)s.")
        values["cap"] = price(str(idle["cap"]), currency)
    else:
        sentence = _("After charging ends: %(grace)s minutes free, then %(fee)s per minute.")
    told = sentence % values
    windows = idle.get("free_windows")
    if isinstance(windows, list) and windows:
        spans = [_("from %(begin)s to %(end)s") % {"begin": begin, "end": end} for begin, end in windows]
        told += " " + _("Free %(spans)s.") % {"spans": ", ".join(spans)}
    return told


def _tax(tax: object) -> str:
    if not isinstance(tax, dict):
        return _("No tax is added.")
    if tax.get("mode") == "inclusive":
        return _("Tax is included.")
    return _("Tax is added at the end and shown on the receipt.")
