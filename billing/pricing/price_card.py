"""Describes a rate before the payment: energy first, then time, then the session, then the rest.

All prices include tax, as billed; a driver's plan discounts are deducted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.engine.rate import tariff
from billing.engine.rate.tariff import Component, Rate, TaxMode
from billing.formatting.money import digits, format_unit_price, kwh, price, rate_digits
from billing.models import RateVersion
from billing.pricing import benefits
from chargers.lib.i18n import mark

USUAL_NAMES: Final = (
    mark("all day"), mark("other times"), mark("day"), mark("night"), mark("evening"), mark("weekend"), mark("peak"),
    mark("off-peak"),
)  # fmt: skip
"""Usual names of energy prices, which are translated; other names are shown unchanged."""
_DAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


class EnergyPrice(NamedTuple):
    """A price per kWh, and when it applies; empty: always. `is_now` is set if the rate has other prices, too."""

    amount: str
    when: str
    is_now: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When, and after how much energy of the session, a card is read."""

    at: datetime
    zone: ZoneInfo
    energy_wh: int = 0


@dataclass(frozen=True, slots=True)
class PriceCard:
    """The energy prices, and sentences, which may be empty."""

    currency: str
    energy: list[EnergyPrice]
    time: str
    idle: str
    connection: str
    processing: str
    least: str
    most: str
    tax: str
    has_times: bool
    """Whether some price depends on the site's time of day."""
    unbilled: str = ""
    """Up to which energy a session costs nothing."""
    plan: str = ""
    """The plan's effect on these prices."""

    @property
    def beside_energy(self) -> list[str]:
        """Returns all other charges, in the order of AFIR (EU 2023/1804, Art. 5): minute, session, other."""
        sentences = (self.time, self.idle, self.connection, self.processing, self.least, self.most, self.unbilled)
        return [sentence for sentence in sentences if sentence]

    @property
    def text(self) -> str:
        """Returns the whole card as sentences, energy first."""
        energy = "; ".join(" ".join(filter(None, (price.amount, price.when))) for price in self.energy)
        parts = (energy, *self.beside_energy, self.tax)
        return " ".join(part if part.endswith((".", "!", "?")) else f"{part}." for part in parts if part)


def build(
    version: RateVersion,
    *,
    moment: Moment | None = None,
    plan: Mapping[str, Any] | None = None,
    left_wh: int | None = None,
) -> PriceCard:
    """Returns every price that the version can charge, and which one applies at a moment.

    `plan` is what `benefits.granted` froze, `left_wh` its remaining energy; None: two queries look it up.
    """
    currency = version.rate.currency
    applied_plan = benefits.preview_rate(plan, version.definition, currency=currency) if plan else None
    definition = applied_plan.definition if applied_plan else dict(version.definition)
    rate = tariff.parse_rate(definition, currency=currency)
    billed = _apply_discount_and_tax(
        definition, rate=rate, discount_pct=applied_plan.engine.member_discount_pct if applied_plan else Decimal(0)
    )
    idle, bands = billed.get("idle"), billed["energy"]
    is_plain = len(bands) == 1 and not set(bands[0]) - {"name", "price"}
    current = _band_now(rate, moment) if moment and len(bands) > 1 else None
    return PriceCard(
        currency=currency,
        energy=[
            EnergyPrice(
                _("%(price)s per kWh") % {"price": price(band["price"], currency)},
                "" if is_plain else _describe_band_times(band),
                index == current,
            )
            for index, band in enumerate(bands)
        ],
        time=_time(billed.get("time"), currency),
        idle=_idle(idle, currency) if idle else _("Staying plugged in after charging costs nothing."),
        connection=_connection(billed, currency),
        processing=_processing(billed, currency, is_before_tax=_is_mixed(rate)),
        least=_bound(billed, "min_total", currency=currency, is_before_tax=_is_mixed(rate)),
        most=_bound(billed, "max_total", currency=currency, is_before_tax=_is_mixed(rate)),
        tax=_tax(rate),
        unbilled=_describe_min_billable(rate),
        has_times=any(band.get("from") or band.get("to") for band in bands) or _has_fee_times(billed),
        plan=_plan(plan, left_wh=applied_plan.engine.included_wh if left_wh is None else left_wh)
        if plan and applied_plan
        else "",
    )


def _apply_discount_and_tax(definition: dict[str, Any], *, rate: Rate, discount_pct: Decimal) -> dict[str, Any]:
    """Returns the definition with prices as billed: less the plan's discount, and with tax where it is added."""
    billed = dict(definition)
    of_plan = (100 - discount_pct) / 100
    billed["energy"] = [
        band
        | {"price": _format_taxed_price(Decimal(str(band["price"])) * of_plan, rate=rate, component=Component.ENERGY)}
        for band in definition["energy"]
    ]
    for part, component, keys in (
        ("time", Component.TIME, ("per_hour", "per_min", "cap")),
        ("idle", Component.IDLE, ("per_min", "cap")),
    ):
        if definition.get(part):
            fees = {key: _format_taxed_price(definition[part].get(key), rate=rate, component=component) for key in keys}
            billed[part] = definition[part] | {key: fee for key, fee in fees.items() if fee is not None}
    for key, component in (("connection_fee", Component.CONNECTION), ("processing_fee", Component.PROCESSING)):
        billed[key] = _format_taxed_price(definition.get(key), rate=rate, component=component)
    if not _is_mixed(rate):
        for key in ("min_total", "max_total"):
            billed[key] = _format_taxed_price(definition.get(key), rate=rate, component=Component.ENERGY)
    return billed


def _format_taxed_price(amount: Any, *, rate: Rate, component: Component) -> str | None:
    if amount is None:
        return None
    return format_unit_price(rate.taxes.with_tax(Decimal(str(amount)), component=component))


def _is_mixed(rate: Rate) -> bool:
    """Whether components are taxed at different percentages: a limit of the sum can then only be stated before tax."""
    return rate.taxes.mode is TaxMode.EXCLUSIVE and len(_percentages(rate)) > 1


def _percentages(rate: Rate) -> list[Decimal]:
    """Returns the tax percentages of what the rate charges, smallest first; 0 for an untaxed part."""
    charged = {Component.ENERGY}
    charged |= {Component.CONNECTION} if rate.connection_fee else set()
    charged |= {Component.TIME} if rate.time else set()
    charged |= {Component.IDLE} if rate.idle else set()
    charged |= {Component.PROCESSING} if rate.processing_fee or rate.processing_pct else set()
    return sorted({rate.taxes.percentage(component) for component in charged})


def _band_now(rate: Rate, moment: Moment) -> int | None:
    """Returns the index of the energy price that applies; None in a gap of the rate."""
    local = moment.at.astimezone(moment.zone)
    indexes = rate.energy_lookup()(local.weekday(), local.hour * 60 + local.minute, local.date())
    return next((index for index in indexes if rate.energy[index].prices(Fraction(moment.energy_wh))), None)


def _plan(plan: Mapping[str, Any], *, left_wh: int) -> str:
    """Returns which plan applies, its remaining energy, and its discount."""
    if "stay" in plan:
        return _describe_stay_plan(plan, left_wh=left_wh)
    values = {"plan": plan["plan"], "left": kwh(left_wh), "percent": rate_digits(plan["discount_pct"])}
    parts = [_("With your plan “%(plan)s”.") % values]
    if plan.get("included_wh"):
        parts.append(_("%(left)s kWh of its energy are left and cost nothing more.") % values)
    if Decimal(str(plan["discount_pct"])):
        parts.append(_("Its discount of %(percent)s %% on energy is in the prices above.") % values)
    return " ".join(parts)


def _describe_stay_plan(plan: Mapping[str, Any], *, left_wh: int) -> str:
    """Returns what is included in a booking: “12.4 of 40 kWh included in your stay are left.”"""
    values = {
        "left": _format_kwh(left_wh),
        "all": _format_kwh(int(plan["included_wh"])),
        "percent": rate_digits(plan["discount_pct"]),
    }
    parts = []
    if plan.get("included_wh"):
        is_daily = str(plan["period"]).count(":") > 1
        pattern = (
            _("%(left)s of %(all)s kWh that your stay includes each day are left.")
            if is_daily
            else _("%(left)s of %(all)s kWh that your stay includes are left.")
        )
        parts.append(pattern % values)
    if Decimal(str(plan["discount_pct"])):
        parts.append(_("Guests of the house pay %(percent)s %% less for energy: it is in the prices above.") % values)
    return " ".join(parts)


def _format_kwh(wh: int) -> str:
    """Returns kilowatt-hours with at most one decimal: 12.4, 40."""
    tenths = wh // 100
    return rate_digits(f"{tenths // 10}.{tenths % 10}" if tenths % 10 else f"{tenths // 10}")


def _describe_band_times(band: dict[str, object]) -> str:
    days = band.get("days")
    parts = [", ".join(str(WEEKDAYS_ABBR[_DAYS.index(str(day))]) for day in days)] if isinstance(days, list) else []
    if band.get("from") or band.get("to"):
        span = {"begin": band.get("from", "00:00"), "end": band.get("to", "24:00")}
        parts.append(_("%(begin)s to %(end)s") % span)
    parts += [*_dates(band), *_tier(band)]
    return " ".join(parts) or _(str(band.get("name", "")))


def _has_fee_times(definition: Mapping[str, Any]) -> bool:
    fees = [
        definition.get("connection_windows"),
        *_windows_of(definition.get("time")),
        *_windows_of(definition.get("idle")),
    ]
    return any(fees)


def _windows_of(fee: Mapping[str, Any] | None) -> tuple[Any, Any]:
    return (fee or {}).get("windows"), (fee or {}).get("free_windows")


def _describe_fee_windows(windows: object) -> str:
    """Returns when a fee applies, as a sentence to append; empty: always."""
    if not isinstance(windows, list) or not windows:
        return ""
    return " " + _("Only %(spans)s.") % {"spans": ", ".join(_describe_band_times(window) for window in windows)}


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
    hourly, unit_price = time.get("per_hour"), price(str(time.get("per_hour") or time.get("per_min")), currency)
    if time.get("cap"):
        sentence = (
            _("%(price)s per hour of charging, at most %(cap)s.")
            if hourly
            else _("%(price)s per minute of charging, at most %(cap)s.")
        )
        return sentence % {"price": unit_price, "cap": price(str(time["cap"]), currency)} + _describe_fee_windows(
            time.get("windows")
        )
    sentence = _("%(price)s per hour of charging.") if hourly else _("%(price)s per minute of charging.")
    return sentence % {"price": unit_price} + _describe_fee_windows(time.get("windows"))


def _connection(rate: dict[str, object], currency: str) -> str:
    sentence = _fee(_("%(price)s to connect."), rate.get("connection_fee"), currency)
    return sentence and sentence + _describe_fee_windows(rate.get("connection_windows"))


def _processing(rate: dict[str, object], currency: str, *, is_before_tax: bool) -> str:
    """Describes the processing fee; empty if the host bears it, because the guest never sees it then.

    The share is of the other amounts, without the fixed fee; where taxes differ it can only be stated before tax.
    """
    if rate.get("processing_paid_by") == "host":
        return ""
    percent, fixed = str(rate.get("processing_pct") or "0"), rate.get("processing_fee")
    if not Decimal(percent):
        return _fee(_("%(price)s for processing the payment."), fixed, currency)
    values = {"percent": rate_digits(percent)}
    if fixed and Decimal(str(fixed)):
        values["price"] = price(str(fixed), currency)
        if is_before_tax:
            return (
                _("%(price)s and %(percent)s %% of the other amounts before tax, plus tax, for processing the payment.")
                % values
            )
        return _("%(price)s and %(percent)s %% of the other amounts for processing the payment.") % values
    if is_before_tax:
        return _("%(percent)s %% of the amount before tax, plus tax, for processing the payment.") % values
    return _("%(percent)s %% of the amount for processing the payment.") % values


def _fee(sentence: str, amount: object, currency: str) -> str:
    return sentence % {"price": price(str(amount), currency)} if amount and Decimal(str(amount)) else ""


def _idle(idle: dict[str, object], currency: str) -> str:
    grace = int(str(idle.get("grace_min") or 0))
    values: dict[str, object] = {"grace": grace, "fee": price(str(idle["per_min"]), currency)}
    if idle.get("cap"):
        values["cap"] = price(str(idle["cap"]), currency)
    sentence = _idle_sentence(grace, is_capped=bool(idle.get("cap"))) % values
    windows = idle.get("free_windows")
    if isinstance(windows, list) and windows:
        spans = [_("from %(begin)s to %(end)s") % {"begin": begin, "end": end} for begin, end in windows]
        sentence += " " + _("Free %(spans)s.") % {"spans": ", ".join(spans)}
    sentence += _describe_fee_windows(idle.get("windows"))
    if idle.get("only_after_notice"):
        sentence += " " + _("Only after you have been notified.")
    return (
        sentence
        if "guest" not in _list_exempt_audiences(idle)
        else _("Staying plugged in after charging costs nothing.")
    )


def _list_exempt_audiences(idle: dict[str, object]) -> list[object]:
    audiences = idle.get("exempt_audiences")
    return audiences if isinstance(audiences, list) else []


def _bound(rate: Mapping[str, Any], key: str, *, currency: str, is_before_tax: bool) -> str:
    if key == "min_total":
        sentence = (
            _("A session costs at least %(price)s before tax.")
            if is_before_tax
            else _("A session costs at least %(price)s.")
        )
    else:
        sentence = (
            _("A session costs at most %(price)s before tax.")
            if is_before_tax
            else _("A session costs at most %(price)s.")
        )
    return _fee(sentence, rate.get(key), currency)


def _describe_min_billable(rate: Rate) -> str:
    """Returns the sentence on the least energy that is billed (`rating.price`). A session without energy is
    never billed.
    """
    if rate.min_billable_wh <= 1:
        return _("A session in which no energy flows costs nothing.")
    least = digits(Decimal(rate.min_billable_wh).scaleb(-3).normalize())
    return _("A session of less than %(least)s kWh costs nothing.") % {"least": least}


def _tax(rate: Rate) -> str:
    percentages = _percentages(rate)
    least, highest_pct = percentages[0], percentages[-1]
    if not highest_pct:
        return _("Tax is included.") if rate.taxes.mode is TaxMode.INCLUSIVE else _("No tax is added.")
    if least != highest_pct:
        values = {"least": rate_digits(least), "most": rate_digits(highest_pct)}
        return _("Tax is included: %(least)s %% to %(most)s %%, depending on the item.") % values
    return _("Tax of %(percent)s %% is included.") % {"percent": rate_digits(highest_pct)}


def _idle_sentence(grace: int, *, is_capped: bool) -> str:
    if not grace and is_capped:
        return _("After charging ends: %(fee)s per minute, at most %(cap)s.")
    if not grace:
        return _("After charging ends: %(fee)s per minute.")
    if is_capped:
        return ngettext(
            "After charging ends: %(grace)s minute free, then %(fee)s per minute, at most %(cap)s.",
            "After charging ends: %(grace)s minutes free, then %(fee)s per minute, at most %(cap)s.",
            grace,
        )
    return ngettext(
        "After charging ends: %(grace)s minute free, then %(fee)s per minute.",
        "After charging ends: %(grace)s minutes free, then %(fee)s per minute.",
        grace,
    )
