"""What may be tried at chargers in trouble. A ladder that ended has the moment of its end; one is open at a time."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from chargers.models import Charger, ChargerRecoveryPolicy, Property, Recovery, RecoveryPolicy

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(("steps", "words"), [([], "nothing"), (["trigger", "reset"], "trigger, reset")])
def test_a_choice_says_what_may_be_tried(steps: list[str], words: str):
    assert str(RecoveryPolicy(property=Property(name="Sunset 1"), steps=steps)) == f"Sunset 1: {words}"
    assert str(ChargerRecoveryPolicy(charger=Charger(station_id="SUN001"), steps=steps)) == f"SUN001: {words}"


def begin(charger: Charger, **facts) -> Recovery:
    return Recovery.objects.create(
        charger=charger, kind="offline", since=NOON, began_at=NOON, next_look_at=NOON, **facts
    )


@pytest.mark.django_db
@pytest.mark.parametrize("facts", [{"state": "open", "ended_at": NOON}, {"state": "recovered"}])
def test_only_what_ended_has_an_end(charger: Charger, facts: dict):
    with pytest.raises(IntegrityError, match="recovery_ended_has_a_moment"), transaction.atomic():
        begin(charger, **facts)


@pytest.mark.django_db
def test_one_is_open_at_a_charger(charger: Charger, other_charger: Charger):
    begin(charger, state="given_up", ended_at=NOON)
    begin(charger)
    begin(other_charger)

    with pytest.raises(IntegrityError, match="recovery_one_open"), transaction.atomic():
        begin(charger)
