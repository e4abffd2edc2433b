"""The ladder's next step, from plain facts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chargers.recovery import next_step
from chargers.recovery.next_step import (
    Facts,
    GiveUp,
    Hindrance,
    Kind,
    Record,
    Recovered,
    Step,
    StepTaken,
    Take,
    Trouble,
    Wait,
)

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FAULT = Trouble(kind=Kind.FAULTED, since=NOW - HOUR, detail="InternalError", evse_number=1)
STUCK = Trouble(kind=Kind.FAULTED, since=NOW - HOUR, detail="ConnectorLockFailure", evse_number=1)
OFFLINE = Trouble(kind=Kind.OFFLINE, since=NOW - HOUR)
FACTS = Facts(now=NOW, trouble=FAULT, allowed=tuple(Step))


def tried(*steps: Step, ago: timedelta = timedelta(minutes=20)) -> tuple[StepTaken, ...]:
    return tuple(StepTaken(step, NOW - ago) for step in steps)


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


RESETS = (Step.TRIGGER, Step.RESET_SOFT, Step.RESET_HARD)


@pytest.mark.parametrize(
    ("facts", "decision"),
    [
        (FACTS, Take(Step.TRIGGER)),
        (replace(FACTS, trouble=replace(FAULT, since=NOW - minutes(4))), Wait(NOW + minutes(1))),
        (replace(FACTS, tried=tried(Step.TRIGGER, ago=minutes(1))), Wait(NOW + minutes(1))),
        (replace(FACTS, tried=tried(Step.TRIGGER)), Take(Step.RESET_SOFT)),
        (replace(FACTS, tried=tried(*RESETS[:2], ago=minutes(4))), Wait(NOW + minutes(1))),
        (replace(FACTS, tried=tried(*RESETS[:2])), Take(Step.RESET_HARD)),
        (replace(FACTS, tried=tried(*RESETS)), Take(Step.TICKET)),
        (replace(FACTS, tried=tried(*RESETS), trouble=STUCK), Take(Step.UNLOCK)),
        (replace(FACTS, tried=tried(*RESETS), trouble=replace(STUCK, evse_number=None)), Take(Step.TICKET)),
        (replace(FACTS, tried=tried(*Step)), GiveUp()),
        (replace(FACTS, allowed=(Step.RESET_HARD,)), Take(Step.RESET_HARD)),
        (replace(FACTS, allowed=(Step.RESET_HARD,), resets=frozenset({Step.RESET_HARD})), GiveUp()),
        (replace(FACTS, resets=next_step.RESETS, tried=tried(Step.TRIGGER)), Take(Step.TICKET)),
        (replace(FACTS, records={Step.TRIGGER: Record(10, 0)}), Take(Step.RESET_SOFT)),
        (replace(FACTS, records={Step.TRIGGER: Record(9, 0)}), Take(Step.TRIGGER)),
        (replace(FACTS, records={Step.TRIGGER: Record(90, 1)}), Take(Step.TRIGGER)),
        (replace(FACTS, trouble=None), Recovered(None)),
        (replace(FACTS, trouble=None, tried=tried(*RESETS[:2], ago=minutes(3))), Recovered(Step.RESET_SOFT)),
        (replace(FACTS, trouble=None, tried=tried(*RESETS[:2], ago=minutes(8))), Recovered(None)),
        (replace(FACTS, trouble=OFFLINE), Wait(NOW + minutes(1), Kind.OFFLINE)),
        (replace(FACTS, trouble=replace(OFFLINE, since=NOW - 2 * HOUR)), Take(Step.TICKET)),
        (replace(FACTS, trouble=replace(OFFLINE, since=NOW - 2 * HOUR), allowed=RESETS), GiveUp()),
        (replace(FACTS, trouble=OFFLINE, tried=tried(*RESETS[:2], ago=minutes(4))), Wait(NOW + minutes(1))),
        (replace(FACTS, tried=tried(*RESETS), hindrance=Hindrance.CHARGING), Take(Step.TICKET)),
        (replace(FACTS, tried=tried(*RESETS), hindrance=Hindrance.MAINTENANCE), Wait(NOW + minutes(1), "maintenance")),
    ],
)
def test_the_next_step(facts: Facts, decision: next_step.Decision):
    assert next_step.decide(facts) == decision


@pytest.mark.parametrize("hindrance", list(Hindrance))
@pytest.mark.parametrize("before", [(), RESETS[:1], RESETS[:2]])
def test_no_command_is_sent_while_anything_hinders_it(hindrance: Hindrance, before: tuple[Step, ...]):
    facts = replace(FACTS, hindrance=hindrance, tried=tried(*before))

    assert next_step.decide(facts) == Wait(NOW + minutes(1), hindrance)
    later = replace(facts, now=NOW + 3 * HOUR)
    by_people = hindrance in {Hindrance.MAINTENANCE, Hindrance.FIRMWARE}
    assert next_step.decide(later) == (Wait(later.now + minutes(1), hindrance) if by_people else Take(Step.TICKET))


def test_it_always_ends():
    facts, taken = FACTS, []
    while isinstance(decision := next_step.decide(facts), Take):
        taken.append(decision.step)
        facts = replace(facts, now=facts.now + HOUR, tried=(*facts.tried, StepTaken(decision.step, facts.now)))

    assert decision == GiveUp()
    assert taken == [Step.TRIGGER, Step.RESET_SOFT, Step.RESET_HARD, Step.TICKET]


SOFT, HARD = Step.RESET_SOFT, Step.RESET_HARD


@pytest.mark.parametrize(
    ("records", "order"),
    [
        ({}, tuple(Step)),
        ({SOFT: Record(20, 1), HARD: Record(20, 16)}, (Step.TRIGGER, HARD, SOFT, Step.UNLOCK, Step.TICKET)),
        ({SOFT: Record(20, 8), HARD: Record(20, 12)}, tuple(Step)),
        ({SOFT: Record(9, 0), HARD: Record(20, 20)}, tuple(Step)),
        ({SOFT: Record(20, 0), HARD: Record(9, 9)}, tuple(Step)),
        ({SOFT: Record(20, 19), HARD: Record(20, 1)}, tuple(Step)),
        (
            {Step.TRIGGER: Record(50, 1), SOFT: Record(50, 20), HARD: Record(50, 49)},
            (HARD, SOFT, Step.TRIGGER, Step.UNLOCK, Step.TICKET),
        ),
        ({Step.UNLOCK: Record(50, 0), Step.TICKET: Record(50, 50)}, tuple(Step)),
    ],
)
def test_a_harder_step_comes_first_only_where_its_record_is_clearly_better(records, order):
    assert next_step.order_steps(records) == order


def test_the_order_decides_which_step_is_taken():
    records = {SOFT: Record(20, 1), HARD: Record(20, 16)}

    assert next_step.decide(replace(FACTS, records=records, tried=tried(Step.TRIGGER))) == Take(HARD)
    assert next_step.decide(replace(FACTS, records=records, tried=tried(Step.TRIGGER, HARD))) == Take(SOFT)
    without_hard = tuple(one for one in Step if one is not HARD)
    allowed = replace(FACTS, records=records, tried=tried(Step.TRIGGER), allowed=without_hard)
    assert next_step.decide(allowed) == Take(SOFT)


@pytest.mark.parametrize("tries", [10, 25, 100])
def test_every_order_has_each_step_once_and_people_last(tries: int):
    shares = [Record(tries, round(tries * part)) for part in (0, 0.2, 0.5, 0.9)]
    for trigger in shares:
        for soft in shares:
            for hard in shares:
                order = next_step.order_steps({Step.TRIGGER: trigger, SOFT: soft, HARD: hard})
                assert sorted(order) == sorted(Step)
                assert order[-1] is Step.TICKET
