"""Charging schedules as steps over time, out of replies and profiles of every version."""

from datetime import UTC, datetime

import pytest

from chargers.commands import schedules
from chargers.commands.schedules import Step

PERIODS = [{"startPeriod": 0, "limit": 16.0, "numberPhases": 3}, {"startPeriod": 3600, "limit": 8.5}]
PROFILE = {"chargingSchedule": {"chargingRateUnit": "W", "duration": 7200, "chargingSchedulePeriod": PERIODS}}


def test_a_composite_schedule_of_1_6_is_cut_at_its_duration():
    reply = {
        "status": "Accepted",
        "scheduleStart": "2026-03-10T12:00:00Z",
        "chargingSchedule": {"chargingRateUnit": "A", "duration": 5400, "chargingSchedulePeriod": PERIODS},
    }

    schedule = schedules.of_command("GetCompositeSchedule", {"duration": 86_400}, reply)

    assert schedule is not None
    assert (schedule.unit, schedule.starts_at) == ("A", datetime(2026, 3, 10, 12, tzinfo=UTC))
    assert schedule.steps == (Step(0, 3600, 16.0, 3), Step(3600, 5400, 8.5, None))
    assert (schedule.lasts_s, schedule.most, schedule.steps[0].lasts_s) == (5400, 16.0, 3600)


def test_one_of_2_x_bears_its_start_inside_and_lasts_as_long_as_was_asked():
    reply = {
        "schedule": {
            "scheduleStart": "2026-03-10T12:00:00Z",
            "chargingRateUnit": "W",
            "chargingSchedulePeriod": PERIODS,
        }
    }

    schedule = schedules.of_command("GetCompositeSchedule", {"duration": 7200}, reply)

    assert schedule is not None
    assert (schedule.unit, schedule.lasts_s) == ("W", 7200)
    assert schedule.starts_at == datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "payload",
    [
        {"csChargingProfiles": PROFILE},
        {"chargingProfile": PROFILE | {"chargingSchedule": [PROFILE["chargingSchedule"]]}},
    ],
)
def test_a_profile_that_is_set_counts_from_the_start_of_a_session(payload):
    schedule = schedules.of_command("SetChargingProfile", payload, None)

    assert schedule is not None
    assert (schedule.starts_at, schedule.lasts_s, schedule.most) == (None, 7200, 16.0)


def test_steps_are_put_in_order_and_what_has_no_start_is_left_out():
    periods = [PERIODS[1], {"limit": 99}, PERIODS[0]]

    schedule = schedules.of_command(
        "SetChargingProfile", {"chargingProfile": {"chargingSchedule": {"chargingSchedulePeriod": periods}}}, None
    )

    assert schedule is not None
    assert [(step.begins_s, step.limit) for step in schedule.steps] == [(0, 16.0), (3600, 8.5)]


@pytest.mark.parametrize(
    ("periods", "ends_s"),
    [([{"startPeriod": 0}], 86_400), ([{"startPeriod": 0}, {"startPeriod": 600}], 4200), (PERIODS, 7200)],
)
def test_a_last_step_without_an_end_is_drawn_long_enough_to_be_seen(periods, ends_s):
    payload = {"chargingProfile": {"chargingSchedule": {"chargingSchedulePeriod": periods}}}

    schedule = schedules.of_command("SetChargingProfile", payload, None)

    assert schedule is not None
    assert schedule.lasts_s == ends_s


def test_a_duration_that_ends_before_the_last_step_leaves_it_a_minute():
    payload = {"chargingProfile": {"chargingSchedule": {"duration": 60, "chargingSchedulePeriod": PERIODS}}}

    schedule = schedules.of_command("SetChargingProfile", payload, None)

    assert schedule is not None
    assert schedule.lasts_s == 3660


@pytest.mark.parametrize(
    ("action", "payload", "reply"),
    [
        ("GetCompositeSchedule", {"duration": 60}, None),
        ("GetCompositeSchedule", {"duration": 60}, {"status": "Rejected"}),
        ("SetChargingProfile", {}, None),
        ("SetChargingProfile", {"chargingProfile": {"chargingSchedule": []}}, None),
        ("SetChargingProfile", {"chargingProfile": {"chargingSchedule": {"chargingSchedulePeriod": "x"}}}, None),
        ("Reset", {"type": "Soft"}, {"status": "Accepted"}),
    ],
)
def test_where_there_is_no_schedule_there_is_none(action, payload, reply):
    assert schedules.of_command(action, payload, reply) is None
