"""A rate in words, before anybody pays: energy first, then time, then the session, then the rest."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.models import RateVersion
from billing.templatetags.money import digits, price

_DAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


@dataclass(frozen=True, slots=True)
class PriceCard:
    """`energy` is a list of (price per kWh, when; empty: always); the rest are sentences, empty where there is none."""

    currency: str
    energy: list[tuple[str, str]]
    time: str
    idle: str
    connection: str
    processing: str
    least: str
    most: str
    tax: str
    has_times: bool
    """Some price depends on the time of day, which is the site's."""

    @property
    def beside_energy(self) -> list[str]:
        """All else that can be charged, in the order of AFIR (EU 2023/1804, Art. 5): minute, session, other."""
        told = (self.time, self.idle, self.connection, self.processing, self.least, self.most)
        return [sentence for sentence in told if sentence]


def of(version: RateVersion) -> PriceCard:
    """Every price that the version can charge for: energy first, then by the minute, the session, and the rest."""
    rate, currency = version.definition, version.rate.currency
    idle, bands = rate.get("idle"), rate["energy"]
    is_plain = len(bands) == 1 and not set(bands[0]) - {"name", "price"}
    return PriceCard(
        currency=currency,
        energy=[
            (_("%(price)s per kWh") % {"price": price(band["price"], currency)}, "" if is_plain else _when(band))
            for band in bands
        ],
        time=_time(rate.get("time"), currency),
        idle=_idle(idle, currency) if idle else _("Staying plugged in after charging costs nothing."),
        connection=_connection(rate, currency),
        processing=_processing(rate, currency),
        least=_fee(_("A session costs at least %(price)s."), rate.get("min_total"), currency),
        most=_fee(_("A session costs at most %(price)s."), rate.get("max_total"), currency),
        tax=_tax(rate.get("tax")),
        has_times=any(band.get("from") or band.get("to") for band in bands) or bool((idle or {}).get("free_windows")),
    )


def _when(band: dict[str, object]) -> str:
    days = band.get("days")
    parts = [", ".join(str(WEEKDAYS_ABBR[_DAYS.index(str(day))]) for day in days)] if isinstance(days, list) else []
    if band.get("from") or band.get("to"):
        span = {"begin": band.get("from", "00:00"), "end": band.get("to", "24:00")}
        parts.append(_("%(begin)s to %(end)s") % span)
    parts += [*_dates(band), *_tier(band)]
    return " ".join(parts) or str(band.get("name", ""))


def _dates(band: dict[str, object]) -> Iterator[str]:
    begin, end = (
        date_format(date.fromisoformat(str(band[key])), "SHORT_DATE_FORMAT") if band.get(key) else ""
        for key in ("from_date", "to_date")
    )
    if begin and end:
        yield _("%(begin)s to %(end)s") % {"begin": begin, "end": end}
    elif begin:
        yield _("from %(begin)s") % {"begin": begin}
    elif end:
        yield _("until %(end)s") % {"end": end}


def _tier(band: dict[str, object]) -> Iterator[str]:
    begin, end = (digits(str(band[key])) if band.get(key) else "" for key in ("from_kwh", "to_kwh"))
    if begin and begin != "0" and end:
        yield _("from %(begin)s to %(end)s kWh") % {"begin": begin, "end": end}
    elif end:
        yield _("for the first %(end)s kWh") % {"end": end}
    elif begin:
        yield _("above %(begin)s kWh") % {"begin": begin}


def _time(time: dict[str, object] | None, currency: str) -> str:
    if not time:
        return ""
    hourly, each = time.get("per_hour"), price(str(time.get("per_hour") or time.get("per_min")), currency)
    if time.get("cap"):
        sentence = (
            _("%(price)s per hour of charging, at most %(cap)s.")
            if hourly
            else _("%(price)s per minute of charging, at most %(cap)s.")
        )
        return sentence % {"price": each, "cap": price(str(time["cap"]), currency)}
    sentence = _("%(price)s per hour of charging.") if hourly else _("%(price)s per minute of charging.")
    return sentence % {"price": each}


def _connection(rate: dict[str, object], currency: str) -> str:
    return _fee(_("%(price)s to connect."), rate.get("connection_fee"), currency)


def _processing(rate: dict[str, object], currency: str) -> str:
    """Nothing where the host bears it: the guest never meets it."""
    if rate.get("processing_paid_by") == "host":
        return ""
    percent, fixed = str(rate.get("processing_pct") or "0"), rate.get("processing_fee")
    if not Decimal(percent):
        return _fee(_("%(price)s for processing the payment."), fixed, currency)
    values = {"percent": digits(percent)}
    if fixed and Decimal(str(fixed)):
        values["price"] = price(str(fixed), currency)
        return _("%(price)s and %(percent)s %% of the amount for processing the payment.") % values
    return _("%(percent)s %% of the amount for processing the payment.") % values


def _fee(sentence: str, amount: object, currency: str) -> str:
    return sentence % {"price": price(str(amount), currency)} if amount and Decimal(str(amount)) else ""


def _idle(idle: dict[str, object], currency: str) -> str:
    values = {"grace": idle.get("grace_min", 0), "fee": price(str(idle["per_min"]), currency)}
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
    return told if "guest" not in _exempt(idle) else _("Staying plugged in after charging costs nothing.")


def _exempt(idle: dict[str, object]) -> list[object]:
    found = idle.get("exempt_audiences")
    return found if isinstance(found, list) else []


def _tax(tax: object) -> str:
    if not isinstance(tax, dict):
        return _("No tax is added.")
    if tax.get("mode") == "inclusive":
        return _("Tax is included.")
    return _("Tax is added at the end and shown on the receipt.")
