"""What changed in a charger's settings, and the names people know them by."""

from datetime import UTC, datetime, timedelta

import pytest

from chargers.fleet import history
from chargers.fleet.history import VariableFacts
from chargers.models import Charger, Variable, VariableChange

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("facts", "key"),
    [
        (VariableFacts("", "HeartbeatInterval", "60"), "HeartbeatInterval"),
        (VariableFacts("SampledDataCtrlr", "TxUpdatedInterval", "60"), "SampledDataCtrlr.TxUpdatedInterval"),
        (VariableFacts("EVSE", "Power", "7", attribute="Target", evse_number=1), "EVSE#1.Power@Target"),
        (VariableFacts("Connector", "Type", "x", evse_number=1, connector_number=2), "Connector#1.2.Type"),
        (VariableFacts("Ctrlr", "Name", "x", component_instance="A", instance="B"), "Ctrlr(A).Name(B)"),
        (VariableFacts("", "x" * 600, "1", attribute="Target"), f"{'x' * 480}@Target"),
    ],
)
def test_a_setting_has_the_name_of_its_version(facts: VariableFacts, key: str):
    assert history.key_of(facts) == key


def store(charger: Charger, name: str, value: str | None) -> None:
    Variable.objects.create(charger=charger, name=name, value=value, reported_at=NOON)


def note(charger: Charger, **values: str | None) -> None:
    reported = [VariableFacts("", name, value) for name, value in values.items()]
    history.note(charger, reported, now=NOON, origin="system")


@pytest.mark.django_db
def test_only_what_differs_from_what_was_known_is_kept(charger: Charger, other_charger: Charger):
    store(charger, "HeartbeatInterval", "60")
    store(charger, "MeterValueSampleInterval", "30")
    store(other_charger, "ResetRetries", "1")

    note(charger, HeartbeatInterval="300", MeterValueSampleInterval="30", ResetRetries="5")

    change = VariableChange.objects.get()
    assert (change.key, change.before, change.after) == ("HeartbeatInterval", "60", "300")


@pytest.mark.django_db
def test_that_a_value_is_not_reported_any_more_is_a_change(charger: Charger):
    store(charger, "HeartbeatInterval", "60")

    note(charger, HeartbeatInterval=None)

    assert VariableChange.objects.get().after is None


@pytest.mark.django_db
def test_passwords_leave_no_trace(charger: Charger):
    store(charger, "AuthorizationKey", "old-secret")

    note(charger, AuthorizationKey="new-secret")

    assert not VariableChange.objects.exists()


@pytest.mark.django_db
def test_the_newest_changes_come_first(charger: Charger):
    store(charger, "HeartbeatInterval", "60")
    for hours, value in ((0, "61"), (1, "62"), (2, "63")):
        at = NOON + timedelta(hours=hours)
        history.note(charger, [VariableFacts("", "HeartbeatInterval", value)], now=at, origin="system")

    changes = history.of_charger(charger, since=NOON + timedelta(hours=1))

    assert [change.after for change in changes] == ["63", "62"]
