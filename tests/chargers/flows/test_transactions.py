"""Whole stories of OCPP 1.6 chargers, through a real socket into a real database."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import Decision
from billing.models import Session
from chargers.models import Charger, Connector, Deviation, Message, MeterValue, StatusReport, Transaction
from tests.kit.calls_16 import CARD, ago, sampled, start, status
from tests.kit.gateway import Device


def test_it_charges_a_member_from_boot_to_stop(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            boot = await device.call("BootNotification", {"chargePointVendor": "Alfen", "chargePointModel": "NG910"})
            assert boot["status"] == "Accepted"
            assert boot["interval"] > 0
            assert abs(datetime.now(tz=UTC) - datetime.fromisoformat(boot["currentTime"])) < timedelta(seconds=30)
            assert await device.call("StatusNotification", status("Preparing")) == {}
            token = (await device.call("Authorize", {"idTag": CARD}))["idTagInfo"]
            assert token == {"status": "Accepted", "parentIdTag": "FAMILY"}
            started = await device.call("StartTransaction", start())
            assert started["idTagInfo"]["status"] == "Accepted"
            transaction_id = started["transactionId"]
            assert transaction_id > 0
            assert await device.call("MeterValues", sampled(4000, transaction_id=transaction_id)) == {}
            stop = {"transactionId": transaction_id, "idTag": CARD, "meterStop": 7000, "timestamp": ago(minutes=1)}
            assert await device.call("StopTransaction", stop) == {}
            assert "currentTime" in await device.call("Heartbeat", {})

    asyncio.run(story())

    row = Transaction.objects.get()
    assert (row.id_token, row.evse_number, row.meter_start_wh, row.meter_stop_wh) == (CARD, 1, 1000, 7000)
    assert (row.energy_wh, row.register_wh, row.authorization_status, row.case) == (6000, 4000, "Accepted", "")
    assert MeterValue.objects.get().transaction_id == row.pk
    assert Connector.objects.get(evse__number=1).status == "Preparing"
    charger.refresh_from_db()
    assert (charger.vendor, charger.model, charger.ocpp_version) == ("Alfen", "NG910", "1.6")
    received = Message.objects.filter(direction="in")  # we may ask for the settings meanwhile
    kept = {message.action: message for message in received}
    assert len(kept) == received.count() == 7
    assert kept["StartTransaction"].decision_id == row.decision_id == Decision.objects.get(kind="start").pk
    assert (kept["Authorize"].uid, kept["Authorize"].verdict) == (CARD, "Accepted")
    assert kept["StopTransaction"].transaction_ref == row.transaction_id
    assert all(message.answer and message.answer_type == 3 and not message.is_error for message in kept.values())


def test_it_refuses_an_unknown_card_and_records_its_start_all_the_same(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            assert (await device.call("Authorize", {"idTag": "DEADBEEF"}))["idTagInfo"]["status"] == "Invalid"
            started = await device.call("StartTransaction", start(idTag="DEADBEEF"))
            assert started["idTagInfo"]["status"] == "Invalid"
            assert started["transactionId"] > 0

    asyncio.run(story())

    assert Transaction.objects.get().authorization_status == "Invalid"
    assert {decision.reason for decision in Decision.objects.all()} == {"token_unknown"}


def test_it_gives_the_same_answer_to_a_repeated_start_also_on_another_connection(gateway, charger, member):
    payload = start()

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            first = await device.call("StartTransaction", payload, message_id="1")
            assert await device.call("StartTransaction", payload, message_id="1") == first
        async with await Device.connect(gateway, "CP1") as device:
            assert await device.call("StartTransaction", payload, message_id="2") == first
            other = await device.call("StartTransaction", {**payload, "meterStart": 1001}, message_id="1")
            assert other["transactionId"] != first["transactionId"]

    asyncio.run(story())

    assert Transaction.objects.count() == 2


def test_it_tells_starts_apart_that_look_alike_from_a_charger_without_a_clock(gateway, charger, member):
    payload = start(timestamp="1970-01-01T00:00:10Z", meterStart=0)

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            first = (await device.call("StartTransaction", payload))["transactionId"]
            assert (await device.call("StartTransaction", payload))["transactionId"] == first
            stop = {"transactionId": first, "meterStop": 500, "timestamp": "1970-01-01T00:10:00Z"}
            await device.call("StopTransaction", stop)
            assert (await device.call("StartTransaction", payload))["transactionId"] != first

    asyncio.run(story())

    rows = list(Transaction.objects.order_by("id"))
    assert len(rows) == 2
    assert rows[0].stated_start == "1970-01-01T00:00:10Z"
    assert rows[0].started_at.year > 2020


def test_its_first_stop_stands(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            row_id = (await device.call("StartTransaction", start()))["transactionId"]
            stop = {"transactionId": row_id, "meterStop": 7000, "timestamp": ago(minutes=1)}
            assert await device.call("StopTransaction", stop) == {}
            assert await device.call("StopTransaction", {**stop, "meterStop": 9000}) == {}

    asyncio.run(story())

    assert Transaction.objects.get().meter_stop_wh == 7000


def test_it_ends_the_one_open_session_of_the_card_where_the_id_was_never_learned(gateway, charger, member):
    stop = {"transactionId": -1, "idTag": CARD, "meterStop": 7000, "timestamp": ago(minutes=1)}

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("StartTransaction", start())
            assert await device.call("StopTransaction", stop) == {}
            assert await device.call("StopTransaction", stop) == {}

    asyncio.run(story())

    row = Transaction.objects.get()
    assert (row.meter_stop_wh, row.case) == (7000, "")


@pytest.mark.parametrize("card", [{"idTag": CARD}, {}])
def test_a_stop_under_an_id_that_the_charger_invented_ends_the_session_that_fits(gateway, charger, member, card):
    stop = {"transactionId": 987654, **card, "meterStop": 8000, "timestamp": ago(minutes=1)}

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("StartTransaction", start())
            await device.call("MeterValues", sampled(4000, transaction_id=987654))
            await device.call("StopTransaction", stop)
            await device.call("StopTransaction", stop)

    asyncio.run(story())

    row = Transaction.objects.get()
    assert (row.energy_wh, row.register_wh, row.case) == (7000, 4000, "")
    assert MeterValue.objects.get().transaction_id == row.pk
    assert Session.objects.get().state == "stopped"


def test_a_stop_under_an_invented_id_ends_no_session_of_another_card_or_outlet_or_time(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("StartTransaction", start())
            await device.call("MeterValues", sampled(4000, transaction_id=9001, connector=2))
            for number, changes in {
                9001: {"idTag": CARD},
                9002: {"idTag": "DEADBEEF"},
                9003: {"idTag": CARD, "timestamp": ago(minutes=40)},
                9004: {},
            }.items():
                stop = {"transactionId": number, "meterStop": 8000, "timestamp": ago(minutes=1), **changes}
                await device.call("StopTransaction", stop)

    asyncio.run(story())

    assert Transaction.objects.get(stopped_at=None).register_wh == 1000
    assert Transaction.objects.filter(case="stop_without_start").count() == 4


def test_meter_values_under_an_invented_id_count_only_while_the_outlet_is_taken(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("StartTransaction", start())
            await device.call("StatusNotification", status("Available", timestamp=ago(minutes=20)))
            await device.call("MeterValues", sampled(4000, transaction_id=987654))

    asyncio.run(story())

    assert Transaction.objects.get().register_wh == 1000


def test_it_keeps_a_stop_without_start_as_a_case_once(gateway, charger):
    stop = {"transactionId": 1764506865, "idTag": "148ba065", "meterStop": 792981, "timestamp": ago(minutes=1)}

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            assert await device.call("StopTransaction", stop) == {}
            assert await device.call("StopTransaction", stop) == {}

    asyncio.run(story())

    row = Transaction.objects.get()
    assert (row.case, row.meter_stop_wh, row.stop_id_token) == ("stop_without_start", 792981, "148ba065")


@pytest.mark.parametrize(
    ("begin", "end", "case"),
    [(1000, 7000, ""), (7000, 1000, "implausible_energy"), (0, 909948, "implausible_energy")],
)
def test_it_makes_a_case_of_energy_that_cannot_be(gateway, charger, member, begin, end, case):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            row_id = (await device.call("StartTransaction", start(meterStart=begin)))["transactionId"]
            await device.call(
                "StopTransaction", {"transactionId": row_id, "meterStop": end, "timestamp": ago(minutes=1)}
            )

    asyncio.run(story())

    assert Transaction.objects.get().case == case


def test_it_counts_a_repeated_sample_once(gateway, charger):
    payload = sampled(4000)

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            for _ in range(3):
                assert await device.call("MeterValues", payload) == {}
            assert (
                await device.call("MeterValues", sampled(4000, connector=2, at=payload["meterValue"][0]["timestamp"]))
                == {}
            )

    asyncio.run(story())

    assert MeterValue.objects.count() == 2
    assert Message.objects.filter(action="MeterValues").count() == 4


def test_it_moves_the_newest_register_forward_and_never_back(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            row_id = (await device.call("StartTransaction", start()))["transactionId"]
            for wh, minutes in ((5000, 5), (3000, 20), (4000, 10)):
                await device.call("MeterValues", sampled(wh, transaction_id=row_id, at=ago(minutes=minutes)))

    asyncio.run(story())

    assert Transaction.objects.get().register_wh == 5000


def test_it_lets_no_old_status_overwrite_a_newer_one(gateway, charger):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("StatusNotification", status("Charging", timestamp=ago(minutes=1)))
            await device.call("StatusNotification", status("Faulted", timestamp=ago(days=2)))
            await device.call("StatusNotification", status("Faulted", connector=0, timestamp=ago(days=2)))
            await device.call("StatusNotification", status("Available", connector=0, timestamp="1970-01-01T00:00:00Z"))

    asyncio.run(story())

    assert Connector.objects.get(evse__number=1).status == "Charging"
    assert Charger.objects.get().status == "Available"
    assert StatusReport.objects.count() == 4


def test_it_replays_an_offline_queue_as_of_then(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            began = start(timestamp=ago(days=3, hours=2))
            row_id = (await device.call("StartTransaction", began))["transactionId"]
            await device.call("MeterValues", sampled(2000, transaction_id=row_id, at=ago(days=3, hours=1)))
            stop = {"transactionId": row_id, "meterStop": 3000, "timestamp": ago(days=3)}
            await device.call("StopTransaction", stop)

    asyncio.run(story())

    row = Transaction.objects.get()
    assert row.offline
    assert timedelta(days=2) < row.start_received_at - row.started_at
    assert row.stopped_at - row.started_at == pytest.approx(timedelta(hours=2), abs=timedelta(seconds=1))
    assert Decision.objects.get().late


@pytest.mark.parametrize(
    "stated",
    ["222222017-10-27T19:10:11Z", "1000000", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-03-10T12:00:00", ""],
)
def test_it_uses_its_own_time_where_the_chargers_cannot_be(gateway, charger, member, stated):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            row_id = (await device.call("StartTransaction", start(timestamp=stated)))["transactionId"]
            await device.call("MeterValues", sampled(2000, transaction_id=row_id, at=stated or "x"))
            await device.call("StatusNotification", status("Charging", timestamp=stated))
            await device.call("StopTransaction", {"transactionId": row_id, "meterStop": 3000, "timestamp": stated})

    asyncio.run(story())

    row = Transaction.objects.get()
    assert row.stated_start == row.stated_stop == stated
    assert abs(row.started_at - row.start_received_at) < timedelta(seconds=1)
    assert Deviation.objects.filter(action="StartTransaction", path="timestamp").exists()
