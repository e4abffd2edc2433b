"""Back offices that are slow, away, broken or hostile: the charger is answered all the same, as it is set up."""

import asyncio
import json

import pytest

from authorization.models import Decision, Opinion
from chargers.models import Charger, Forward, LocalList, Message, Transaction, UpstreamLink
from tests.kit import stories
from tests.kit.calls_16 import sampled, start
from tests.kit.gateway import Device, looking
from tests.kit.stories import standing, until, until_stored
from tests.kit.upstream import answer_of

CARD = "04A1B2C3D4"
NOBODY = "ws://127.0.0.1:9/ocpp"


def set_up(charger, **fields):
    Charger.objects.filter(pk=charger.pk).update(**fields)


@pytest.mark.parametrize(
    ("absent", "listed", "word", "reason"),
    [
        ("own_rules", None, "Accepted", ""),
        ("refuse", None, "Invalid", "upstream_silent"),
        ("local_list", None, "Invalid", "upstream_silent"),
        ("local_list", "Accepted", "Accepted", ""),
        ("local_list", "Blocked", "Invalid", "upstream_silent"),
    ],
)
def test_it_does_as_the_charger_is_set_up_while_the_leader_is_away(
    gateway, charger, member, absent, listed, word, reason
):
    set_up(charger, leader_absent=absent)
    if listed:
        LocalList.objects.create(
            charger=charger, version=1, entries={CARD.lower(): {"status": listed}}, accepted_at="2026-01-01T00:00Z"
        )
    stories.connect(charger, "Away", NOBODY, role="leader")

    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            await until_stored(lambda: UpstreamLink.objects.filter(failed_at__isnull=False).exists())
            first = answer_of(await device.call("Authorize", {"idTag": CARD}))
            started = await device.call("StartTransaction", start())
            assert await device.call("MeterValues", sampled(2000, transaction_id=started["transactionId"])) == {}
            return first, started

    first, started = asyncio.run(story())

    assert first == answer_of(started) == word
    row = Transaction.objects.get()
    assert (row.pk, row.upstream, row.authorization_status) == (started["transactionId"], "Away", word)
    decisions = list(Decision.objects.order_by("id"))
    assert [(one.decided_by, one.reason) for one in decisions] == [("us", reason)] * 2
    assert all("Away leads here and could not be reached" in one.trace[0]["sentence"] for one in decisions)
    assert Forward.objects.filter(delivered_at=None).count() == 2
    if absent == "refuse":
        assert set(Opinion.objects.values_list("name", "accepted")) == {("us", True)}


def test_a_slow_leader_is_waited_for_once_and_its_late_word_is_kept(gateway, charger, member):
    set_up(charger, leader_limit_s=1)

    async def story():
        async with standing(cards=frozenset()) as leader:
            await looking(lambda: stories.connect(charger, "Slow", leader, role="leader"))
            async with await Device.connect(gateway, "CP1") as device:
                await device.call("Heartbeat", {})
                leader.manner.delay_s = 3
                first = answer_of(await device.call("Authorize", {"idTag": CARD}))
                second = answer_of(await device.call("Authorize", {"idTag": CARD}))
                assert not await looking(lambda: Opinion.objects.filter(late=True).exists())
                await until_stored(lambda: Opinion.objects.filter(late=True).exists())
            return first, second

    assert asyncio.run(story()) == ("Accepted", "Accepted")
    assert "did not answer within 1 s" in Decision.objects.order_by("id").first().trace[0]["sentence"]
    late = Opinion.objects.filter(late=True).first()
    assert (late.name, late.voice, late.accepted) == ("Slow", "leader", False)


ODD = {
    "garbage": lambda frame: "<html>",
    "another message id": lambda frame: json.dumps([3, "nobody-asked", {"idTagInfo": {"status": "Accepted"}}]),
    "no status": lambda frame: json.dumps([3, frame[1], {"idTagInfo": {}}]),
    "an unknown status": lambda frame: json.dumps([3, frame[1], {"idTagInfo": {"status": "Perhaps"}}]),
    "an error": lambda frame: json.dumps([4, frame[1], "InternalError", "", {}]),
    "silence": lambda frame: "",
    "5 MiB": lambda frame: json.dumps([3, frame[1], {"pad": "x" * 5_000_000}]),
}


@pytest.mark.parametrize("kind", list(ODD))
def test_an_answer_that_is_none_never_reaches_the_charger(gateway, charger, member, kind):
    set_up(charger, leader_limit_s=1, leader_absent="refuse")

    async def story():
        async with standing() as leader:
            leader.on_frame = lambda _, frame: ODD[kind](frame) if frame[2] != "Heartbeat" else None
            await looking(lambda: stories.connect(charger, "Odd", leader, role="leader"))
            async with await Device.connect(gateway, "CP1") as device:
                await device.call("Heartbeat", {})
                token = await device.call("Authorize", {"idTag": CARD})
                started = await device.call("StartTransaction", start())
                assert "currentTime" in await device.call("Heartbeat", {})
                return token, started

    token, started = asyncio.run(story())

    assert answer_of(token) == answer_of(started) == "Invalid"
    assert started["transactionId"] == Transaction.objects.get().pk
    assert {one.reason for one in Decision.objects.all()} == {"upstream_silent"}


def test_a_second_answer_changes_nothing(gateway, charger, member):
    def twice(connection, frame):
        if frame[2] != "Authorize":
            return None
        yes, no = ({"idTagInfo": {"status": word}} for word in ("Accepted", "Invalid"))
        asyncio.get_running_loop().call_later(
            0.05, lambda: asyncio.ensure_future(connection.send(json.dumps([3, frame[1], no])))
        )
        return json.dumps([3, frame[1], yes])

    async def story():
        async with standing() as leader:
            leader.on_frame = twice
            await looking(lambda: stories.connect(charger, "Twice", leader, role="leader"))
            async with await Device.connect(gateway, "CP1") as device:
                token = await device.call("Authorize", {"idTag": CARD})
                await until_stored(lambda: Message.objects.filter(upstream="Twice", is_error=True).exists())
                assert "currentTime" in await device.call("Heartbeat", {})
                return token

    assert answer_of(asyncio.run(story())) == "Accepted"
    assert Decision.objects.get().verdict == "accepted"


def test_a_repeated_start_is_answered_as_before_and_told_nobody_twice(gateway, charger, member):
    payload = start()

    async def story():
        async with standing() as leader:
            await looking(lambda: stories.connect(charger, "Leading", leader, role="leader"))
            async with await Device.connect(gateway, "CP1") as device:
                first = await device.call("StartTransaction", payload)
                second = await device.call("StartTransaction", payload)
            return first, second, leader

    first, second, leader = asyncio.run(story())

    assert first["transactionId"] == second["transactionId"]
    assert answer_of(first) == answer_of(second) == "Accepted"
    assert len(leader.received("StartTransaction")) == 1


def test_one_that_comes_and_goes_is_tried_ever_more_rarely(gateway, charger):
    async def story():
        async with standing() as flapping:
            await looking(lambda: stories.connect(charger, "Flapping", flapping))
            flapping.on_frame = lambda connection, _: connection.transport.abort() or ""
            async with await Device.connect(gateway, "CP1") as device:
                await device.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
                await asyncio.sleep(6)
                assert "currentTime" in await device.call("Heartbeat", {})
            return flapping

    assert 2 <= len(asyncio.run(story()).received("BootNotification")) <= 4


def test_a_new_follower_of_a_connected_charger_learns_how_it_does(gateway, charger):
    async def story():
        async with await Device.connect(gateway, "CP1") as device, standing() as follower:
            await device.call("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
            status = {"connectorId": 1, "errorCode": "NoError", "status": "Charging"}
            await device.call("StatusNotification", status)
            await looking(lambda: stories.connect(charger, "Late", follower))
            await until(lambda: len(follower.seen) == 2)
            return follower

    follower = asyncio.run(story())

    assert follower.received("BootNotification")[0]["chargePointVendor"] == "V"
    assert follower.received("StatusNotification")[0]["status"] == "Charging"
