"""Readings that cannot be true: each doubt at its edge, and what a person accepted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from billing.engine import plausibility, timeline
from billing.engine.plausibility import OF_THE_METER, Implausible
from billing.engine.values.facts import RegisterReported, SessionFacts
from tests.kit.rating_sessions import Json, meter, session, start, stop

TEN = datetime(2026, 3, 10, 10, tzinfo=UTC)


def facts_of(*events: Json, **changes: object) -> SessionFacts:
    return replace(session(*events).facts, **changes)


def doubts(*events: Json, **changes: object) -> list[Implausible]:
    facts = facts_of(*events, **changes)
    return [evidence.doubt for evidence in plausibility.implausible(timeline.lay_out(facts), facts=facts)]


def test_a_session_as_it_should_be_raises_no_doubt():
    assert doubts(start("10:00", 500), meter("11:00", 11_500), stop("12:00", 20_000), max_power_w=11_000) == []


@pytest.mark.parametrize(("energy_wh", "found"), [(12_100, []), (12_101, [Implausible.IMPOSSIBLE_ENERGY])])
def test_more_than_the_connector_can_deliver_with_a_tenth_of_tolerance_is_doubted(energy_wh: int, found: list):
    assert doubts(start("10:00", 500), stop("11:00", 500 + energy_wh), max_power_w=11_000) == found


def test_where_its_power_is_unknown_the_most_of_any_plug_is_taken():
    assert doubts(start("10:00", 500), stop("11:00", 550_500)) == []
    assert doubts(start("10:00", 500), stop("11:00", 550_501)) == [Implausible.IMPOSSIBLE_ENERGY]


def test_a_register_that_falls_is_doubted():
    assert Implausible.STOP_BELOW_START in doubts(start("10:00", 5000), stop("11:00", 4999))
    assert doubts(start("10:00", 5000), stop("11:00", 5000)) == []


def test_a_start_at_zero_whose_first_rise_is_too_steep_lost_its_beginning():
    jump = (start("10:00", 0), meter("10:01", 900_000), stop("11:00", 901_000))

    assert Implausible.ZERO_BASELINE in doubts(*jump, max_power_w=11_000)
    assert doubts(start("10:00", 0), meter("10:30", 5000), stop("11:00", 10_000), max_power_w=11_000) == []


def test_a_session_that_lasts_for_more_than_a_year_is_doubted():
    assert doubts(start("10:00", 0), stop("10:00", 100, day="2027-03-11")) == []
    assert doubts(start("10:00", 0), stop("10:01", 100, day="2027-03-11")) == [Implausible.TOO_LONG]


def test_what_a_person_accepted_is_not_held_again():
    falling = (start("10:00", 5000), stop("11:00", 4999))

    assert doubts(*falling, accepted=frozenset({Implausible.STOP_BELOW_START})) == []


def test_the_reason_bears_its_numbers():
    facts = facts_of(start("10:00", 5000), stop("11:00", 4000))

    [evidence, *_] = plausibility.implausible(timeline.lay_out(facts), facts=facts)

    assert evidence.reason.facts == {"begin": 5000, "end": 4000}
    assert evidence.doubt in OF_THE_METER
    assert evidence.sentence.endswith(".")


@pytest.mark.parametrize(("risen_wh", "is_jump"), [(1000 + 12_100, False), (1000 + 12_101, True)])
def test_a_jump_is_more_than_could_flow_and_a_kwh(risen_wh: int, is_jump: bool):
    before, after = RegisterReported(at=TEN, wh=0), RegisterReported(at=TEN + timedelta(hours=1), wh=risen_wh)

    assert plausibility.is_jump(before, after, facts=facts_of(start("10:00"), max_power_w=11_000)) is is_jump
