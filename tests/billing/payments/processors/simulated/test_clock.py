"""The simulated processor's own clock: it goes on from wherever it was set."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from billing.payments.processors.simulated import clock

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_it_is_ours_until_it_is_set_and_steps_add_up():
    with time_machine.travel(NOON, tick=False):
        assert clock.now() == NOON
        clock.advance(HOUR)
        clock.advance(2 * HOUR)
        assert clock.now() == NOON + 3 * HOUR


def test_set_to_a_moment_it_goes_on_from_there_also_in_the_past():
    with time_machine.travel(NOON, tick=False):
        clock.advance(HOUR)
        clock.set_to(NOON - timedelta(days=30))
        assert clock.now() == NOON - timedelta(days=30)
    with time_machine.travel(NOON + HOUR, tick=False):
        assert clock.now() == NOON - timedelta(days=30) + HOUR
