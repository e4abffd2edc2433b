"""Whole stories of OCPP 2.0.1 and 2.1 chargers, through a real socket into a real database."""

import asyncio
from datetime import UTC, datetime

import pytest

from authorization.models import Decision
from chargers.commands import queue
from chargers.models import Charger, ChargerEvent, Command, Connector, Message, MeterValue, Transaction, Variable
from tests.kit.calls_2x import CARD, ago, event
from tests.kit.gateway import Device, looking


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
def test_it_charges_a_member_from_boot_to_end(gateway, charger, member, version):
    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            assert device.ws.subprotocol == f"ocpp{version}"
            boot = {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V", "firmwareVersion": "2"}}
            assert (await device.call("BootNotification", boot))["status"] == "Accepted"
            occupied = {"timestamp": ago(minutes=31), "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1}
            assert await device.call("StatusNotification", occupied) == {}
            token = (await device.call("Authorize", {"idToken": CARD}))["idTokenInfo"]
            assert token == {"status": "Accepted", "groupIdToken": {"idToken": "FAMILY", "type": "Central"}}
            started = await device.call("TransactionEvent", event("Started", 0, minutes=30, idToken=CARD, wh=1000.5))
            assert started["idTokenInfo"]["status"] == "Accepted"
            charging = event(
                "Updated", 1, minutes=20, trigger="MeterValuePeriodic", wh=4000, info={"chargingState": "Charging"}
            )
            assert await device.call("TransactionEvent", charging) == {}
            ended = event("Ended", 2, minutes=1, trigger="StopAuthorized", wh=7000, info={"stoppedReason": "Local"})
            assert await device.call("TransactionEvent", ended) == {}

    asyncio.run(story())

    row = Transaction.objects.get()
    assert (row.transaction_id, row.evse_number, row.connector_number) == ("T1", 1, 1)
    assert (row.meter_start_wh, row.meter_stop_wh, row.register_wh, row.last_seq_no) == (1001, 7000, 7000, 2)
    assert (row.id_token, row.authorization_status, row.stop_reason) == ("04A1B2C3D4", "Accepted", "Local")
    assert MeterValue.objects.filter(transaction_id=row.pk).count() == 3
    assert Connector.objects.get(evse__number=1).status == "Occupied"
    assert Charger.objects.get().ocpp_version == version
    assert set(Message.objects.values_list("transaction_ref", flat=True)) == {"", "T1"}


def test_it_refuses_an_unknown_card_with_the_words_of_2_0_1(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            unknown = {"idToken": "DEADBEEF", "type": "ISO14443"}
            assert (await device.call("Authorize", {"idToken": unknown}))["idTokenInfo"]["status"] == "Unknown"
            started = await device.call("TransactionEvent", event("Started", 0, minutes=1, idToken=unknown))
            assert started["idTokenInfo"]["status"] == "Unknown"

    asyncio.run(story())

    assert Transaction.objects.get().authorization_status == "Unknown"


def test_it_decides_when_the_card_comes_after_the_cable(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            plugged = event("Started", 0, minutes=3, trigger="CablePluggedIn")
            assert await device.call("TransactionEvent", plugged) == {}
            shown = event("Updated", 1, minutes=2, idToken=CARD)
            first = await device.call("TransactionEvent", shown)
            assert first["idTokenInfo"]["status"] == "Accepted"
            assert await device.call("TransactionEvent", shown) == first

    asyncio.run(story())

    assert Transaction.objects.get().id_token == "04A1B2C3D4"
    assert Decision.objects.count() == 1


def test_it_repeats_its_answer_to_a_repeated_start(gateway, charger, member):
    payload = event("Started", 0, minutes=30, idToken=CARD, wh=1000)

    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            first = await device.call("TransactionEvent", payload, message_id="1")
            assert await device.call("TransactionEvent", payload, message_id="1") == first
            assert await device.call("TransactionEvent", payload, message_id="2") == first

    asyncio.run(story())

    assert Transaction.objects.count() == MeterValue.objects.count() == Decision.objects.count() == 1


def test_it_takes_the_events_of_a_transaction_in_any_order(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            ended = event(
                "Ended", 2, minutes=1, trigger="EVDeparted", wh=7000, info={"stoppedReason": "EVDisconnected"}
            )
            updated = event("Updated", 1, minutes=20, trigger="MeterValuePeriodic", wh=4000)
            started = event("Started", 0, minutes=30, idToken=CARD, wh=1000, offline=True)
            for payload in (ended, updated, started):
                await device.call("TransactionEvent", payload)

    asyncio.run(story())

    row = Transaction.objects.get()
    assert (row.meter_start_wh, row.meter_stop_wh, row.id_token, row.case) == (1000, 7000, "04A1B2C3D4", "")
    assert row.last_seq_no == 2
    assert row.started_at < row.stopped_at


def test_it_ends_a_session_although_the_message_leaves_out_what_it_must_have(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            await device.call("TransactionEvent", event("Started", 0, minutes=30, idToken=CARD))
            bare = {"eventType": "Ended", "transactionInfo": {"transactionId": "T1"}}
            assert await device.call("TransactionEvent", bare) == {}
            assert await device.refused("TransactionEvent", {"eventType": "Started"}) == "OccurrenceConstraintViolation"

    asyncio.run(story())

    assert Transaction.objects.get().stopped_at


def test_it_keeps_what_a_charger_reports_of_itself(gateway, charger):
    now = ago(seconds=1)
    component = {"name": "OCPPCommCtrlr"}
    report = {
        "requestId": 1,
        "generatedAt": now,
        "seqNo": 0,
        "reportData": [
            {
                "component": component,
                "variable": {"name": "HeartbeatInterval"},
                "variableAttribute": [{"value": "300", "mutability": "ReadWrite"}],
            }
        ],
    }
    faulted = {
        "eventId": 1,
        "timestamp": now,
        "trigger": "Delta",
        "actualValue": "Faulted",
        "eventNotificationType": "HardWiredNotification",
        "component": {"name": "Connector", "evse": {"id": 1, "connectorId": 1}},
        "variable": {"name": "AvailabilityState"},
    }

    wanted = {"iso15118SchemaVersion": "urn:iso:15118:2:2013:MsgDef", "action": "Install", "exiRequest": "eA=="}

    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            assert await device.call("NotifyReport", report) == {}
            assert await device.call("NotifyReport", report) == {}
            assert await device.call("NotifyEvent", {"generatedAt": now, "seqNo": 0, "eventData": [faulted]}) == {}
            security = {"type": "TamperDetectionActivated", "timestamp": now, "techInfo": "lid"}
            assert await device.call("SecurityEventNotification", security) == {}
            assert await device.call("LogStatusNotification", {"status": "Uploaded", "requestId": 1}) == {}
            assert (await device.call("Get15118EVCertificate", wanted))["status"] == "Failed"

    asyncio.run(story())

    assert Variable.objects.get().value == "300"
    assert Connector.objects.get(evse__number=1).status == "Faulted"
    assert list(ChargerEvent.objects.order_by("id").values_list("summary", flat=True)) == [
        "Report of its settings: 1 reported in 1 part, complete",
        "Connector of EVSE 1: AvailabilityState is Faulted",
        "Its tamper detection was set off (TamperDetectionActivated: lid)",
        "Log: uploaded",
        (
            "A car asked for its contract certificate (Plug & Charge): answered Failed, because no provider of "
            "contract certificates is connected"
        ),
    ]


def test_it_answers_minus_1_where_no_id_can_be_read(gateway, charger):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            assert (await device.exchange("nonsense"))[:3] == [4, "-1", "RpcFrameworkError"]
            assert (await device.exchange('[9,"1","X",{}]'))[:3] == [4, "1", "MessageTypeNotSupported"]
            assert "currentTime" in await device.call("Heartbeat", {})

    asyncio.run(story())


def test_it_never_answers_a_send_of_2_1(gateway, charger):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.1") as device:
            await device.send('[6,"1","NotifyPeriodicEventStream",{"id":1,"pending":0,"basetime":"x","data":[]}]')
            assert "currentTime" in await device.call("Heartbeat", {})

    asyncio.run(story())

    assert Message.objects.get(message_type=6).answer is None


def ordered_start(charger, *, number, uid="04A1B2C3D4"):
    now = datetime.now(tz=UTC)
    payload = {"idToken": {"idToken": uid, "type": "ISO14443"}, "remoteStartId": number, "evseId": 1}
    wish = queue.CommandRequest(
        action="RequestStartTransaction",
        payload=payload,
        origin="user:eve@example.com",
        id_token=uid,
        evse_number=1,
        remote_start_id=number,
    )
    return queue.request(Charger.objects.get(pk=charger.pk), wish, now=now)


async def obey(device, order):
    asked = await device.receive()
    assert asked[2] == "RequestStartTransaction"
    await device.send(f'[3,"{asked[1]}",{{"status":"Accepted"}}]')


@pytest.mark.parametrize("kind", ["Started", "Updated"])
def test_it_takes_the_token_of_the_order_that_a_station_names_by_remote_start_id_alone(gateway, charger, member, kind):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            await device.call("Heartbeat", {})
            await obey(device, await looking(lambda: ordered_start(charger, number=77)))
            if kind == "Updated":
                plugged = event("Started", 0, minutes=0, trigger="CablePluggedIn", wh=1000)
                assert await device.call("TransactionEvent", plugged) == {}
            named = event(kind, 1, minutes=0, trigger="RemoteStart", info={"remoteStartId": 77}, wh=1000)
            assert (await device.call("TransactionEvent", named))["idTokenInfo"]["status"] == "Accepted"
            later = event("Updated", 2, minutes=0, trigger="MeterValuePeriodic", info={"remoteStartId": 77}, wh=1500)
            assert await device.call("TransactionEvent", later) == {}

    asyncio.run(story())

    row = Transaction.objects.get()
    assert (row.id_token, row.id_token_type, row.remote_start_id) == ("04A1B2C3D4", "ISO14443", 77)
    assert Decision.objects.get(kind="start").granted_by == "start_ordered"
    assert Command.objects.get(action="RequestStartTransaction").effect_seen_at is not None


def test_it_takes_no_token_from_an_order_of_another_charger_or_of_nobody(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            named = event("Started", 0, minutes=0, trigger="RemoteStart", info={"remoteStartId": 78})
            assert await device.call("TransactionEvent", named) == {}

    asyncio.run(story())

    assert Transaction.objects.get().id_token == ""


def test_it_answers_about_the_token_that_ended_a_transaction(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            await device.call("TransactionEvent", event("Started", 0, minutes=30, idToken=CARD, wh=1000))
            ended = event("Ended", 1, minutes=1, trigger="StopAuthorized", idToken=CARD, wh=7000)
            answer = await device.call("TransactionEvent", ended)
            assert answer["idTokenInfo"] == {
                "status": "Accepted",
                "groupIdToken": {"idToken": "FAMILY", "type": "Central"},
            }

    asyncio.run(story())

    assert Decision.objects.count() == 1


def test_it_answers_a_start_without_authorization_with_a_verdict(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            nobody = {"idToken": "", "type": "NoAuthorization"}
            started = await device.call("TransactionEvent", event("Started", 0, minutes=1, idToken=nobody))
            assert started["idTokenInfo"]["status"] != "Accepted"

    asyncio.run(story())

    assert Decision.objects.get().verdict == "refused"
