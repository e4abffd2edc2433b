"""What follows from a charger's answer: its list, its reservations, its settings."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from chargers.commands import builder, sending
from chargers.models import Charger, Command, LocalList, Reservation, Transaction, Variable, VariableChange
from tests.kit.command_effects import person
from tests.kit.commands import obey
from tests.kit.gateway import Device, looking
from tests.kit.waiting import until

__all__ = ["person"]
UNTIL = "2099-03-10T12:00:00Z"
RESERVE = {
    "1.6": {"connectorId": 1, "expiryDate": UNTIL, "idTag": "04A1B2C3D4", "reservationId": 7},
    "2.0.1": {"id": 7, "expiryDateTime": UNTIL, "idToken": {"idToken": "04A1B2C3D4", "type": "Central"}, "evseId": 1},
}
LIST = {
    "listVersion": 5,
    "updateType": "Full",
    "localAuthorizationList": [{"idTag": "04A1B2C3D4", "idTagInfo": {"status": "Accepted"}}],
}


def send(person, action, payload):
    charger = Charger.objects.get(charger_id="CP1")
    order = builder.check(action, payload, version=sending.version_of(charger))
    return sending.send(charger, order, by=person, now=datetime.now(tz=UTC))


def ask(gateway, person, action, payload, reply, *, version="1.6", then=None):
    """The order, the charger's answer, and what the story does afterwards on the same connection."""

    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            await device.call("Heartbeat", {})
            row = await looking(lambda: send(person, action, payload))
            await obey(device, lambda i: [3, i, reply])
            await until(lambda: Command.objects.filter(pk=row.pk, answered_at__isnull=False).exists())
            if then:
                await then(device)

    asyncio.run(story())


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@pytest.mark.parametrize(("status", "state"), [("Accepted", "active"), ("Occupied", "refused")])
def test_a_reservation_stands_when_the_charger_took_it(gateway, charger, person, version, status, state):
    ask(gateway, person, "ReserveNow", RESERVE[version], {"status": status}, version=version)

    row = Reservation.objects.get()
    assert (row.number, row.state, row.id_token, row.evse_number) == (7, state, "04A1B2C3D4", 1)
    assert row.until == datetime(2099, 3, 10, 12, tzinfo=UTC)


def test_a_reservation_does_not_stand_at_a_charger_that_knows_none(gateway, charger, person):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            await looking(lambda: send(person, "ReserveNow", RESERVE["1.6"]))
            await obey(device, lambda i: [4, i, "NotImplemented", "", {}])
            await until(lambda: Command.objects.get().state == "not_supported")

    asyncio.run(story())

    assert Reservation.objects.get().state == "refused"


def test_a_start_on_a_reservation_closes_it(gateway, charger, person, member):
    start = {
        "connectorId": 1,
        "idTag": "04A1B2C3D4",
        "meterStart": 0,
        "timestamp": datetime.now(tz=UTC).isoformat(),
        "reservationId": 7,
    }

    async def then(device):
        await device.call("StartTransaction", start)

    ask(gateway, person, "ReserveNow", RESERVE["1.6"], {"status": "Accepted"}, then=then)

    row = Reservation.objects.get()
    assert (row.state, row.transaction) == ("used", Transaction.objects.get())


def test_a_start_of_2x_on_a_reservation_closes_it(gateway, charger, person, member):
    event = {
        "eventType": "Started", "timestamp": datetime.now(tz=UTC).isoformat(), "triggerReason": "Authorized",
        "seqNo": 0, "transactionInfo": {"transactionId": "tx-1"}, "evse": {"id": 1, "connectorId": 1},
        "reservationId": 7, "idToken": {"idToken": "04A1B2C3D4", "type": "ISO14443"},
    }  # fmt: skip

    async def then(device):
        await device.call("TransactionEvent", event)

    ask(gateway, person, "ReserveNow", RESERVE["2.0.1"], {"status": "Accepted"}, version="2.0.1", then=then)

    assert Reservation.objects.get().state == "used"


@pytest.mark.parametrize(("told", "state"), [("Expired", "expired"), ("Removed", "cancelled")])
def test_a_charger_ends_a_reservation_by_itself(gateway, charger, person, told, state):
    async def then(device):
        await device.call("ReservationStatusUpdate", {"reservationId": 7, "reservationUpdateStatus": told})

    ask(gateway, person, "ReserveNow", RESERVE["2.0.1"], {"status": "Accepted"}, version="2.0.1", then=then)

    assert Reservation.objects.get().state == state


@pytest.mark.parametrize(("status", "state"), [("Accepted", "cancelled"), ("Rejected", "active")])
def test_a_reservation_is_cancelled_when_the_charger_says_so(gateway, charger, person, status, state):
    now = datetime.now(tz=UTC)
    Reservation.objects.create(
        charger=charger, number=7, id_token="04A1", until=now + timedelta(hours=1), state="active", created_at=now
    )

    ask(gateway, person, "CancelReservation", {"reservationId": 7}, {"status": status})

    assert Reservation.objects.get().state == state


@pytest.mark.django_db(transaction=True)
def test_an_offline_charger_has_no_reservation(charger, person):
    send(person, "ReserveNow", RESERVE["1.6"])

    assert Reservation.objects.get().state == "refused"


@pytest.mark.parametrize(("status", "count"), [("Accepted", 1), ("Failed", 0)])
def test_a_list_is_known_when_the_charger_took_it(gateway, charger, person, status, count):
    ask(gateway, person, "SendLocalList", LIST, {"status": status})

    assert LocalList.objects.count() == count
    if count:
        assert (LocalList.objects.get().version, LocalList.objects.get().entries) == (
            5,
            {"04A1B2C3D4": {"status": "Accepted"}},
        )


@pytest.mark.parametrize(("told", "known"), [(6, [(6, {"A": {}})]), (9, [(9, {})]), (0, []), (-1, [])])
def test_a_list_of_another_version_is_not_the_one_that_we_know(gateway, charger, person, told, known):
    LocalList.objects.create(charger=charger, version=6, entries={"A": {}}, accepted_at=datetime.now(tz=UTC))

    ask(gateway, person, "GetLocalListVersion", {}, {"listVersion": told})

    assert list(LocalList.objects.values_list("version", "entries")) == known


@pytest.mark.parametrize(("status", "value"), [("Accepted", "600"), ("RebootRequired", "600"), ("Rejected", "300")])
def test_a_changed_setting_is_known_at_once_with_who_changed_it(gateway, charger, person, status, value):
    Variable.objects.create(
        charger=charger, name="HeartbeatInterval", value="300", mutability="ReadWrite", reported_at=datetime.now(tz=UTC)
    )

    ask(gateway, person, "ChangeConfiguration", {"key": "HeartbeatInterval", "value": "600"}, {"status": status})

    assert Variable.objects.get().value == value
    origins = list(VariableChange.objects.values_list("origin", flat=True))
    assert origins == (["user:host@example.com"] if value == "600" else [])


def test_only_the_settings_that_were_taken_change(gateway, charger, person):
    places = [{"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": name}} for name in ("Good", "Bad")]
    payload = {"setVariableData": [{**place, "attributeValue": "1"} for place in places]}
    reply = {
        "setVariableResult": [
            {**places[1], "attributeStatus": "Rejected"},
            {**places[0], "attributeStatus": "Accepted"},
        ]
    }

    ask(gateway, person, "SetVariables", payload, reply, version="2.0.1")

    assert list(Variable.objects.values_list("name", "value")) == [("Good", "1")]


def test_a_password_that_was_set_is_not_kept_among_the_settings(gateway, charger, person):
    payload = {"key": "WifiPassword", "value": "s3cret-s3cret-s3cret"}

    ask(gateway, person, "ChangeConfiguration", payload, {"status": "Accepted"})

    assert not Variable.objects.exists()


class Telling(Device):
    tells_settings = True


BOOT = {"chargePointVendor": "Example", "chargePointModel": "One", "firmwareVersion": "1.0"}
STATION = {"vendorName": "Example", "model": "One", "firmwareVersion": "1.0"}


def test_it_reads_all_settings_after_the_first_boot_and_after_new_firmware_only(gateway, charger):
    async def story():
        async with await Telling.connect(gateway, "CP1") as device:
            for firmware, is_read in (("1.0", True), ("1.0", False), ("1.1", True)):
                await device.call("BootNotification", {**BOOT, "firmwareVersion": firmware})
                if is_read:
                    frame = await device.receive(within_s=8)
                    assert frame[2:] == ["GetConfiguration", {}]
                    reply = {"configurationKey": [{"key": "Light", "readonly": False, "value": firmware}]}
                    await device.send(json.dumps([3, frame[1], reply]))
                else:
                    with pytest.raises(TimeoutError):
                        await device.receive(within_s=6)
            await until(lambda: Variable.objects.filter(value="1.1").exists())

    asyncio.run(story())

    assert set(Command.objects.values_list("origin", "state")) == {("system", "accepted")}
    assert VariableChange.objects.get().before == "1.0"


def test_it_asks_a_station_of_2x_for_its_inventory_after_the_first_boot(gateway, charger):
    async def story():
        async with await Telling.connect(gateway, "CP1", version="2.1") as device:
            await device.call("BootNotification", {"reason": "PowerUp", "chargingStation": STATION})
            frame = await device.receive(within_s=8)
            assert frame[2] == "GetBaseReport"
            assert frame[3]["reportBase"] == "FullInventory"
            await device.send(json.dumps([3, frame[1], {"status": "NotSupported"}]))

    asyncio.run(story())
