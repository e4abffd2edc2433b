"""Chargers lie: events repeated, shuffled, backwards and on a wrong clock."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from billing.engine.timeline import Refusal, Timeline, lay_out
from billing.engine.values.facts import RegisterContext, RegisterReported, SessionFacts

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def register(minute: int, wh: int, context: RegisterContext = RegisterContext.METER) -> RegisterReported:
    return RegisterReported(at=NOON + timedelta(minutes=minute), wh=wh, context=context)


START = register(0, 1000, RegisterContext.START)
STOP = register(60, 9000, RegisterContext.STOP)


def laid_out(*events: RegisterReported, offset_s: int = 0) -> Timeline:
    return lay_out(SessionFacts(events=events, charger_clock_offset_s=offset_s))


def test_it_drops_repeats_and_puts_events_in_order() -> None:
    session = laid_out(STOP, register(30, 5000), START, register(30, 5000), STOP)

    assert session.readings == (START, register(30, 5000), STOP)
    assert session.refused == ()


@pytest.mark.parametrize(
    ("reading", "refusal"),
    [
        (register(-1, 1000), Refusal.BEFORE_START),
        (register(61, 9000), Refusal.AFTER_STOP),
        (register(40, 4999), Refusal.BACKWARDS),
        (register(40, 9001), Refusal.ABOVE_STOP),
    ],
)
def test_it_refuses_a_register_that_cannot_be(reading: RegisterReported, refusal: Refusal) -> None:
    session = laid_out(START, register(30, 5000), reading, STOP)

    assert session.readings == (START, register(30, 5000), STOP)
    assert [(item.reading, item.refusal) for item in session.refused] == [(reading, refusal)]


def test_it_interpolates_between_the_nearest_readings() -> None:
    session = laid_out(START, register(30, 5000), STOP)

    assert session.energy_until(NOON) == 0
    assert session.energy_until(NOON + timedelta(minutes=10)) == Fraction(4000, 3)
    assert session.energy_until(NOON + timedelta(minutes=30)) == 4000
    assert session.energy_until(NOON + timedelta(minutes=90)) == 8000


@pytest.mark.parametrize(
    ("offset_s", "moved_s"),
    [(0, 0), (30, 0), (31, -31), (-31, 31), (86_399, -86_399), (86_400, 0), (-1_700_000_000, 0)],
)
def test_it_corrects_a_drift_but_neither_jitter_nor_an_unset_clock(offset_s: int, moved_s: int) -> None:
    session = laid_out(START, STOP, offset_s=offset_s)

    assert session.start.at - NOON == timedelta(seconds=moved_s)
    assert session.clock_correction == timedelta(seconds=moved_s)


def test_it_has_no_timeline_without_a_start() -> None:
    with pytest.raises(ValueError, match="without a start"):
        laid_out(register(1, 5), STOP)


def test_it_has_no_timeline_with_two_stops() -> None:
    with pytest.raises(ValueError, match="one stop"):
        laid_out(START, STOP, register(61, 9001, RegisterContext.STOP))


def test_it_leaves_out_what_happened_after_the_asked_instant() -> None:
    session = lay_out(SessionFacts(events=(START, register(30, 5000), STOP)), as_of=NOON + timedelta(minutes=30))

    assert session.readings == (START, register(30, 5000))
    assert session.stop is None
