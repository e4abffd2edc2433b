"""The lines of a receipt before rounding: what was used, at which price, and why."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from billing.engine.charging import ChargingTime
from billing.engine.idle import IdleStretch, Span
from billing.engine.periods import BilledEnergy, EstimatedSplit
from billing.engine.rate.tariff import Component, EnergyWindow, IdleFee, MinuteCount, Rate, TimeFee
from billing.engine.reports import reasons
from billing.engine.reports.reasons import Code, English, PriceReason
from billing.engine.reports.report import IdleTime, PriceLine, Unit
from billing.engine.values import money, units
from billing.engine.values.facts import Benefits
from chargers.lib.i18n import mark

NO_PRICE: Final = mark("no price set")
_COUNTED: Final = {
    (MinuteCount.COMPLETED, True): Code.TIME_COMPLETED_PER_HOUR,
    (MinuteCount.COMPLETED, False): Code.TIME_COMPLETED_PER_MINUTE,
    (MinuteCount.STARTED, True): Code.TIME_STARTED_PER_HOUR,
    (MinuteCount.STARTED, False): Code.TIME_STARTED_PER_MINUTE,
}


def energy_line(
    rate: Rate,
    *,
    energy: BilledEnergy,
    benefits: Benefits,
    splits: tuple[EstimatedSplit, ...],
    idle: tuple[Span, ...],
    zone: ZoneInfo,
) -> PriceLine:
    """Returns the line for the energy of one window; included energy and energy in a gap of the rate are listed at no
    cost.
    """
    entry = None if energy.is_included or energy.window is None else rate.energy[energy.window]
    full_price = entry.price if entry else Decimal(0)
    unit_price = full_price * (100 - benefits.member_discount_pct) / 100 if benefits.member_discount_pct else full_price
    touching = [split for split in splits if any(split.at in (p.start, p.end) for p in energy.periods)]
    why = (
        _flow_reason(energy, idle=idle),
        *(_tier_reason(entry) if entry else ()),
        *_price_reasons(energy, rate=rate, discount_pct=benefits.member_discount_pct),
        *(_split_reason(split) for split in touching),
    )
    return PriceLine(
        component=Component.ENERGY,
        label=entry.name if entry else mark("included energy") if energy.is_included else NO_PRICE,
        quantity=units.kwh(energy.energy_wh),
        unit=Unit.KWH,
        unit_price=unit_price,
        exact=money.exact_minor(unit_price, currency=rate.currency) * energy.energy_wh / 1000,
        amount_minor=0,
        tax_pct=rate.taxes.percentage(Component.ENERGY),
        reason=reasons.render(why, speech=English(zone)),
        reasons=why,
        is_estimated=bool(touching),
    )


def time_line(rate: Rate, *, fee: TimeFee, charged_time: ChargingTime, zone: ZoneInfo) -> Iterator[PriceLine]:
    if not charged_time.minutes or not fee.price:
        return
    unit_minor = money.exact_minor(fee.price, currency=rate.currency)
    uncapped = unit_minor * Fraction(charged_time.minutes, 60 if fee.is_hourly else 1)
    cap = uncapped if fee.cap is None else money.exact_minor(fee.cap, currency=rate.currency)
    why = tuple(_time_reasons(fee, charged_time=charged_time, currency=rate.currency, is_capped=cap < uncapped))
    yield PriceLine(
        component=Component.TIME,
        label=mark("charging time"),
        quantity=round(Decimal(charged_time.minutes) / 60, 4) if fee.is_hourly else Decimal(charged_time.minutes),
        unit=Unit.HOUR if fee.is_hourly else Unit.MINUTE,
        unit_price=fee.price,
        exact=min(uncapped, cap),
        amount_minor=0,
        tax_pct=rate.taxes.percentage(Component.TIME),
        reason=reasons.render(why, speech=English(zone)),
        reasons=why,
        is_capped=cap < uncapped,
    )


def _time_reasons(fee: TimeFee, *, charged_time: ChargingTime, currency: str, is_capped: bool) -> Iterator[PriceReason]:
    began, ended = units.utc_text(charged_time.began_at), units.utc_text(charged_time.ended_at)
    yield PriceReason(Code.TIME_FLOWED, {"spans": [[began, ended]]})
    if charged_time.paused:
        yield PriceReason(Code.TIME_PAUSED, {"paused_s": int(charged_time.paused.total_seconds())})
    if charged_time.outside:
        yield PriceReason(Code.TIME_OUTSIDE, {"outside_s": int(charged_time.outside.total_seconds())})
    count_facts = {"minutes": charged_time.minutes, "each_amount": [str(fee.price), currency]}
    yield PriceReason(_COUNTED[fee.count, fee.is_hourly], count_facts)
    if is_capped:
        yield PriceReason(Code.TIME_CAPPED, {"cap_amount": [str(fee.cap), currency]})


def idle_line(
    rate: Rate, *, fee: IdleFee, stretches: tuple[IdleStretch, ...], idle_time: IdleTime | None, zone: ZoneInfo
) -> Iterator[PriceLine]:
    """Yields the idle line if there is something to bill; a waived one is listed at no cost."""
    minutes = sum(stretch.minutes for stretch in stretches)
    if idle_time is None or not minutes or not (fee.per_min or idle_time.waiver):
        return
    billed_price = Decimal(0) if idle_time.waiver else fee.per_min
    uncapped = money.exact_minor(billed_price, currency=rate.currency) * minutes
    cap = uncapped if fee.cap is None else money.exact_minor(fee.cap, currency=rate.currency)
    count_facts = {"minutes": minutes, "each_amount": [str(fee.per_min), rate.currency]}
    is_started = fee.count is MinuteCount.STARTED
    why = (
        *(_stretch_reason(stretch) for stretch in stretches),
        idle_time.waiver or PriceReason(Code.IDLE_STARTED if is_started else Code.IDLE_COMPLETED, count_facts),
        *(
            [PriceReason(Code.IDLE_CAPPED, {"cap_amount": [str(fee.cap), rate.currency]})]
            if idle_time.is_capped
            else ()
        ),
    )
    yield PriceLine(
        component=Component.IDLE,
        label=mark("idle time"),
        quantity=Decimal(minutes),
        unit=Unit.MINUTE,
        unit_price=billed_price,
        exact=min(uncapped, cap),
        amount_minor=0,
        tax_pct=rate.taxes.percentage(Component.IDLE),
        reason=reasons.render(why, speech=English(zone)),
        reasons=why,
        is_capped=idle_time.is_capped,
    )


def idle_time(
    fee: IdleFee,
    *,
    stretches: tuple[IdleStretch, ...],
    currency: str,
    tax_pct: Decimal,
    waiver: PriceReason | None = None,
) -> IdleTime | None:
    """Returns all stretches together; None if the plug was never in without charging."""
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
        unnoticed=sum((stretch.unnoticed for stretch in stretches), timedelta(0)),
        noticed_at=stretches[0].noticed_at,
        billed_minutes=minutes,
        grace_min=fee.grace_min,
        per_min=fee.per_min,
        cap=fee.cap,
        tax_pct=tax_pct,
        is_capped=fee.cap is not None and money.exact_minor(fee.cap, currency=currency) < uncapped,
        waiver=waiver,
        count=fee.count,
    )


def _price_reasons(energy: BilledEnergy, *, rate: Rate, discount_pct: Decimal) -> Iterator[PriceReason]:
    if energy.is_included:
        yield PriceReason(Code.ENERGY_INCLUDED)
    elif energy.window is None:
        yield PriceReason(Code.ENERGY_NO_PRICE)
    elif discount_pct:
        full = [str(rate.energy[energy.window].price), rate.currency]
        yield PriceReason(Code.ENERGY_MEMBER_PRICE, {"discount_pct": str(discount_pct), "full_amount": full})


def _tier_reason(entry: EnergyWindow) -> Iterator[PriceReason]:
    """Yields which part of the session's energy the price is for."""
    begin, end = units.decimal_text(Fraction(entry.from_wh, 1000)), None
    if entry.to_wh is not None:
        end = units.decimal_text(Fraction(entry.to_wh, 1000))
    if entry.from_wh and end:
        yield PriceReason(Code.ENERGY_TIER_BETWEEN, {"begin_kwh": begin, "end_kwh": end})
    elif entry.from_wh:
        yield PriceReason(Code.ENERGY_TIER_ABOVE, {"begin_kwh": begin})
    elif end:
        yield PriceReason(Code.ENERGY_TIER_FIRST, {"end_kwh": end})


def _flow_reason(energy: BilledEnergy, *, idle: tuple[Span, ...]) -> PriceReason:
    """Returns when the energy flowed, without the time in which the car took none, between two readings or after the
    last.
    """
    time_ranges = [(period.start, period.end) for period in energy.periods if period.energy_wh]
    time_ranges = time_ranges or [(period.start, period.end) for period in energy.periods]
    active = [part for begin, end in time_ranges for part in _subtract_idle(begin, end, idle=idle)]
    spans = [[units.utc_text(begin), units.utc_text(end)] for begin, end in active or time_ranges]
    return PriceReason(Code.ENERGY_FLOWED, {"energy_wh": energy.energy_wh, "spans": spans})


def _subtract_idle(begin: datetime, end: datetime, *, idle: tuple[Span, ...]) -> Iterator[tuple[datetime, datetime]]:
    """Yields the parts of a span outside the idle ones."""
    for span in sorted(idle, key=lambda other: other.start):
        if span.end <= begin or span.start >= end:
            continue
        if span.start > begin:
            yield begin, span.start
        begin = max(begin, span.end)
    if begin < end:
        yield begin, end


def _split_reason(split: EstimatedSplit) -> PriceReason:
    times = {"split_at": split.at, "before_at": split.read_before, "after_at": split.read_after}
    return PriceReason(Code.ENERGY_ESTIMATED, {name: units.utc_text(at) for name, at in times.items()})


def _stretch_reason(stretch: IdleStretch) -> PriceReason:
    parts = {
        "grace": stretch.grace,
        "free": stretch.free,
        "out_of_contact": stretch.out_of_contact,
        "withheld": stretch.withheld,
        "unnoticed": stretch.unnoticed,
    }
    facts = {
        "spans": [[units.utc_text(stretch.spans[0].start), units.utc_text(stretch.spans[-1].end)]],
        "spared": [[part_name, int(spent.total_seconds())] for part_name, spent in parts.items() if spent],
    }
    return PriceReason(Code.IDLE_STRETCH, facts)


def at_amount(line: PriceLine, amount_minor: int, *, currency: str, zone: ZoneInfo) -> PriceLine:
    """Returns the line with its amount; if that is not simply rounded, or was exactly half a unit, with the reason."""
    is_half = (2 * line.exact).denominator == 1 and line.exact.denominator == 2
    if amount_minor == money.round_half_away(line.exact) and not is_half:
        return replace(line, amount_minor=amount_minor)
    exact = round(Decimal(line.exact.numerator) / line.exact.denominator, 4).normalize()
    exact_amount = exact.scaleb(-money.EXPONENTS[currency])
    why = (*line.reasons, PriceReason(Code.LINE_ROUNDED, {"exact_amount": [f"{exact_amount:f}", currency]}))
    return replace(line, amount_minor=amount_minor, reasons=why, reason=reasons.render(why, speech=English(zone)))


def round_amounts(drafts: tuple[PriceLine, ...]) -> tuple[int, tuple[int, ...]]:
    """Returns the subtotal, rounded once, and the amounts of the lines that add up to it."""
    exacts = [line.exact for line in drafts]
    subtotal = money.round_half_away(sum(exacts, Fraction(0)))
    return subtotal, money.apportion(exacts, total=subtotal)
