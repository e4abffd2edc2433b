"""The rows of a receipt before rounding: what was used, at which price, and why."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from billing.rating import money, units
from billing.rating.charging import ChargingTime
from billing.rating.facts import Benefits
from billing.rating.idle import IdleStretch
from billing.rating.periods import BilledEnergy, EnergyPeriod, EstimatedSplit
from billing.rating.report import IdleTime, Line, Unit
from billing.rating.tariff import Component, EnergyWindow, IdleFee, Rate, TimeFee
from billing.rating.wall_clock import local_text
from chargers.wording import mark

NO_PRICE: Final = mark("no price set")
_SPANS_NAMED: Final = 4


def energy_line(
    rate: Rate,
    *,
    energy: BilledEnergy,
    benefits: Benefits,
    splits: tuple[EstimatedSplit, ...],
    zone: ZoneInfo,
) -> Line:
    """Energy of one window; included energy and energy in a gap of the rate are shown and cost nothing."""
    entry = None if energy.is_included or energy.window is None else rate.energy[energy.window]
    full_price = entry.price if entry else Decimal(0)
    unit_price = full_price * (100 - benefits.member_discount_pct) / 100 if benefits.member_discount_pct else full_price
    touching = [split for split in splits if any(split.at in (p.start, p.end) for p in energy.periods)]
    reasons = [f"{units.kwh(energy.energy_wh)} kWh flowed {_spans_text(energy.periods, zone=zone)}."]
    reasons += _tier_reason(entry) if entry else ()
    reasons += _price_reasons(energy, rate=rate, discount_pct=benefits.member_discount_pct)
    reasons += [_split_text(split, zone=zone) for split in touching]
    return Line(
        component=Component.ENERGY,
        label=entry.name if entry else mark("included in the plan") if energy.is_included else NO_PRICE,
        quantity=units.kwh(energy.energy_wh),
        unit=Unit.KWH,
        unit_price=unit_price,
        exact=money.exact_minor(unit_price, currency=rate.currency) * energy.energy_wh / 1000,
        amount_minor=0,
        tax_pct=rate.taxes.percentage(Component.ENERGY),
        reason=" ".join(reasons),
        is_estimated=bool(touching),
    )


def time_line(rate: Rate, *, fee: TimeFee, lasted: ChargingTime, zone: ZoneInfo) -> Iterator[Line]:
    if not lasted.minutes or not fee.price:
        return
    each = money.exact_minor(fee.price, currency=rate.currency)
    uncapped = each * Fraction(lasted.minutes, 60 if fee.is_hourly else 1)
    cap = uncapped if fee.cap is None else money.exact_minor(fee.cap, currency=rate.currency)
    began, ended = (local_text(at, zone=zone) for at in (lasted.began_at, lasted.ended_at))
    reasons = [f"Energy flowed from {began} to {ended}."]
    if lasted.paused:
        reasons.append(f"Of that {units.duration_text(lasted.paused)} without charging do not count.")
    reasons.append(f"{lasted.minutes} {fee.count} minutes at {fee.price} {rate.currency} {_per(fee)}.")
    if cap < uncapped:
        reasons.append(f"The price for time is at most {fee.cap} {rate.currency} a session.")
    yield Line(
        component=Component.TIME,
        label=mark("charging time"),
        quantity=round(Decimal(lasted.minutes) / 60, 4) if fee.is_hourly else Decimal(lasted.minutes),
        unit=Unit.HOUR if fee.is_hourly else Unit.MINUTE,
        unit_price=fee.price,
        exact=min(uncapped, cap),
        amount_minor=0,
        tax_pct=rate.taxes.percentage(Component.TIME),
        reason=" ".join(reasons),
        is_capped=cap < uncapped,
    )


def _per(fee: TimeFee) -> str:
    return "per hour" if fee.is_hourly else "per minute"


def idle_line(
    rate: Rate, *, fee: IdleFee, stretches: tuple[IdleStretch, ...], told: IdleTime | None, zone: ZoneInfo
) -> Iterator[Line]:
    """None where there is nothing to bill; a waived one is shown and costs nothing, whatever the price is."""
    minutes = sum(stretch.minutes for stretch in stretches)
    if told is None or not minutes or not (fee.per_min or told.waiver):
        return
    each = Decimal(0) if told.waiver else fee.per_min
    uncapped = money.exact_minor(each, currency=rate.currency) * minutes
    cap = uncapped if fee.cap is None else money.exact_minor(fee.cap, currency=rate.currency)
    reasons = [_stretch_text(stretch, zone=zone) for stretch in stretches]
    reasons.append(told.waiver or f"{minutes} {fee.count} minutes at {fee.per_min} {rate.currency}.")
    if told.is_capped:
        reasons.append(f"The idle fee of a session is at most {fee.cap} {rate.currency}.")
    yield Line(
        component=Component.IDLE,
        label=mark("idle time"),
        quantity=Decimal(minutes),
        unit=Unit.MINUTE,
        unit_price=each,
        exact=min(uncapped, cap),
        amount_minor=0,
        tax_pct=rate.taxes.percentage(Component.IDLE),
        reason=" ".join(reasons),
        is_capped=told.is_capped,
    )


def idle_time(fee: IdleFee, *, stretches: tuple[IdleStretch, ...], currency: str, waiver: str = "") -> IdleTime | None:
    """All stretches together; None where the plug was never in without charging."""
    if not stretches:
        return None
    minutes = 0 if waiver else sum(stretch.minutes for stretch in stretches)
    uncapped = money.exact_minor(fee.per_min, currency=currency) * minutes
    return IdleTime(
        began_at=stretches[0].spans[0].start,
        ended_at=stretches[-1].spans[-1].end,
        grace=sum((stretch.grace for stretch in stretches), timedelta(0)),
        free=sum((stretch.free for stretch in stretches), timedelta(0)),
        out_of_contact=sum((stretch.out_of_contact for stretch in stretches), timedelta(0)),
        withheld=sum((stretch.withheld for stretch in stretches), timedelta(0)),
        billed_minutes=minutes,
        grace_min=fee.grace_min,
        per_min=fee.per_min,
        cap=fee.cap,
        is_capped=fee.cap is not None and money.exact_minor(fee.cap, currency=currency) < uncapped,
        waiver=waiver,
        count=fee.count,
    )


def _price_reasons(energy: BilledEnergy, *, rate: Rate, discount_pct: Decimal) -> Iterator[str]:
    if energy.is_included:
        yield "It is the first energy of the session, and the allowance of the plan covers it."
    elif energy.window is None:
        yield "The rate names no price for this time, so it costs nothing."
    elif discount_pct:
        full = rate.energy[energy.window].price
        yield f"Members pay {discount_pct} % less than {full} {rate.currency} per kWh."


def _tier_reason(entry: EnergyWindow) -> Iterator[str]:
    """Which part of the session's energy the price is for."""
    begin, end = units.decimal_text(Fraction(entry.from_wh, 1000)), None
    if entry.to_wh is not None:
        end = units.decimal_text(Fraction(entry.to_wh, 1000))
    if entry.from_wh and end:
        yield f"This price is for the energy of a session from {begin} to {end} kWh."
    elif entry.from_wh:
        yield f"This price is for the energy of a session above {begin} kWh."
    elif end:
        yield f"This price is for the first {end} kWh of a session."


def _spans_text(periods: tuple[EnergyPeriod, ...], *, zone: ZoneInfo) -> str:
    named = [
        f"from {local_text(period.start, zone=zone)} to {local_text(period.end, zone=zone)}"
        for period in periods[:_SPANS_NAMED]
    ]
    more = len(periods) - len(named)
    return ", ".join(named) + (f" and in {more} more spans" if more else "")


def _split_text(split: EstimatedSplit, *, zone: ZoneInfo) -> str:
    before, after = (local_text(read, zone=zone) for read in (split.read_before, split.read_after))
    return (
        f"Estimated: the split at {local_text(split.at, zone=zone)} is in proportion to time between the readings of "
        f"{before} and {after}."
    )


def _stretch_text(stretch: IdleStretch, *, zone: ZoneInfo) -> str:
    began, ended = (local_text(at, zone=zone) for at in (stretch.spans[0].start, stretch.spans[-1].end))
    parts = (
        ("of grace", stretch.grace),
        ("of free time", stretch.free),
        ("out of contact", stretch.out_of_contact),
        ("in which power was withheld by the site's limit", stretch.withheld),
    )
    spared = "".join(f", {units.duration_text(spent)} {what}" for what, spent in parts if spent)
    return f"Plugged in without charging from {began} to {ended}{spared}."


def rounded(drafts: tuple[Line, ...]) -> tuple[int, tuple[int, ...]]:
    """The subtotal, rounded once, and the amounts of the lines that add up to it."""
    exacts = [line.exact for line in drafts]
    subtotal = money.round_half_away(sum(exacts, Fraction(0)))
    return subtotal, money.apportion(exacts, total=subtotal)
