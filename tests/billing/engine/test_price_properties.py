"""What holds for every session and every rate."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from billing.engine.price import price
from billing.engine.rate.calendar import Window
from billing.engine.rate.tariff import (
    Component,
    EnergyWindow,
    IdleFee,
    MinuteCount,
    Payer,
    Rate,
    Taxes,
    TaxMode,
    TimeFee,
    canonical,
)
from billing.engine.reports.report import PriceReport
from billing.engine.values.facts import (
    Benefits,
    ConnectorStatus,
    ContactGap,
    Event,
    PricedDriver,
    RegisterContext,
    RegisterReported,
    SessionFacts,
    StatusReported,
)
from billing.engine.values.money import exact_minor, round_half_away

ZONES = [ZoneInfo(name) for name in ("UTC", "America/New_York", "Europe/Amsterdam", "Australia/Lord_Howe")]
# Around changes of the clock in New York and in Amsterdam, and an ordinary day.
DAYS = [datetime(2026, month, day, tzinfo=UTC) for month, day in ((3, 8), (3, 28), (6, 10), (10, 24), (11, 1))]

prices = st.decimals(min_value=0, max_value=5, places=4)
percentages = st.decimals(min_value=0, max_value=25, places=2)
minutes_of_day = st.integers(0, 1439)


@st.composite
def windows(draw: st.DrawFn) -> tuple[EnergyWindow, ...]:
    """A chain of windows that do not overlap, above a general price."""
    edges = sorted(draw(st.sets(minutes_of_day, max_size=4)))
    days = draw(st.frozensets(st.integers(0, 6), min_size=1))
    timed = [Window(start_minute=begin, end_minute=end, weekdays=days) for begin, end in pairwise(edges)]
    chained = [EnergyWindow(name=str(index), price=draw(prices), window=window) for index, window in enumerate(timed)]
    return (*chained, *draw(tiers()))


@st.composite
def tiers(draw: st.DrawFn) -> tuple[EnergyWindow, ...]:
    """A general price, or two or three that join by energy."""
    edges = sorted(draw(st.sets(st.integers(1, 9000), max_size=2)))
    return tuple(
        EnergyWindow(name=f"from {begin}", price=draw(prices), window=Window(), from_wh=begin, to_wh=end)
        for begin, end in zip([0, *edges], [*edges, None], strict=True)
    )


def fee_windows() -> st.SearchStrategy[tuple[Window, ...]]:
    """When a fee applies; some go past midnight, and some meet."""
    days = st.frozensets(st.integers(0, 6), min_size=1)
    return st.lists(st.builds(Window, minutes_of_day, st.integers(1, 1440), days), max_size=3).map(tuple)


@st.composite
def rates(draw: st.DrawFn, taxes: st.SearchStrategy[dict[Component, Decimal]] | None = None) -> Rate:
    free = draw(st.lists(st.builds(Window, minutes_of_day, st.integers(1, 1440)), max_size=2))
    return Rate(
        currency=draw(st.sampled_from(["USD", "JPY", "BHD"])),
        energy=draw(windows()),
        taxes=Taxes(
            mode=draw(st.sampled_from(TaxMode)),
            percentages=draw(st.dictionaries(st.sampled_from(Component), percentages) if taxes is None else taxes),
        ),
        connection_fee=draw(prices),
        connection_windows=draw(fee_windows()),
        processing_fee=draw(prices),
        idle=draw(
            st.none()
            | st.builds(
                IdleFee,
                per_min=prices,
                grace_min=st.integers(0, 30),
                cap=st.none() | prices,
                free_windows=st.just(tuple(free)),
                windows=fee_windows(),
                count=st.sampled_from(MinuteCount),
                exempt_audiences=st.just(frozenset()) | st.just(frozenset(("member",))),
            )
        ),
        min_billable_wh=draw(st.integers(0, 500)),
        time=draw(
            st.none()
            | st.builds(
                TimeFee,
                price=prices,
                is_hourly=st.booleans(),
                windows=fee_windows(),
                count=st.sampled_from(MinuteCount),
                cap=st.none() | prices,
            )
        ),
        processing_pct=draw(st.just(Decimal(0)) | percentages),
        processing_paid_by=draw(st.sampled_from(Payer)),
        min_total=draw(st.none() | prices),
        max_total=draw(st.none() | st.decimals(min_value=5, max_value=50, places=2)),
    )


@st.composite
def session_events(draw: st.DrawFn) -> list[Event]:
    """A plausible session: a rising register, statuses on the way, ended or not."""
    begin = draw(st.sampled_from(DAYS)) + timedelta(seconds=draw(st.integers(0, 86_400)))
    steps = draw(st.lists(st.tuples(st.integers(1, 7200), st.integers(0, 3000)), min_size=1, max_size=8))
    at, wh = begin, draw(st.integers(0, 10**6))
    events: list[Event] = [RegisterReported(at=at, wh=wh, context=RegisterContext.START)]
    for seconds, energy in steps:
        at, wh = at + timedelta(seconds=seconds), wh + energy
        events.append(RegisterReported(at=at, wh=wh))
    if draw(st.booleans()):
        at += timedelta(seconds=draw(st.integers(0, 3600)))
        events.append(RegisterReported(at=at, wh=wh, context=RegisterContext.STOP))
    spread = int((at - begin).total_seconds()) + 7200
    for seconds, status in draw(st.lists(st.tuples(st.integers(-600, spread), st.sampled_from(ConnectorStatus)))):
        events.append(StatusReported(at=begin + timedelta(seconds=seconds), status=status))
    return events


@st.composite
def facts(draw: st.DrawFn) -> SessionFacts:
    events = draw(session_events())
    begin = min(event.at for event in events)
    gaps = draw(st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 5000)), max_size=2))
    return SessionFacts(
        events=tuple(events),
        charger_clock_offset_s=draw(st.integers(-5000, 5000)),
        benefits=Benefits(
            included_wh=draw(st.integers(0, 8000)), member_discount_pct=draw(st.just(Decimal(0)) | percentages)
        ),
        contact_gaps=tuple(
            ContactGap(start=begin + timedelta(seconds=after), end=begin + timedelta(seconds=after + length))
            for after, length in gaps
        ),
        max_power_w=10**9,
        driver=PricedDriver(
            audience=draw(st.sampled_from(["guest", "member"])),
            previous_ended_at=draw(st.none() | st.just(begin - timedelta(minutes=draw(st.integers(0, 60))))),
        ),
    )


zones = st.sampled_from(ZONES)


def amounts(report: PriceReport) -> tuple[Any, ...]:
    """Everything that a person pays and sees billed."""
    lines = tuple((line.component, line.label, line.quantity, line.exact, line.amount_minor) for line in report.lines)
    return lines, report.taxes, report.subtotal_minor, report.total_minor, report.idle_minutes, report.energy_wh


@given(rate=rates(), facts=facts(), zone=zones)
def test_it_always_adds_up(rate: Rate, facts: SessionFacts, zone: ZoneInfo) -> None:
    report = price(rate=rate, facts=facts, zone=zone)

    assert sum(line.amount_minor for line in report.lines) == report.subtotal_minor
    assert all(abs(line.amount_minor - line.exact) < 1 for line in report.lines)
    assert abs(sum((line.exact for line in report.lines), Fraction(0)) - report.subtotal_minor) <= Fraction(1, 2)
    assert report.net_minor + report.tax_minor == report.total_minor
    assert sum(group.base_minor for group in report.taxes) == report.net_minor
    gross = report.net_minor if rate.taxes.mode is TaxMode.EXCLUSIVE else report.total_minor
    assert gross == report.subtotal_minor
    energy = [line.quantity * 1000 for line in report.lines if line.component is Component.ENERGY]
    assert sum(energy) in (report.energy_wh, 0)


@given(rate=rates(), facts=facts(), zone=zones, data=st.data())
def test_it_does_not_matter_in_which_order_or_how_often_events_come(
    rate: Rate, facts: SessionFacts, zone: ZoneInfo, data: st.DataObject
) -> None:
    repeated = data.draw(st.lists(st.sampled_from(facts.events), max_size=5))
    shuffled = replace(facts, events=tuple(data.draw(st.permutations([*facts.events, *repeated]))))

    assert price(rate=rate, facts=shuffled, zone=zone) == price(rate=rate, facts=facts, zone=zone)


single_tax = percentages.map(lambda rate_pct: dict.fromkeys(Component, rate_pct))


@given(rate=rates(taxes=single_tax), facts=facts(), zone=zones, cut=st.integers(1, 1439))
def test_it_does_not_matter_where_a_window_is_cut_in_two(
    rate: Rate, facts: SessionFacts, zone: ZoneInfo, cut: int
) -> None:
    """Under one tax: lines of several taxes share the cents of the subtotal, and more lines share them otherwise."""
    general = replace(rate.energy[-1], from_wh=0)
    whole = replace(rate, energy=(general,))
    morning, evening = Window(start_minute=0, end_minute=cut), Window(start_minute=cut, end_minute=1440)
    halves = replace(rate, energy=(replace(general, window=morning), replace(general, window=evening)))

    one, two = (price(rate=each, facts=facts, zone=zone) for each in (whole, halves))

    assert (two.total_minor, two.subtotal_minor, two.taxes) == (one.total_minor, one.subtotal_minor, one.taxes)
    assert (two.energy_wh, two.idle_minutes) == (one.energy_wh, one.idle_minutes)


@given(rate=rates(), facts=facts(), zone=zones, data=st.data())
def test_it_does_not_matter_whether_a_reading_that_tells_nothing_new_is_there(
    rate: Rate, facts: SessionFacts, zone: ZoneInfo, data: st.DataObject
) -> None:
    """A reading on the straight line between two others splits the span between them."""
    registers = [event for event in facts.events if isinstance(event, RegisterReported)]
    first, second = registers[0], registers[1]
    duration_s, flow_wh = int((second.at - first.at).total_seconds()), second.wh - first.wh
    parts = math.gcd(duration_s, flow_wh)
    part = data.draw(st.integers(0, parts))
    between = RegisterReported(
        at=first.at + timedelta(seconds=duration_s * part // parts), wh=first.wh + flow_wh * part // parts
    )
    more = replace(facts, events=(*facts.events, between))

    assert amounts(price(rate=rate, facts=more, zone=zone)) == amounts(price(rate=rate, facts=facts, zone=zone))


@given(rate=rates(taxes=single_tax), facts=facts(), zone=zones, cut=st.integers(1, 20_000))
def test_it_does_not_matter_where_a_tier_is_cut_in_two(
    rate: Rate, facts: SessionFacts, zone: ZoneInfo, cut: int
) -> None:
    general = replace(rate.energy[-1], from_wh=0)
    halves = replace(rate, energy=(replace(general, to_wh=cut), replace(general, from_wh=cut)))

    one, two = (price(rate=each, facts=facts, zone=zone) for each in (replace(rate, energy=(general,)), halves))

    assert (two.total_minor, two.subtotal_minor, two.taxes) == (one.total_minor, one.subtotal_minor, one.taxes)
    assert two.inputs.estimated_splits == one.inputs.estimated_splits


@given(rate=rates(), facts=facts(), zone=zones)
def test_it_stays_between_the_minimum_and_the_maximum(rate: Rate, facts: SessionFacts, zone: ZoneInfo) -> None:
    report = price(rate=rate, facts=facts, zone=zone)

    if not report.lines:
        assert report.total_minor == 0
        return
    limits = (
        round_half_away(exact_minor(limit, currency=rate.currency)) if limit is not None else None
        for limit in (rate.min_total, rate.max_total)
    )
    least, most = limits
    assert least is None or report.subtotal_minor >= least
    assert most is None or report.subtotal_minor <= most
    assert report.total_minor >= 0


@given(rate=rates(taxes=single_tax), facts=facts(), zone=zones, more_wh=st.integers(1, 5000))
def test_it_never_gets_cheaper_by_energy_at_the_end(
    rate: Rate, facts: SessionFacts, zone: ZoneInfo, more_wh: int
) -> None:
    """Without idle time, whose grace begins anew when energy flowed between two waits, and with at most two prices:
    among three or more, making the shares whole can move a single Wh to a cheaper one."""
    final = replace(rate.energy[-1], from_wh=0)
    timed = [entry for entry in rate.energy if not entry.from_wh and entry.to_wh is None][:1]
    plain = replace(rate, idle=None, energy=(*timed, final))
    registers = [event for event in facts.events if isinstance(event, RegisterReported)]
    grown = replace(registers[-1], wh=registers[-1].wh + more_wh)
    more = replace(facts, events=tuple(grown if event is registers[-1] else event for event in facts.events))

    before, after = (price(rate=plain, facts=each, zone=zone) for each in (facts, more))

    assert after.total_minor >= before.total_minor


@given(rate=rates(), facts=facts(), zone=zones, later=st.integers(0, 7200))
def test_a_running_cost_never_falls_while_a_session_waits(
    rate: Rate, facts: SessionFacts, zone: ZoneInfo, later: int
) -> None:
    running = replace(
        facts,
        events=tuple(
            event
            for event in facts.events
            if isinstance(event, StatusReported) or event.context != RegisterContext.STOP
        ),
        charger_clock_offset_s=0,
    )
    now = max(event.at for event in running.events)

    sooner, then = (
        price(rate=rate, facts=running, zone=zone, as_of=now + timedelta(seconds=waited)) for waited in (0, later)
    )

    assert then.subtotal_minor >= sooner.subtotal_minor
    assert then.energy_wh == sooner.energy_wh


@given(rate=rates(), facts=facts(), zone=zones)
def test_a_rate_that_says_when_it_is_free_prices_as_one_that_says_when_its_fees_apply(
    rate: Rate, facts: SessionFacts, zone: ZoneInfo
) -> None:
    said_otherwise = price(rate=canonical(rate), facts=facts, zone=zone)
    assert amounts(said_otherwise) == amounts(price(rate=rate, facts=facts, zone=zone))


@given(rate=rates(), facts=facts(), zone=zones)
def test_fees_that_apply_at_some_hours_cost_at_most_what_they_cost_at_all(
    rate: Rate, facts: SessionFacts, zone: ZoneInfo
) -> None:
    some = replace(rate, min_total=None, max_total=None)
    always = replace(
        some,
        idle=rate.idle and replace(rate.idle, windows=(), free_windows=()),
        time=rate.time and replace(rate.time, windows=()),
        connection_windows=(),
    )
    at_some_hours = price(rate=some, facts=facts, zone=zone).subtotal_minor
    assert at_some_hours <= price(rate=always, facts=facts, zone=zone).subtotal_minor
