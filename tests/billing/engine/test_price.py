"""Whole sessions, priced."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from billing.engine.price import price
from billing.engine.reports.report import NoteCode
from billing.engine.values.facts import SessionFacts
from tests.kit.rating_sessions import amounts, meter, priced, rate, session, start, status, stop

TWENTY_KWH = (start("14:00", 100_000), stop("16:00", 120_000))


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
