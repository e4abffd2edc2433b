"""The exchange of one plan for another: each day paid once, nothing below zero, in every currency and on every day."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from billing.engine.values.money import EXPONENTS
from billing.proration import exchange, periods
from billing.proration.exchange import New, Old

NEW_YORK, KIRITIMATI = ZoneInfo("America/New_York"), ZoneInfo("Pacific/Kiritimati")
ZONES = st.sampled_from([NEW_YORK, KIRITIMATI, ZoneInfo("Europe/Amsterdam"), ZoneInfo("UTC")])
MOMENTS = st.integers(1_704_067_200, 1_893_456_000).map(lambda second: datetime.fromtimestamp(second, tz=UTC))
PCT = st.sampled_from([Decimal(0), Decimal("2.5"), Decimal(19), Decimal("21.000"), Decimal(100)])
WH = st.integers(0, 500_000)
CURRENCIES = {"JPY": 0, "USD": 2, "KWD": 3}


@st.composite
def fees(draw):
    """A fee in minor units of a currency with 0, 2 or 3 decimals."""
    currency = draw(st.sampled_from(sorted(CURRENCIES)))
    assert EXPONENTS[currency] == CURRENCIES[currency]
    return draw(st.integers(1, 300 * 10 ** CURRENCIES[currency]))


@st.composite
def stories(draw):
    """A first period as somebody may have it, and another plan; the zone and the day on which periods begin."""
    zone, began, by_days = draw(ZONES), draw(MOMENTS), draw(st.booleans())
    span, anchor = periods.first(began, zone=zone, by_days=by_days)
    own = draw(st.one_of(st.just(0), WH))
    carried = draw(st.one_of(st.just(0), WH))
    old = Old(
        begins_at=span.begins_at,
        ends_at=span.ends_at,
        tax_pct=draw(PCT),
        own_wh=own,
        carried_wh=carried,
        total_minor=periods.part(draw(fees()), share=span.share),
        used_wh=draw(st.one_of(st.just(0), WH)),
        is_used_today=False,
    )
    new = New(fee_minor=draw(fees()), tax_pct=draw(PCT), included_wh=draw(WH))
    return old, new, zone, anchor


def within(draw, old: Old) -> datetime:
    seconds = (old.ends_at - old.begins_at).total_seconds()
    return old.begins_at + timedelta(seconds=draw(st.floats(0, max(seconds - 1, 0))))


@given(st.data())
def test_it_never_comes_to_less_than_nothing_and_its_parts_add_up(data):
    old, new, zone, anchor = data.draw(stories())
    old = replace(old, is_used_today=data.draw(st.booleans()))

    found = exchange.calculate(old, new, now=within(data.draw, old), zone=zone, anchor=anchor)

    assert 0 <= found.days <= found.old_days <= found.whole_days
    assert 0 <= found.credit_minor <= old.total_minor
    assert 0 <= found.total_minor <= new.fee_minor
    assert 0 <= found.tax_minor <= found.total_minor
    assert 0 <= found.credit_tax_minor <= found.credit_minor
    assert found.own_wh >= 0
    assert found.carried_wh >= 0
    assert min(found.due_minor, found.back_minor) == 0
    assert found.total_minor - found.credit_minor == found.due_minor - found.back_minor


@given(st.data())
def test_in_the_first_moment_it_is_the_same_as_subscribing_to_the_new_plan(data):
    old, new, zone, anchor = data.draw(stories())
    old = replace(old, used_wh=0, carried_wh=0)

    found = exchange.calculate(old, new, now=old.begins_at, zone=zone, anchor=anchor)

    by_days = anchor == 1
    span, _ = periods.first(old.begins_at, zone=zone, by_days=by_days)
    assume(span.ends_at == old.ends_at)
    assert found.credit_minor == old.total_minor
    assert found.total_minor == periods.part(new.fee_minor, share=span.share)
    assert found.own_wh == periods.part(new.included_wh, share=span.share)
    assert found.carried_wh == 0


@given(st.data())
def test_in_the_last_moment_it_costs_at_most_a_day_and_nothing_once_today_is_the_old_plans(data):
    old, new, zone, anchor = data.draw(stories())
    last = old.ends_at - timedelta(microseconds=1)

    today = exchange.calculate(old, new, now=last, zone=zone, anchor=anchor)
    used = exchange.calculate(replace(old, is_used_today=True), new, now=last, zone=zone, anchor=anchor)

    assert today.days == 1
    assert today.total_minor == periods.part(new.fee_minor, share=Fraction(1, today.whole_days))
    assert (used.total_minor, used.credit_minor, used.own_wh) == (0, 0, 0)


@given(st.data())
def test_it_never_takes_used_energy_twice(data):
    """What stays paid of the old plan is the driver's in energy too, but for what is used of it."""
    old, new, zone, anchor = data.draw(stories())
    old = replace(old, used_wh=min(old.used_wh, old.own_wh + old.carried_wh))

    found = exchange.calculate(old, new, now=within(data.draw, old), zone=zone, anchor=anchor)

    if old.own_wh and old.total_minor:
        kept_share = 1 - Fraction(found.credit_minor, old.total_minor)
        tolerance = 1 + Fraction(old.own_wh, old.total_minor)  # money is rounded to its unit
        assert abs(found.carried_wh + old.used_wh - (kept_share * old.own_wh + old.carried_wh)) <= tolerance
    assert found.own_wh == periods.part(new.included_wh, share=Fraction(found.days, found.whole_days)), (
        "what is used of the old plan takes nothing from the new one"
    )


@given(st.data())
def test_later_it_gives_back_no_more(data):
    old, new, zone, anchor = data.draw(stories())
    early, late = sorted(within(data.draw, old) for _ in range(2))

    first = exchange.calculate(old, new, now=early, zone=zone, anchor=anchor)
    second = exchange.calculate(old, new, now=late, zone=zone, anchor=anchor)

    assert second.credit_minor <= first.credit_minor
    assert second.total_minor <= first.total_minor


BASE = Old(
    begins_at=datetime(2026, 3, 12, 16, tzinfo=UTC),
    ends_at=datetime(2026, 4, 1, 4, tzinfo=UTC),
    total_minor=2000,
    tax_pct=Decimal(10),
    own_wh=20_000,
    carried_wh=0,
    used_wh=0,
    is_used_today=False,
)
DEAR = New(fee_minor=6200, tax_pct=Decimal(10), included_wh=62_000)
DAY = datetime(2026, 3, 22, 16, tzinfo=UTC)  # 10 of 20 days are left, with that day


@pytest.mark.parametrize(
    ("old", "days", "credit", "total", "carried"),
    [
        (BASE, 10, 1000, 2000, 10_000),
        (replace(BASE, is_used_today=True), 9, 900, 1800, 11_000),
        (replace(BASE, used_wh=4000), 10, 1000, 2000, 6000),
        (replace(BASE, used_wh=15_000), 10, 500, 2000, 0),
        (replace(BASE, used_wh=30_000), 10, 0, 2000, 0),
        (replace(BASE, own_wh=0), 10, 1000, 2000, 0),
        (replace(BASE, carried_wh=5000, used_wh=4000), 10, 1000, 2000, 11_000),
        (replace(BASE, carried_wh=5000, used_wh=20_000), 10, 500, 2000, 0),
    ],
)
def test_it_gives_back_the_days_as_far_as_the_energy_is_unused(old, days, credit, total, carried):
    found = exchange.calculate(old, DEAR, now=DAY, zone=NEW_YORK, anchor=1)

    assert (found.days, found.whole_days, found.old_days) == (days, 31, 20)
    assert (found.credit_minor, found.total_minor, found.carried_wh) == (credit, total, carried)
    assert found.is_by_energy == (credit < days * 100)


@pytest.mark.parametrize(
    ("ends_at", "anchor", "days"),
    [
        (datetime(2026, 3, 1, tzinfo=UTC), 1, 28),
        (datetime(2028, 2, 29, tzinfo=UTC), 31, 29),
        (datetime(2026, 1, 15, tzinfo=UTC), 15, 31),
    ],
)
def test_a_whole_period_has_the_days_of_its_month(ends_at, anchor, days):
    assert periods.whole_days(ends_at, zone=ZoneInfo("UTC"), anchor=anchor) == days
