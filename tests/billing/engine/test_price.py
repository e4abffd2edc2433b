"""Whole sessions, priced."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from billing.engine.price import price
from billing.engine.rate.tariff import Component
from billing.engine.reports.report import NoteCode
from billing.engine.values.facts import SessionFacts
from tests.kit.rating_sessions import amounts, energies, meter, priced, rate, session, start, status, stop

PEAK = {"name": "peak", "from": "17:00", "to": "21:00", "price": "0.60"}
REST = {"name": "rest", "price": "0.30"}
TWENTY_KWH = (start("14:00", 100_000), stop("16:00", 120_000))


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


@pytest.mark.parametrize(("energy_wh", "is_held"), [(12_100, False), (12_101, True)])
def test_it_measures_energy_against_the_power_of_the_connector(energy_wh: int, is_held: bool) -> None:
    found = session(start("10:00"), stop("11:00", energy_wh))
    facts = SessionFacts(events=found.facts.events, max_power_w=11_000)

    assert price(rate=found.rate, facts=facts, zone=found.zone).is_held is is_held


def test_it_prices_a_running_session_to_its_last_meter_value() -> None:
    found = session(start("10:00"), meter("10:30", 4000), stop("11:00", 8000))

    running = price(
        rate=found.rate, facts=found.facts, zone=found.zone, as_of=datetime(2026, 3, 10, 10, 45, tzinfo=UTC)
    )

    assert amounts(running) == [("connection", 50), ("energy", 140)]
    assert [note.code for note in running.notes] == [NoteCode.STILL_RUNNING]
    assert not running.inputs.has_stop


def test_energy_flowed_until_the_register_last_rose_and_not_until_the_stop() -> None:
    report = priced(start("07:54"), meter("08:34", 6000), meter("08:49", 6000), stop("09:04", 6000))
    [energy] = [line for line in report.lines if line.component is Component.ENERGY]
    assert "6.000 kWh flowed from 2026-03-10 07:54 to 2026-03-10 08:34" in energy.reason
