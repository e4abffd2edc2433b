"""A property's power limit through real sockets: who is told what, when, and what is not told twice."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from chargers import tasks
from chargers.models import (
    Charger,
    Command,
    Connector,
    PowerLimit,
    PowerOutlet,
    SentProfile,
    Transaction,
    WithheldPower,
)
from chargers.power import power_limit
from tests.kit.calls_16 import ago, start
from tests.kit.connected import charger, other_charger
from tests.kit.gateway import Device, looking
from tests.kit.waiting import until

__all__ = ["charger", "other_charger"]


@pytest.fixture
def limit(transactional_db, site, charger, other_charger):
    Connector.objects.update(max_power_w=11040)
    Connector.objects.filter(evse__number=2).delete()
    return PowerLimit.objects.create(property=site, enabled=True, amount=Decimal(20))


def look(*, later=0):
    """A round of the task; `later` seconds after now, so that no test has to wait."""
    now = datetime.now(tz=UTC) + timedelta(seconds=later)
    for pk in power_limit.due(now=now):
        power_limit.share(pk, now=now)


async def obey(device, *, status="Accepted"):
    """Answers the next command; gives its action and payload."""
    frame = await device.receive()
    assert frame[0] == 2, frame
    await device.send(json.dumps([3, frame[1], {"status": status}]))
    return frame[2], frame[3]


def told_16(payload):
    """Connector, purpose, transaction and limit of a SetChargingProfile of 1.6."""
    profile = payload["csChargingProfiles"]
    period = profile["chargingSchedule"]["chargingSchedulePeriod"][0]
    return payload["connectorId"], profile["chargingProfilePurpose"], profile.get("transactionId"), period["limit"]


async def settled():
    await until(lambda: not Command.objects.filter(state__in=("queued", "sent")).exists())


async def prepared(*devices):
    """Every outlet has its default profile; EVSE 2 has no connector here and is limited all the same."""
    for device in devices:
        await device.call("Heartbeat", {})
    await looking(look)
    for device in devices:
        found = [await obey(device) for _ in range(2)]
        assert {told_16(payload)[1:] for _, payload in found} == {("TxDefaultProfile", None, 6)}
    await settled()
    await looking(look)


def test_two_cars_share_and_the_one_that_stays_gets_more(gateway, limit, member):
    async def story():
        async with await Device.connect(gateway, "CP1") as one, await Device.connect(gateway, "CP2") as two:
            await prepared(one, two)
            first = (await one.call("StartTransaction", start(timestamp=ago(seconds=1))))["transactionId"]
            await looking(look)
            assert told_16((await obey(one))[1]) == (1, "TxProfile", first, 16)
            await settled()
            second = (await two.call("StartTransaction", start(timestamp=ago(seconds=1))))["transactionId"]
            await looking(look)
            assert told_16((await obey(one))[1]) == (1, "TxProfile", first, 10)
            await settled()
            await looking(look)
            assert told_16((await obey(two))[1]) == (1, "TxProfile", second, 10)
            await settled()
            asked = await looking(Command.objects.count)
            await looking(look)
            await looking(lambda: look(later=30))
            assert await looking(Command.objects.count) == asked  # nothing changed: nothing is sent
            stop = {"transactionId": first, "meterStop": 2000, "timestamp": ago(seconds=0)}
            await one.call("StopTransaction", stop)
            await looking(lambda: look(later=31))
            assert told_16((await obey(two))[1]) == (1, "TxProfile", second, 16)

    asyncio.run(story())

    shown = PowerOutlet.objects.get(transaction__isnull=False)
    assert (shown.allotted_a, shown.kind) == (16, "full")
    assert set(Command.objects.values_list("origin", flat=True)) == {"power limit"}


def test_a_raise_waits_until_the_other_charger_has_confirmed_to_take_less(gateway, limit, member):
    async def story():
        async with await Device.connect(gateway, "CP1") as one, await Device.connect(gateway, "CP2") as two:
            await prepared(one, two)
            await one.call("StartTransaction", start(timestamp=ago(seconds=1)))
            await looking(look)
            await obey(one)
            await settled()
            await two.call("StartTransaction", start(timestamp=ago(seconds=1)))
            await looking(look)
            await looking(look)
            newest = await looking(lambda: Command.objects.select_related("charger").latest("created_at"))
            assert newest.charger.charger_id == "CP1"  # 16 are in force there: 10 more would be too much
            await obey(one)
            await settled()
            await looking(look)
            assert told_16((await obey(two))[1])[3] == 10

    asyncio.run(story())


def test_the_other_unit_is_tried_when_one_is_refused_and_remembered(gateway, limit, member):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await device.call("Heartbeat", {})
            await looking(look)
            units = []
            for status in ("Rejected", "Rejected"):
                _, payload = await obey(device, status=status)
                units.append(payload["csChargingProfiles"]["chargingSchedule"]["chargingRateUnit"])
            await settled()
            await looking(look)
            for _ in range(2):
                _, payload = await obey(device)
                schedule = payload["csChargingProfiles"]["chargingSchedule"]
                units.append((schedule["chargingRateUnit"], schedule["chargingSchedulePeriod"][0]["limit"]))
            await settled()
            await looking(look)
            assert units == ["A", "A", ("W", 4140), ("W", 4140)]

    asyncio.run(story())

    assert set(PowerOutlet.objects.filter(evse__charger__charger_id="CP1").values_list("unit", flat=True)) == {"W"}


def test_who_refuses_every_limit_is_counted_with_its_full_power(gateway, limit, member):
    async def refuse(device, times):
        for _ in range(times):
            await obey(device, status="Rejected")
        await settled()
        await looking(look)

    async def twice(device):
        await obey(device)
        await obey(device)

    async def story():
        async with await Device.connect(gateway, "CP1") as one, await Device.connect(gateway, "CP2") as two:
            await one.call("StartTransaction", start(timestamp=ago(seconds=1)))
            await looking(look)
            await asyncio.gather(refuse(one, 3), twice(two))
            await refuse(one, 3)
            await two.call("StartTransaction", start(timestamp=ago(seconds=1)))
            await looking(look)
            assert told_16((await obey(two))[1])[3] == 0  # 4 A are left beside the 16

    asyncio.run(story())

    row = PowerOutlet.objects.get(transaction__charger__charger_id="CP1")
    assert (row.kind, row.allotted_a) == ("fixed", 16)
    assert "does not take our limit. The charger" in row.sentence


def test_it_notes_from_when_to_when_power_was_withheld(gateway, limit, member):
    PowerLimit.objects.update(amount=Decimal(8))

    async def story():
        async with await Device.connect(gateway, "CP1") as one, await Device.connect(gateway, "CP2") as two:
            await prepared(one, two)
            first = (await one.call("StartTransaction", start(timestamp=ago(seconds=1))))["transactionId"]
            await looking(look)
            await obey(one)
            await settled()
            await two.call("StartTransaction", start(timestamp=ago(seconds=1)))
            await looking(look)
            assert told_16((await obey(two))[1])[3] == 0
            await settled()
            await looking(look)
            assert await looking(lambda: WithheldPower.objects.get().ended_at) is None
            await one.call("StopTransaction", {"transactionId": first, "meterStop": 2000, "timestamp": ago(seconds=0)})
            await looking(look)
            assert told_16((await obey(two))[1])[3] == 8
            await settled()
            await looking(look)

    asyncio.run(story())

    span = WithheldPower.objects.get()
    assert span.transaction == Transaction.objects.get(charger__charger_id="CP2")
    assert span.began_at < span.ended_at


def test_an_offline_charger_is_counted_with_what_it_was_told_last(gateway, limit, member):
    async def story():
        async with await Device.connect(gateway, "CP2") as two:
            async with await Device.connect(gateway, "CP1") as one:
                await prepared(one, two)
                await one.call("StartTransaction", start(timestamp=ago(seconds=1)))
                await looking(look)
                await obey(one)
                await settled()
            await until(lambda: not Charger.objects.get(charger_id="CP1").is_online())
            await two.call("StartTransaction", start(timestamp=ago(seconds=1)))
            await looking(lambda: look(later=11))
            assert told_16((await obey(two))[1])[3] == 0

    asyncio.run(story())

    row = PowerOutlet.objects.get(transaction__charger__charger_id="CP1")
    assert (row.kind, row.allotted_a) == ("fixed", 16)
    assert "offline and keeps its last limit" in row.sentence


def test_a_restart_makes_it_tell_everything_again(gateway, limit, member):
    boot = {"chargePointVendor": "Alfen", "chargePointModel": "NG910"}

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await prepared(device)
            await device.call("BootNotification", boot)
            await looking(lambda: look(later=61))
            found = [await obey(device) for _ in range(2)]
            assert {told_16(payload)[1] for _, payload in found} == {"TxDefaultProfile"}

    asyncio.run(story())


def test_it_removes_its_profiles_when_the_limit_is_switched_off(gateway, limit, member):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await prepared(device)
            await looking(lambda: PowerLimit.objects.update(enabled=False, looked_at=None))
            await looking(look)
            found = [await obey(device) for _ in range(2)]
            assert {action for action, _ in found} == {"ClearChargingProfile"}
            assert {payload["id"] for _, payload in found} == {7_000_002, 7_000_004}
            await settled()
            await looking(look)

    asyncio.run(story())

    assert not SentProfile.objects.exists()
    assert power_limit.due(now=datetime.now(tz=UTC) + timedelta(days=1)) == []


def event(kind, seq_no, name, **info):
    return {
        "eventType": kind, "timestamp": ago(seconds=1), "triggerReason": "Authorized", "seqNo": seq_no,
        "transactionInfo": {"transactionId": name, **info}, "evse": {"id": 1, "connectorId": 1},
        "idToken": {"idToken": "04A1B2C3D4", "type": "ISO14443"},
    }  # fmt: skip


def told_2x(payload):
    profile = payload["chargingProfile"]
    period = profile["chargingSchedule"][0]["chargingSchedulePeriod"][0]
    return payload["evseId"], profile["chargingProfilePurpose"], profile.get("transactionId"), period["limit"]


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
def test_newer_stations_share_just_so(gateway, limit, member, version):
    async def story():
        async with (
            await Device.connect(gateway, "CP1", version=version) as one,
            await Device.connect(gateway, "CP2", version=version) as two,
        ):
            await one.call("Heartbeat", {})
            await two.call("Heartbeat", {})
            await looking(look)
            for device in (one, two):
                for _ in range(2):
                    assert told_2x((await obey(device))[1])[1:] == ("TxDefaultProfile", None, 6)
            await settled()
            await looking(look)
            await one.call("TransactionEvent", event("Started", 0, "T1"))
            await looking(look)
            assert told_2x((await obey(one))[1]) == (1, "TxProfile", "T1", 16)
            await settled()
            await two.call("TransactionEvent", event("Started", 0, "T2"))
            await looking(look)
            assert told_2x((await obey(one))[1]) == (1, "TxProfile", "T1", 10)
            await settled()
            await looking(look)
            assert told_2x((await obey(two))[1]) == (1, "TxProfile", "T2", 10)
            await settled()
            await one.call("TransactionEvent", event("Ended", 1, "T1", stoppedReason="Local"))
            await looking(look)
            assert told_2x((await obey(two))[1]) == (1, "TxProfile", "T2", 16)

    asyncio.run(story())


def test_the_task_looks_where_something_changed_and_nowhere_else(limit, charger):
    assert tasks.share_power() == 1
    assert tasks.share_power() == 0
    Transaction.objects.create(
        charger=charger,
        transaction_id="1",
        ocpp_version="1.6",
        evse_number=1,
        started_at=datetime.now(tz=UTC),
        start_received_at=datetime.now(tz=UTC),
    )
    assert tasks.share_power() == 1
    assert tasks.share_power() == 0
