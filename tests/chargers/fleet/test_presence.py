import uuid
from datetime import UTC, datetime, timedelta

import pytest

from chargers.fleet import presence
from chargers.fleet.presence import BootFacts, DeviationReport, HeardCharger, StatusFacts, VariableFacts
from chargers.models import Charger, ChargerEvent, Command, Connector, Deviation, StatusReport, Variable
from tests.kit.hardware import order

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.django_db


def report(charger, status, *, at=NOON, evse=1, connector=None):
    facts = StatusFacts(
        evse_number=evse,
        connector_number=connector,
        status=status,
        error_code="NoError",
        vendor_error_code="",
        status_info="",
        stated_at=at.isoformat(),
        at=at,
    )
    presence.report_status(charger, facts, now=NOON)


def test_it_shows_the_newest_status_and_keeps_all(charger):
    report(charger, "Charging", at=NOON)
    report(charger, "Faulted", at=NOON - MINUTE)

    assert Connector.objects.get(evse__number=1).status == "Charging"
    assert StatusReport.objects.count() == 2


def test_it_keeps_the_chargers_own_status_apart(charger):
    report(charger, "Faulted", evse=None)
    report(charger, "Available", evse=None, at=NOON - MINUTE)

    charger.refresh_from_db()
    assert charger.status == "Faulted"
    assert set(Connector.objects.values_list("status", flat=True)) == {""}


@pytest.mark.parametrize(("evse", "connector", "number"), [(3, None, 1), (1, 7, 7), (2, 2, 2)])
def test_it_adds_a_connector_that_only_the_hardware_knows(charger, evse, connector, number):
    report(charger, "Available", evse=evse, connector=connector)

    assert Connector.objects.get(status="Available").number == number
    assert Connector.objects.get(status="Available").evse.number == evse


def test_it_forgets_only_the_connection_that_ended(charger):
    old, new = uuid.uuid4(), uuid.uuid4()
    presence.connect(charger, connection_id=old, version="1.6", now=NOON)
    presence.connect(charger, connection_id=new, version="2.0.1", now=NOON)

    assert not presence.disconnect(charger, connection_id=old, now=NOON)
    charger.refresh_from_db()
    assert (charger.connection_id, charger.ocpp_version, charger.disconnected_at) == (new, "2.0.1", None)
    assert presence.disconnect(charger, connection_id=new, now=NOON)
    charger.refresh_from_db()
    assert (charger.connection_id, charger.disconnected_at) == (None, NOON)


def test_it_shows_a_silent_charger_as_offline(charger, other_charger):
    for one in (charger, other_charger):
        presence.connect(one, connection_id=(last := uuid.uuid4()), version="1.6", now=NOON)
    presence.record_heard([HeardCharger(other_charger.pk, last)], now=NOON + 20 * MINUTE)

    assert presence.disconnect_silent(now=NOON + 21 * MINUTE, silent_for=10 * MINUTE) == 1
    charger.refresh_from_db()
    other_charger.refresh_from_db()
    assert (charger.is_online(), other_charger.is_online()) == (False, True)
    assert charger.disconnected_at == NOON


def test_a_silent_charger_that_speaks_again_is_online(charger):
    here, connection_id = uuid.uuid4(), uuid.uuid4()
    presence.connect(charger, connection_id=connection_id, version="1.6", now=NOON, gateway_id=here)
    presence.disconnect_silent(now=NOON + 21 * MINUTE, silent_for=20 * MINUTE)

    presence.record_heard([HeardCharger(charger.pk, connection_id, here)] * 2, now=NOON + 22 * MINUTE)

    charger.refresh_from_db()
    assert (charger.connection_id, charger.disconnected_at) == (connection_id, None)
    assert charger.last_message_at == NOON + 22 * MINUTE


def test_a_late_frame_takes_no_charger_from_another_gateway(charger):
    here, there, old, new = (uuid.uuid4() for _ in range(4))
    presence.connect(charger, connection_id=old, version="1.6", now=NOON, gateway_id=here)
    presence.connect(charger, connection_id=new, version="1.6", now=NOON, gateway_id=there)

    presence.record_heard([HeardCharger(charger.pk, old, here)], now=NOON + MINUTE)
    charger.refresh_from_db()
    assert charger.connection_id == new
    presence.disconnect(charger, connection_id=new, now=NOON + MINUTE)
    presence.record_heard([HeardCharger(charger.pk, old, here)], now=NOON + MINUTE)
    charger.refresh_from_db()
    assert not charger.is_online()


def test_it_knows_who_connected_lately(charger, other_charger):
    old, new = uuid.uuid4(), uuid.uuid4()
    presence.connect(charger, connection_id=old, version="1.6", now=NOON - MINUTE)
    presence.connect(other_charger, connection_id=new, version="1.6", now=NOON + MINUTE)

    assert presence.connections_since(NOON) == {other_charger.pk: new}


def test_it_records_a_boot_in_the_chargers_own_words(charger):
    presence.boot(
        charger, BootFacts(vendor="Alfen", model="x" * 300, firmware_version="6.1", reason="PowerUp"), now=NOON
    )

    charger.refresh_from_db()
    assert (charger.vendor, charger.model, charger.last_boot_at) == ("Alfen", "x" * 255, NOON)
    assert ChargerEvent.objects.get().kind == "BootNotification"


def test_it_keeps_the_newest_value_of_every_variable(charger):
    interval = VariableFacts(component="OCPPCommCtrlr", name="HeartbeatInterval", value="300")
    other_evse = VariableFacts(component="EVSE", name="Power", value="1", evse_number=1)

    presence.report_variables(charger, [interval, other_evse], now=NOON)
    presence.report_variables(
        charger, [VariableFacts(component="OCPPCommCtrlr", name="HeartbeatInterval", value=v) for v in "12"], now=NOON
    )

    assert set(Variable.objects.values_list("name", "value")) == {("HeartbeatInterval", "2"), ("Power", "1")}


def test_it_counts_deviations_by_place_and_firmware(charger):
    def deviated(path, firmware="1"):
        return DeviationReport(charger_pk=charger.pk, action="A", path=path, sentence="s", firmware_version=firmware)

    presence.count_deviations([deviated("a"), deviated("a"), deviated("b")], now=NOON)
    presence.count_deviations([deviated("a"), deviated("a", firmware="2")], now=NOON + MINUTE)

    counts = {(one.path, one.firmware_version): one.count for one in Deviation.objects.all()}
    assert counts == {("a", "1"): 3, ("b", "1"): 1, ("a", "2"): 1}
    kept = Deviation.objects.get(path="a", firmware_version="1")
    assert (kept.first_at, kept.last_at) == (NOON, NOON + MINUTE)


def test_a_connector_that_was_entered_under_the_number_of_its_evse_is_the_one_that_is_reported(charger):
    """A file without `evse` counts the outlets by `number`; a 2.x charger counts anew in each EVSE."""
    Connector.objects.filter(evse__number=2).update(number=2, standard="IEC_62196_T2")

    report(charger, "Available", evse=2, connector=1)
    report(charger, "Available", evse=2, connector=2)

    connectors = Connector.objects.filter(evse__number=2).order_by("number")
    assert list(connectors.values_list("number", "standard")) == [(1, "IEC_62196_T2"), (2, "")]


@pytest.mark.parametrize("change", [{"charger_id": "CP9"}, {"key_hash": "another"}])
def test_whoever_was_admitted_before_the_hardware_or_password_was_replaced_is_not_connected(charger, change):
    present, admitted = uuid.uuid4(), Charger.objects.get(pk=charger.pk)
    Charger.objects.filter(pk=charger.pk).update(**change)
    now_there = Charger.objects.get(pk=charger.pk)
    sent = order(charger, state="sent", created_at=NOON)
    presence.connect(now_there, connection_id=present, version="1.6", now=NOON, admitted_key=now_there.key_hash)
    Command.objects.filter(pk=sent.pk).update(state="sent", connection_id=present)

    met = presence.connect(
        admitted, connection_id=uuid.uuid4(), version="1.6", now=NOON, admitted_key=admitted.key_hash
    )

    assert met is None
    assert Charger.objects.get(pk=charger.pk).connection_id == present
    assert Command.objects.get().state == "sent"
