"""Whole sessions, priced."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from billing.rating.plausibility import Doubt
from billing.rating.price import price
from billing.rating.rate.tariff import Component
from billing.rating.reports.report import NoteCode, Unit
from billing.rating.values.facts import SessionFacts
from tests.kit.rating_sessions import amounts, energies, meter, priced, rate, session, start, status, stop

PEAK = {"name": "peak", "from": "17:00", "to": "21:00", "price": "0.60"}
REST = {"name": "rest", "price": "0.30"}
TWENTY_KWH = (start("14:00", 100_000), stop("16:00", 120_000))


def test_it_takes_the_connection_fee_once_and_energy_by_the_kwh() -> None:
    report = priced(*TWENTY_KWH)

    connection, energy = report.lines
    assert (connection.quantity, connection.unit, connection.unit_price) == (1, Unit.SESSION, Decimal("0.50"))
    assert (energy.quantity, energy.unit, energy.unit_price) == (Decimal("20.000"), Unit.KWH, Decimal("0.35"))
    assert (energy.exact, energy.amount_minor) == (700, 700)
    assert "20.000 kWh flowed from 2026-03-10 14:00 to 2026-03-10 16:00" in energy.reason
    assert (report.subtotal_minor, report.total_minor, report.notes) == (750, 750, ())


def test_it_splits_energy_at_the_local_boundary() -> None:
    report = priced(
        start("20:15"),
        meter("20:45", 3000),
        meter("21:15", 8000),
        stop("21:45", 12_200),
        rate=rate(energy=[PEAK, REST]),
        timezone="America/New_York",
    )

    assert energies(report) == [("rest", 5500), ("peak", 6700)]
    assert all(line.is_estimated for line in report.lines if line.component is Component.ENERGY)
    assert "split at 2026-03-10 17:00" in report.lines[1].reason
    assert report.inputs.estimated_splits[0].energy_between_wh == 5000


def test_it_calls_a_split_measured_when_the_readings_are_near() -> None:
    report = priced(
        start("16:00"),
        meter("16:55", 5000),
        meter("17:10", 8000),
        stop("18:00", 9000),
        rate=rate(energy=[PEAK, REST]),
    )

    assert energies(report) == [("rest", 6000), ("peak", 3000)]
    assert report.inputs.estimated_splits == ()


def test_it_shares_out_whole_wh_by_largest_remainder() -> None:
    report = priced(start("16:59"), stop("17:02", 1000), rate=rate(energy=[PEAK, REST]))
    assert energies(report) == [("rest", 333), ("peak", 667)]

    tied = priced(start("16:59"), stop("17:01", 1001), rate=rate(energy=[PEAK, REST]))
    assert energies(tied) == [("rest", 501), ("peak", 500)]


def test_it_puts_all_energy_of_a_window_on_one_line() -> None:
    report = priced(start("16:00"), stop("22:00", 6000), rate=rate(energy=[PEAK, REST]))
    assert energies(report) == [("rest", 2000), ("peak", 4000)]


def test_it_takes_the_weekday_of_the_slice() -> None:
    weekend = {"name": "weekend", "days": ["SAT", "SUN"], "price": "0.20"}
    report = priced(
        start("23:00", day="2026-03-13"), stop("02:00", 3000, day="2026-03-14"), rate=rate(energy=[weekend, REST])
    )
    assert energies(report) == [("rest", 1000), ("weekend", 2000)]


@pytest.mark.parametrize(
    ("began", "ended", "shares"),
    [
        # 00:30 to 04:30 on a wall clock that skips 02:00 to 03:00: three hours elapse.
        ("2026-03-28T23:30", "2026-03-29T02:30", [("early", 1500), ("late", 1500)]),
        # 01:30 to 03:30 on a wall clock that shows 02:00 to 03:00 twice: three hours elapse.
        ("2026-10-24T23:30", "2026-10-25T02:30", [("early", 2500), ("late", 500)]),
    ],
)
def test_it_prices_elapsed_time_on_the_wall_clock(began: str, ended: str, shares: list[tuple[str, int]]) -> None:
    early = {"name": "early", "from": "00:00", "to": "03:00", "price": "0.10"}
    late = {"name": "late", "from": "03:00", "to": "12:00", "price": "0.30"}
    report = priced(
        {"t": f"{began}:00Z", "type": "start", "wh": 0},
        {"t": f"{ended}:00Z", "type": "stop", "wh": 3000},
        rate=rate(energy=[early, late]),
        timezone="Europe/Amsterdam",
    )
    assert energies(report) == shares


def test_it_rounds_once_and_gives_the_lines_what_adds_up() -> None:
    windows = [
        {"name": "w0", "from": "10:00", "to": "11:00", "price": "0.3333"},
        {"name": "w1", "from": "11:00", "to": "12:00", "price": "0.2999"},
        {"name": "w2", "from": "12:00", "to": "13:00", "price": "0.4555"},
    ]
    report = priced(start("10:00"), stop("13:00", 999), rate=rate(energy=windows, connection_fee="0"))

    assert [line.exact for line in report.lines] == [
        Fraction("11.09889"),
        Fraction("9.98667"),
        Fraction("15.16815"),
    ]
    assert [line.amount_minor for line in report.lines] == [11, 10, 15]
    assert report.subtotal_minor == 36


def test_it_taxes_each_percentage_once_on_its_rounded_amount() -> None:
    tax = {"mode": "exclusive", "rates": {"connection": "8.25", "energy": "8.250", "processing": "0"}}
    report = priced(*TWENTY_KWH, rate=rate(tax=tax, processing_fee="0.35"))

    assert [(group.rate_pct, group.base_minor, group.tax_minor) for group in report.taxes] == [
        (Decimal("8.25"), 750, 62),
        (Decimal(0), 35, 0),
    ]
    assert (report.subtotal_minor, report.net_minor, report.tax_minor, report.total_minor) == (785, 785, 62, 847)


def test_it_takes_an_inclusive_tax_out_of_the_amount() -> None:
    tax = {"mode": "inclusive", "rates": {"connection": "19", "energy": "19"}}
    report = priced(*TWENTY_KWH, rate=rate(tax=tax), currency="EUR")

    assert (report.subtotal_minor, report.net_minor, report.tax_minor, report.total_minor) == (750, 630, 120, 750)
    assert [(group.base_minor, group.tax_minor) for group in report.taxes] == [(630, 120)]


@pytest.mark.parametrize(
    ("currency", "prices", "found"),
    [
        ("JPY", {"connection_fee": "50", "price": "33.5"}, [("connection", 50), ("energy", 33)]),
        ("BHD", {"connection_fee": "0.050", "price": "0.0335"}, [("connection", 50), ("energy", 33)]),
    ],
)
def test_it_rounds_to_the_minor_unit_of_the_currency(
    currency: str, prices: dict[str, str], found: list[tuple[str, int]]
) -> None:
    definition = rate(connection_fee=prices["connection_fee"], energy=[{"name": "x", "price": prices["price"]}])
    report = priced(start("10:00"), stop("11:00", 979), rate=definition, currency=currency)

    assert report.lines[1].exact == Fraction("32.7965")
    assert amounts(report) == found


def test_it_caps_the_idle_fee_of_a_session() -> None:
    report = priced(
        start("10:00"),
        meter("11:00", 7000),
        status("11:00", "SuspendedEV"),
        stop("13:00", 7000),
        status("13:00", "Available"),
        rate=rate(idle={"per_min": "0.40", "grace_min": 10, "cap": "20.00"}),
    )

    idle = report.lines[-1]
    assert (idle.quantity, idle.exact, idle.amount_minor, idle.is_capped) == (110, 2000, 2000, True)
    assert "10 min of grace" in idle.reason
    assert "at most 20.00 USD" in idle.reason
    assert report.idle_minutes == 110
    assert report.idle is not None
    assert (report.idle.grace, report.idle.billed_minutes, report.idle.is_capped) == (timedelta(minutes=10), 110, True)
    assert report.idle.ended_at - report.idle.began_at == timedelta(minutes=120)


def test_it_gives_members_their_discount_as_a_unit_price() -> None:
    report = priced(*TWENTY_KWH, member_discount_pct="10")

    assert amounts(report) == [("connection", 50), ("energy", 630)]
    assert report.lines[1].unit_price == Decimal("0.315")
    assert "10 % less than 0.35 USD" in report.lines[1].reason


def test_it_uses_an_allowance_in_the_order_of_time() -> None:
    report = priced(start("16:00"), stop("18:00", 8000), rate=rate(energy=[PEAK, REST]), included_wh=5000)

    assert energies(report) == [("included in the plan", 5000), ("peak", 3000)]
    assert amounts(report) == [("connection", 50), ("energy", 0), ("energy", 180)]


def test_it_shows_a_session_that_an_allowance_covers_whole() -> None:
    report = priced(start("16:00"), stop("18:00", 8000), rate=rate(connection_fee="0"), included_wh=50_000)
    assert (energies(report), report.total_minor) == ([("included in the plan", 8000)], 0)


@pytest.mark.parametrize(
    ("minimum", "energy_wh", "is_billed"), [(100, 99, False), (100, 100, True), (0, 0, False), (0, 1, True)]
)
def test_it_bills_nothing_below_the_least_energy(minimum: int, energy_wh: int, is_billed: bool) -> None:
    report = priced(
        start("10:00", 5000),
        status("10:01", "SuspendedEV"),
        stop("12:00", 5000 + energy_wh),
        status("12:00", "Available"),
        rate=rate(min_billable_wh=minimum, idle={"per_min": "1"}, processing_fee="0.35"),
    )

    assert report.energy_wh == energy_wh
    assert bool(report.lines) is is_billed
    assert (report.total_minor > 0) is is_billed
    assert [note.code for note in report.notes] == ([] if is_billed else [NoteCode.NOTHING_BILLABLE])


def test_it_bills_a_silent_charger_to_its_last_meter_value() -> None:
    report = priced(start("05:00", 10_000), meter("06:00", 20_000), meter("07:10", 28_420))

    assert amounts(report) == [("connection", 50), ("energy", 645)]
    assert [note.code for note in report.notes] == [NoteCode.NO_STOP]


def test_it_drops_a_value_that_runs_backwards_and_says_so() -> None:
    report = priced(start("10:00", 5000), meter("10:30", 9000), meter("10:40", 300), stop("11:00", 12_000))

    assert report.energy_wh == 7000
    assert [note.code for note in report.notes] == [NoteCode.READINGS_REFUSED]
    assert "300 Wh at 2026-03-10T10:40:00Z: the register cannot run backwards" in report.notes[0].sentence


@pytest.mark.parametrize(
    ("events", "doubts"),
    [
        ((start("10:00", 9000), stop("11:00", 20)), [Doubt.STOP_BELOW_START]),
        ((start("10:00", 9000), stop("09:00", 9500)), [Doubt.STOP_BEFORE_START]),
        ((start("10:00", 5), stop("11:00", 910_000)), [Doubt.IMPOSSIBLE_ENERGY]),
        ((start("10:00", 0), stop("11:00", 48_000_000)), [Doubt.IMPOSSIBLE_ENERGY, Doubt.ZERO_BASELINE]),
        ((start("10:00", 5), stop("10:00", 500)), [Doubt.IMPOSSIBLE_ENERGY]),
        ((start("10:00", 5), stop("10:00", 50_000, day="2027-03-12")), [Doubt.TOO_LONG]),
    ],
)
def test_it_holds_what_cannot_be_true_and_bills_nothing(events: tuple[Any, ...], doubts: list[Doubt]) -> None:
    report = priced(*events, rate=rate(processing_fee="0.35"))

    assert [found.doubt for found in report.held] == doubts
    assert report.is_held
    assert (report.lines, report.taxes, report.total_minor) == ((), (), 0)
    assert NoteCode.HELD in [note.code for note in report.notes]


@pytest.mark.parametrize(("energy_wh", "is_held"), [(12_100, False), (12_101, True)])
def test_it_measures_energy_against_the_power_of_the_connector(energy_wh: int, is_held: bool) -> None:
    found = session(start("10:00"), stop("11:00", energy_wh))
    facts = SessionFacts(events=found.facts.events, max_power_w=11_000)

    assert price(rate=found.rate, facts=facts, zone=found.zone).is_held is is_held


def test_it_puts_the_price_boundary_where_our_clock_has_it() -> None:
    events = (start("16:30"), stop("17:30", 6000))
    definition = rate(energy=[PEAK, REST])

    corrected = priced(*events, rate=definition, charger_clock_offset_s=1200)
    unusable = priced(*events, rate=definition, charger_clock_offset_s=100_000)

    assert energies(corrected) == [("rest", 5000), ("peak", 1000)]
    assert [note.code for note in corrected.notes] == [NoteCode.CLOCK_CORRECTED]
    assert corrected.inputs.started_at == datetime(2026, 3, 10, 16, 10, tzinfo=UTC)
    assert energies(unusable) == [("rest", 3000), ("peak", 3000)]
    assert [note.code for note in unusable.notes] == [NoteCode.CLOCK_UNUSABLE]


def test_it_shows_energy_for_which_no_price_was_named_and_takes_nothing() -> None:
    report = priced(start("16:00"), stop("18:00", 8000), rate=rate(energy=[PEAK]))

    assert energies(report) == [("no price set", 4000), ("peak", 4000)]
    assert report.subtotal_minor == 50 + 240
    assert [note.code for note in report.notes] == [NoteCode.NO_PRICE_SET]


def test_it_prices_a_running_session_to_its_last_meter_value() -> None:
    found = session(start("10:00"), meter("10:30", 4000), stop("11:00", 8000))

    running = price(
        rate=found.rate, facts=found.facts, zone=found.zone, as_of=datetime(2026, 3, 10, 10, 45, tzinfo=UTC)
    )

    assert amounts(running) == [("connection", 50), ("energy", 140)]
    assert [note.code for note in running.notes] == [NoteCode.STILL_RUNNING]
    assert not running.inputs.has_stop
