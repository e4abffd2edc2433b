"""The only function that prices a session: running cost, receipt, CDR, quote and rehearsal all use it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

from billing.engine import charging, fees, idle, lines, periods, plausibility, timeline
from billing.engine.idle import Span
from billing.engine.periods import EstimatedSplit
from billing.engine.plausibility import Evidence
from billing.engine.rate.tariff import Component, IdleFee, Rate, Taxes, TaxMode
from billing.engine.reports.reasons import Code, PriceReason
from billing.engine.reports.report import IdleTime, Note, NoteCode, PricedInputs, PriceLine, PriceReport, TaxGroup
from billing.engine.timeline import Timeline
from billing.engine.values import money, units
from billing.engine.values.facts import SessionFacts

ENGINE_VERSION: Final = "3"
"""Changed whenever the same inputs could give another amount; stored with every rating."""


@dataclass(frozen=True, slots=True)
class _Drafts:
    """What a session would cost before rounding."""

    lines: tuple[PriceLine, ...] = ()
    idle_minutes: int = 0
    idle: IdleTime | None = None
    splits: tuple[EstimatedSplit, ...] = ()
    host_costs: tuple[PriceLine, ...] = ()


def price(*, rate: Rate, facts: SessionFacts, zone: ZoneInfo, as_of: datetime | None = None) -> PriceReport:
    """Prices a session under one rate version, with windows in the local time of `zone`.

    With `as_of` (aware UTC) a session that has not stopped is priced as of then: later events do not count and idle
    time ends there. Without it, a session without a stop counts as one whose charger fell silent. Raises ValueError
    unless the facts have exactly one start (by `as_of`) and at most one stop.
    """
    if rate.taxes.is_of_property:
        raise ValueError("The rate's tax is the property's: complete its definition before pricing.")
    session = timeline.lay_out(facts, as_of=as_of)
    hold_evidence = plausibility.implausible(session, facts=facts)
    bills = not hold_evidence and session.energy_wh >= max(rate.min_billable_wh, 1)
    drafts = _draft(session, rate=rate, facts=facts, zone=zone, as_of=as_of) if bills else _Drafts()
    subtotal, amounts = lines.round_amounts(drafts.lines)
    priced = tuple(
        lines.at_amount(line, amount, currency=rate.currency, zone=zone)
        for line, amount in zip(drafts.lines, amounts, strict=True)
    )
    taxes = _tax_groups(priced, taxes=rate.taxes)
    net = sum(group.base_minor for group in taxes)
    tax = sum(group.tax_minor for group in taxes)
    return PriceReport(
        currency=rate.currency,
        tax_mode=rate.taxes.mode,
        energy_wh=session.energy_wh,
        idle_minutes=drafts.idle_minutes,
        idle=drafts.idle,
        lines=priced,
        taxes=taxes,
        subtotal_minor=subtotal,
        net_minor=net,
        tax_minor=tax,
        total_minor=net + tax,
        notes=tuple(
            _notes(
                session,
                rate=rate,
                facts=facts,
                hold_evidence=hold_evidence,
                drafts=drafts,
                is_running=as_of is not None,
            )
        ),
        held=hold_evidence,
        inputs=_inputs_used(session, splits=drafts.splits),
        host_costs=drafts.host_costs,
    )


def _draft(session: Timeline, *, rate: Rate, facts: SessionFacts, zone: ZoneInfo, as_of: datetime | None) -> _Drafts:
    benefits = facts.benefits
    cut = periods.energy_periods(session, rate=rate, zone=zone, included_wh=benefits.included_wh)
    splits = periods.estimated_splits(session, periods=cut)
    inactive_spans = (*idle.idle_spans(session, until=as_of), *_span_after_last_rise(session))
    energies = [
        lines.energy_line(rate, energy=energy, benefits=benefits, splits=splits, idle=inactive_spans, zone=zone)
        for energy in periods.billed_energy(cut)
    ]
    idled, idle_lines = _idle(session, rate=rate, facts=facts, zone=zone, as_of=as_of)
    used = (
        *fees.connection_lines(rate, start=session.start.at, end=_end(session), driver=facts.driver, zone=zone),
        *energies,
        *_time_lines(session, rate=rate, facts=facts, zone=zone),
        *idle_lines,
    )
    return _Drafts(
        lines=fees.guest_lines(used, rate=rate),
        idle_minutes=idled.billed_minutes if idled else 0,
        idle=idled,
        splits=splits,
        host_costs=fees.host_costs(used, rate=rate),
    )


def _span_after_last_rise(session: Timeline) -> Iterator[Span]:
    """Yields the final span in which the register did not change: no energy flowed in it."""
    if session.last_rise_at < session.last.at:
        yield Span(start=session.last_rise_at, end=session.last.at)


def _end(session: Timeline) -> datetime:
    return (session.stop or session.last).at


def _idle(
    session: Timeline, *, rate: Rate, facts: SessionFacts, zone: ZoneInfo, as_of: datetime | None
) -> tuple[IdleTime | None, tuple[PriceLine, ...]]:
    if rate.idle is None:
        return None, ()
    stretches = idle.idle_stretches(session, fee=rate.idle, zone=zone, facts=facts, until=as_of)
    waiver = fees.idle_waiver(rate.idle, driver=facts.driver)
    idled = lines.idle_time(
        rate.idle,
        stretches=stretches,
        currency=rate.currency,
        tax_pct=rate.taxes.percentage(Component.IDLE),
        waiver=waiver,
    )
    return idled, tuple(lines.idle_line(rate, fee=rate.idle, stretches=stretches, idle_time=idled, zone=zone))


def _time_lines(session: Timeline, *, rate: Rate, facts: SessionFacts, zone: ZoneInfo) -> tuple[PriceLine, ...]:
    if rate.time is None:
        return ()
    charged_time = charging.charging_time(session, fee=rate.time, withheld=facts.withheld, zone=zone)
    return tuple(lines.time_line(rate, fee=rate.time, charged_time=charged_time, zone=zone))


def _tax_groups(priced: tuple[PriceLine, ...], *, taxes: Taxes) -> tuple[TaxGroup, ...]:
    """Returns one group per percentage, in the order of the lines, each rounded once on its rounded amount."""
    amounts: dict[Decimal, int] = {}
    for line in priced:
        amounts[line.tax_pct] = amounts.get(line.tax_pct, 0) + line.amount_minor
    return tuple(_tax_group(amount, rate_pct=rate_pct, mode=taxes.mode) for rate_pct, amount in amounts.items())


def _tax_group(amount: int, *, rate_pct: Decimal, mode: TaxMode) -> TaxGroup:
    fraction = Fraction(rate_pct) / 100
    if mode is TaxMode.INCLUSIVE:
        base = money.round_half_away(amount / (1 + fraction))
        return TaxGroup(rate_pct=rate_pct, base_minor=base, tax_minor=amount - base)
    return TaxGroup(rate_pct=rate_pct, base_minor=amount, tax_minor=money.round_half_away(amount * fraction))


def _inputs_used(session: Timeline, *, splits: tuple[EstimatedSplit, ...]) -> PricedInputs:
    end = session.stop or session.last
    return PricedInputs(
        meter_start_wh=session.start.wh,
        meter_stop_wh=end.wh,
        started_at=session.start.at,
        ended_at=end.at,
        last_reading_at=session.last.at,
        readings_used=len(session.readings),
        readings_refused=session.refused,
        clock_correction=session.clock_correction,
        estimated_splits=splits,
        has_stop=session.stop is not None,
    )


def _notes(
    session: Timeline,
    *,
    rate: Rate,
    facts: SessionFacts,
    hold_evidence: tuple[Evidence, ...],
    drafts: _Drafts,
    is_running: bool,
) -> Iterator[Note]:
    if session.stop is None and not is_running:
        yield _note(NoteCode.NO_STOP, Code.NO_STOP)
    elif session.stop is None:
        yield _note(NoteCode.STILL_RUNNING, Code.STILL_RUNNING)
    if hold_evidence:
        yield Note(NoteCode.HELD, (PriceReason(Code.HELD), *(evidence.reason for evidence in hold_evidence)))
    elif not drafts.lines:
        yield _nothing_billable(session, rate=rate)
    if session.refused:
        yield _refused_readings_note(session)
    yield from _clock_notes(session, facts=facts)
    if drafts.idle and drafts.idle.withheld:
        lasted_s = int(drafts.idle.withheld.total_seconds())
        yield _note(NoteCode.POWER_WITHHELD, Code.POWER_WITHHELD, withheld_s=lasted_s)
    if rate.idle is not None and rate.idle.per_min and drafts.lines:
        yield from _unseen_idle(session, fee=rate.idle, facts=facts, idled=drafts.idle)
    if any(line.component is Component.ENERGY and line.label == lines.NO_PRICE for line in drafts.lines):
        yield _note(NoteCode.NO_PRICE_SET, Code.NO_PRICE_SET)


def _unseen_idle(session: Timeline, *, fee: IdleFee, facts: SessionFacts, idled: IdleTime | None) -> Iterator[Note]:
    """Yields notes on idle time that is not billed because the charger could not be reached, as in a replay of what it
    did offline.
    """
    if idled is not None and idled.waiver is None and idled.out_of_contact:
        lasted_s = int(idled.out_of_contact.total_seconds())
        yield _note(NoteCode.OUT_OF_CONTACT, Code.OUT_OF_CONTACT, out_of_contact_s=lasted_s)
    elif idled is None and _may_have_stayed(session, fee=fee, facts=facts):
        yield _note(NoteCode.OUT_OF_CONTACT, Code.IDLE_UNKNOWN)


def _may_have_stayed(session: Timeline, *, fee: IdleFee, facts: SessionFacts) -> bool:
    """Whether charging ended in a span without contact, longer than the grace, so that it is unknown whether the car
    stayed.
    """
    stop = session.stop
    if stop is None or fees.idle_waiver(fee, driver=facts.driver) is not None:
        return False
    grace = timedelta(minutes=fee.grace_min)
    unseen = [gap.end for gap in facts.contact_gaps if gap.start <= stop.at and stop.at + grace < gap.end]
    return any(not any(stop.at <= status.at < end for status in session.statuses) for end in unseen)


def _note(code: NoteCode, reason: Code, **facts: Any) -> Note:
    return Note(code, (PriceReason(reason, facts),))


def _nothing_billable(session: Timeline, *, rate: Rate) -> Note:
    if not session.energy_wh:
        return _note(NoteCode.NOTHING_BILLABLE, Code.NO_ENERGY)
    least = rate.min_billable_wh
    return _note(NoteCode.NOTHING_BILLABLE, Code.TOO_LITTLE, energy=session.energy_wh, least=least)


def _refused_readings_note(session: Timeline) -> Note:
    readings = [[units.utc_text(item.reading.at), item.reading.wh, item.refusal.value] for item in session.refused]
    return _note(NoteCode.READINGS_REFUSED, Code.READINGS_REFUSED, readings=readings)


def _clock_notes(session: Timeline, *, facts: SessionFacts) -> Iterator[Note]:
    off_s, is_ahead = abs(facts.charger_clock_offset_s), facts.charger_clock_offset_s > 0
    if session.clock_correction:
        code = Code.CLOCK_AHEAD_CORRECTED if is_ahead else Code.CLOCK_BEHIND_CORRECTED
        yield _note(NoteCode.CLOCK_CORRECTED, code, off_s=off_s)
    elif off_s >= timeline.LARGEST_DRIFT.total_seconds():
        code = Code.CLOCK_AHEAD_UNUSABLE if is_ahead else Code.CLOCK_BEHIND_UNUSABLE
        yield _note(NoteCode.CLOCK_UNUSABLE, code, off_s=off_s)
