"""Configuration: how a charger is set, what contradicts the portal, templates, history."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AuditEntry
from chargers.fleet import presence
from chargers.fleet.presence import VariableFacts
from chargers.models import Command, Variable, VariableChange
from tests.kit.configuration_pages import KEYS, connect, page, tell, told

__all__ = ["told"]
PAGE = "/chargers/CP1/configuration/"
NOW = datetime.now(tz=UTC)
VARIABLES = {"SampledDataCtrlr.TxUpdatedInterval": "0", "EVSE.AllowReset": "true"}


def tell_2x(charger):
    connect(charger, "2.0.1")
    facts = [VariableFacts(*key.split("."), value, "ReadWrite") for key, value in VARIABLES.items()]
    facts.append(VariableFacts("EVSE", "Power", "11000", "ReadWrite", evse_number=1, attribute="MaxSet"))
    presence.report_variables(charger, facts, now=NOW)


def pk(name):
    return Variable.objects.get(name=name).pk


@pytest.mark.parametrize(
    ("person", "sees", "orders"),
    [("owner", 200, 302), ("agent", 200, 302), ("teammate", 200, 404), ("stranger", 404, 404)],
)
def test_it_is_seen_and_changed_by_those_who_may(told, client_of, person, sees, orders):
    client = client_of(getattr(told, person))

    assert client.get(PAGE).status_code == sees
    assert client.post(PAGE, {"step": "read"}).status_code == orders
    assert Command.objects.exists() is (orders == 302)


def test_it_shows_every_setting_and_no_password(told, client_of):
    text = page(client_of(told.owner))

    assert all(key in text for key in KEYS)
    assert "hunter2" not in text
    assert Variable.objects.get(name="AuthorizationKey").value is None
    assert f'name="v-{pk("NumberOfConnectors")}"' not in text
    assert f'name="v-{pk("HeartbeatInterval")}"' in text


def test_it_gives_a_teammate_no_input(told, client_of):
    assert 'name="v-' not in page(client_of(told.teammate))


def test_it_finds_settings_by_name_and_value(told, client_of):
    text = client_of(told.owner).get(PAGE, {"q": "heartb"}).content.decode()

    assert "HeartbeatInterval</label>" in text
    assert "NumberOfConnectors</label>" not in text


@pytest.mark.parametrize(("version", "action"), [("1.6", "GetConfiguration"), ("2.0.1", "GetBaseReport")])
def test_it_reads_all(told, client_of, version, action):
    connect(told.charger, version)

    client_of(told.owner).post(PAGE, {"step": "read"})

    assert Command.objects.get().action == action


def test_it_sends_only_what_was_typed_over_another_value(told, client_of):
    typed = {
        f"v-{pk('HeartbeatInterval')}": "600",
        f"v-{pk('AuthorizationCacheEnabled')}": "true",
        f"v-{pk('AuthorizationKey')}": "",
    }

    client_of(told.owner).post(PAGE, {"step": "edit", **typed})

    command = Command.objects.get()
    assert (command.action, command.payload) == ("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "600"})
    assert AuditEntry.objects.get().after == {"action": "ChangeConfiguration", **command.payload}


def test_it_sends_several_changes_in_one_step(told, client_of):
    tell_2x(told.charger)
    typed = {f"v-{pk('TxUpdatedInterval')}": "30", f"v-{pk('Power')}": "7400"}

    client_of(told.owner).post(PAGE, {"step": "edit", **typed})

    (command,) = Command.objects.all()
    assert command.payload["setVariableData"] == [
        {
            "attributeType": "MaxSet",
            "attributeValue": "7400",
            "component": {"name": "EVSE", "evse": {"id": 1}},
            "variable": {"name": "Power"},
        },
        {
            "attributeValue": "30",
            "component": {"name": "SampledDataCtrlr"},
            "variable": {"name": "TxUpdatedInterval"},
        },
    ]


def test_it_changes_nothing_that_is_read_only(told, client_of):
    response = client_of(told.owner).post(PAGE, {f"v-{pk('NumberOfConnectors')}": "9"}, follow=True)

    assert b"NumberOfConnectors cannot be changed: the charger says it is read-only." in response.content
    assert not Command.objects.exists()


def test_it_says_that_nothing_was_changed(told, client_of):
    response = client_of(told.owner).post(PAGE, {"step": "edit"}, follow=True)

    assert b"Nothing was changed" in response.content


def test_it_keeps_the_history_of_each_value(told, client_of):
    tell(told.charger, {"HeartbeatInterval": "600"}, at=NOW, origin="user:owner@example.com")
    tell(told.charger, {"HeartbeatInterval": "601"}, at=NOW + timedelta(seconds=1))
    tell(told.charger, {"HeartbeatInterval": "601"}, at=NOW + timedelta(seconds=2))

    changes = VariableChange.objects.order_by("at").values_list("key", "before", "after", "origin")
    assert list(changes) == [
        ("HeartbeatInterval", "300", "600", "user:owner@example.com"),
        ("HeartbeatInterval", "600", "601", ""),
    ]
    text = page(client_of(told.owner))
    assert "was 600" in text
    assert "not ordered here" in text


def test_it_keeps_no_history_of_passwords(told):
    tell(told.charger, {"AuthorizationKey": "another-password-2"})

    assert not VariableChange.objects.exists()


def test_it_sets_one_by_its_name(told, client_of):
    client_of(told.owner).post(PAGE, {"step": "set", "key": "Vendor.Key", "value": "1"})

    assert Command.objects.get().payload == {"key": "Vendor.Key", "value": "1"}


def test_it_runs_nothing_that_a_charger_calls_a_setting(told, client_of):
    tell(told.charger, {"<script>alert(1)</script>": "<script>alert(2)</script>"})

    assert "<script>alert" not in page(client_of(told.owner))


def test_its_query_count_does_not_grow_with_settings(told, client_of, django_assert_max_num_queries):
    tell(told.charger, {f"Key{number}": str(number) for number in range(200)})
    client = client_of(told.owner)

    with django_assert_max_num_queries(16):
        client.get(PAGE)


def test_it_sets_no_more_at_once_than_the_station_takes(client_of, world):
    tell_2x(world.charger)
    names = [f"Setting{number}" for number in range(5)]
    facts = [VariableFacts("CustomCtrlr", name, "a", "ReadWrite") for name in names]
    facts.append(VariableFacts("DeviceDataCtrlr", "ItemsPerMessage", "2", "ReadOnly", instance="SetVariables"))
    presence.report_variables(world.charger, facts, now=NOW)

    client_of(world.owner).post(PAGE, {"step": "edit", **{f"v-{pk(name)}": "b" for name in names}})

    sent = Command.objects.filter(action="SetVariables").order_by("created_at")
    assert [len(one.payload["setVariableData"]) for one in sent] == [2, 2, 1]
