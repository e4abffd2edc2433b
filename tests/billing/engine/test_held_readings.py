"""What a person can make of a session that is held."""

from dataclasses import replace
from typing import Any

from billing.engine import held_readings
from billing.engine.held_readings import Choice
from billing.engine.price import price
from tests.kit.rating_sessions import Json, meter, rate, session, start, status, stop


def offered(*events: Json, **changes: Any) -> dict[str, tuple[int, int]]:
    """Wh and total of every choice."""
    found = session(*events, **changes)
    held = price(rate=found.rate, facts=found.facts, zone=found.zone)
    assert held.is_held or found.facts.charger_clock_offset_s
    reports = {
        reading.choice: price(rate=found.rate, facts=reading.facts, zone=found.zone)
        for reading in held_readings.readings(found.facts)
    }
    assert not any(report.is_held for report in reports.values())
    return {choice: (report.energy_wh, report.total_minor) for choice, report in reports.items()}


def test_it_offers_the_readings_up_to_an_impossible_rise() -> None:
    found = offered(start("14:00", 1000), meter("14:30", 6000), meter("15:00", 9_000_000), stop("15:30", 9_000_500))
    assert found == {Choice.LAST_TRUSTED: (5000, 225), Choice.AS_IT_STANDS: (8_999_500, 315_033)}


def test_it_offers_the_last_reading_where_the_register_fell_below_its_start() -> None:
    found = offered(start("14:00", 5000), meter("14:30", 9000), stop("15:00", 100))
    assert found == {Choice.LAST_TRUSTED: (4000, 190)}


def test_it_offers_the_first_reading_where_the_start_value_was_lost() -> None:
    found = offered(start("14:00", 0), meter("14:05", 7_000_000), meter("15:00", 7_005_000), stop("15:30", 7_010_000))
    assert found[Choice.FIRST_READING] == (10_000, 400)


def test_it_sees_a_lost_start_value_also_where_the_whole_session_could_have_flowed() -> None:
    """55 kWh in a day are possible; 50 of them within a minute are not."""
    report_of = session(start("20:00", 0), meter("20:01", 50_000), stop("20:00", 55_000, day="2026-03-11"))
    facts = replace(report_of.facts, max_power_w=11_000)
    held = price(rate=report_of.rate, facts=facts, zone=report_of.zone)
    assert [found.doubt for found in held.held] == ["zero_baseline"]
    assert "the next reading was 50.000 kWh" in held.held[0].sentence


def test_it_offers_our_clock_where_the_chargers_is_days_off() -> None:
    night = {"name": "night", "price": "0.10", "from": "00:00", "to": "06:00"}
    found = offered(
        start("02:00"),
        stop("03:00", 5000),
        rate=rate(connection_fee="0", energy=[night, {"name": "day", "price": "0.50"}]),
        charger_clock_offset_s=-(2 * 86_400 + 8 * 3600),
    )
    assert found == {Choice.OUR_CLOCK: (5000, 250), Choice.AS_IT_STANDS: (5000, 50)}


def test_it_keeps_the_statuses_before_the_last_trusted_reading_only() -> None:
    found = session(
        start("14:00", 1000),
        status("14:10", "Charging"),
        meter("14:30", 6000),
        status("14:40", "SuspendedEV"),
        stop("15:30", 9_000_500),
    )
    trusted = held_readings.readings(found.facts)[0]
    assert [type(event).__name__ for event in trusted.facts.events] == [
        "RegisterReported",
        "StatusReported",
        "RegisterReported",
    ]


def test_energy_without_duration_is_billed_as_it_stands_at_the_price_of_that_moment() -> None:
    night = {"name": "night", "price": "0.10", "from": "00:00", "to": "06:00"}
    rates = rate(connection_fee="0", energy=[night, {"name": "day", "price": "0.50"}])
    assert offered(start("02:00", 1000), stop("02:00", 1500), rate=rates) == {Choice.AS_IT_STANDS: (500, 5)}
    assert offered(start("14:00", 1000), stop("14:00", 1500), rate=rates) == {Choice.AS_IT_STANDS: (500, 25)}
