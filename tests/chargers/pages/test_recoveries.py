"""What the safe ladder tried, and what may be tried, as pages show it."""

from datetime import UTC, datetime

import pytest

from chargers.models import Charger, ChargerRecoveryPolicy, Recovery, RecoveryPolicy, RecoveryStep
from chargers.pages import recoveries
from chargers.recovery.next_step import Step

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def allowed(charger: Charger) -> set[Step]:
    return {step for step, _, _, is_chosen in recoveries.choice(charger).steps if is_chosen}


def test_nothing_is_tried_where_nobody_allowed_it(charger: Charger):
    choice = recoveries.choice(charger)

    assert (choice.is_own, choice.of_place) == (False, "off")
    assert {step for step, *_ in choice.steps} == set(Step)
    assert allowed(charger) == set()


def test_a_charger_s_own_choice_goes_before_its_property_s(charger: Charger):
    RecoveryPolicy.objects.create(property=charger.property, steps=["trigger", "ticket"], changed_at=NOON)
    assert allowed(charger) == {Step.TRIGGER, Step.TICKET}

    ChargerRecoveryPolicy.objects.create(charger=charger, steps=[], changed_at=NOON)

    choice = recoveries.choice(charger)
    assert choice.is_own
    assert allowed(charger) == set()
    assert "ticket" in choice.of_place


@pytest.mark.parametrize(("state", "waits"), [("open", True), ("reported", False)])
def test_only_a_ladder_that_is_under_way_waits_for_something(charger: Charger, state: str, waits: bool):
    row = Recovery.objects.create(
        charger=charger,
        kind="offline",
        since=NOON,
        began_at=NOON,
        next_look_at=NOON,
        state=state,
        ended_at=None if state == "open" else NOON,
        waits_for="charging",
    )
    RecoveryStep.objects.create(recovery=row, charger=charger, step="trigger", taken_at=NOON, answer="timed_out")
    RecoveryStep.objects.create(recovery=row, charger=charger, step="ticket", taken_at=NOON, answer="T-1001")

    [shown] = recoveries.rows_of([row])

    assert bool(shown.waits) is waits
    answers = {step.row.step: step.answer for step in shown.steps}
    assert answers["ticket"] == "T-1001"
    assert answers["trigger"] == "the charger did not answer in time"
