"""OCPP 2.0.1 and 2.1 stations with several back offices, with real sockets on both sides."""

import asyncio

import pytest

from authorization.models import Decision, Opinion
from billing.models import Session
from chargers.models import Message, Transaction, UpstreamId
from tests.kit import stories
from tests.kit.calls_2x import CARD, ago, event
from tests.kit.gateway import Device, looking
from tests.kit.stories import standing, until, until_stored

UID = CARD["idToken"]


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
def test_the_leader_decides_and_the_transaction_keeps_the_stations_own_id(gateway, charger, member, version):
    async def story():
        async with standing(cards=frozenset((UID,))) as leader, standing(cards=frozenset(), word="Blocked") as follower:
            await looking(lambda: stories.connect(charger, "Kind", leader, role="leader"))
            await looking(lambda: stories.connect(charger, "Strict", follower))
            async with await Device.connect(gateway, "CP1", version=version) as device:
                token = await device.call("Authorize", {"idToken": CARD})
                started = await device.call("TransactionEvent", event("Started", 0, minutes=30, idToken=CARD, wh=1000))
                ended = event("Ended", 1, minutes=1, trigger="StopAuthorized", wh=7000)
                assert await device.call("TransactionEvent", ended) == {}
                await until(lambda: len(follower.received("TransactionEvent")) == 2)
                await until_stored(lambda: Opinion.objects.filter(name="Strict").count() == 2)
            return token, started, leader, follower

    token, started, leader, follower = asyncio.run(story())

    assert token["idTokenInfo"]["status"] == started["idTokenInfo"]["status"] == "Accepted"
    for one in (leader, follower):
        assert {told["transactionInfo"]["transactionId"] for told in one.received("TransactionEvent")} == {"T1"}
    row = Transaction.objects.get()
    assert (row.transaction_id, row.upstream, row.authorization_status) == ("T1", "Kind", "Accepted")
    assert Session.objects.get().upstream == "Kind"
    assert set(Decision.objects.values_list("decided_by", "verdict")) == {("Kind", "accepted")}
    strict = Opinion.objects.filter(name="Strict", voice="follower")
    assert set(strict.values_list("status", "accepted", "late")) == {("Blocked", False, False)}


def test_a_report_goes_to_the_follower_that_asked_and_to_nobody_else(gateway, charger):
    async def story():
        async with standing() as leader, standing() as follower:
            await looking(lambda: stories.connect(charger, "Leading", leader, role="leader"))
            await looking(lambda: stories.connect(charger, "Asking", follower))
            async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
                await device.call("Heartbeat", {})
                await until(lambda: "CP1" in follower.connections)
                wanted = {"requestId": 3, "reportBase": "FullInventory"}
                order = asyncio.create_task(follower.command("CP1", "GetBaseReport", wanted))
                frame = await device.receive()
                await device.send(f'[3,"{frame[1]}",{{"status":"Accepted"}}]')
                await order
                report = {"requestId": frame[3]["requestId"], "generatedAt": ago(seconds=1), "seqNo": 0}
                assert await device.call("NotifyReport", report) == {}
                await until(lambda: follower.received("NotifyReport"))
            return frame, leader, follower

    frame, leader, follower = asyncio.run(story())

    assert frame[3]["requestId"] == UpstreamId.objects.get().ours != 3
    assert follower.received("NotifyReport")[0]["requestId"] == 3
    assert leader.received("NotifyReport") == []


def test_a_certificate_is_asked_of_us_alone(gateway, charger):
    async def story():
        async with standing() as leader:
            await looking(lambda: stories.connect(charger, "Leading", leader, role="leader"))
            async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
                answer = await device.call("SignCertificate", {"csr": "no certificate request"})
                await device.call("Heartbeat", {})
            return answer, leader

    answer, leader = asyncio.run(story())

    assert answer["statusInfo"]["reasonCode"] == "InvalidCSR"
    assert [seen.action for seen in leader.seen] == ["Heartbeat"]


def test_a_leaders_remote_start_is_its_own_and_the_charger_sees_another_number(gateway, charger):
    async def story():
        async with standing(cards=frozenset()) as leader, standing() as follower:
            await looking(lambda: stories.connect(charger, "Leading", leader, role="leader"))
            await looking(lambda: stories.connect(charger, "Watching", follower))
            async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
                await device.call("Heartbeat", {})
                order = {"idToken": {"idToken": "APP1", "type": "Central"}, "remoteStartId": 5, "evseId": 1}
                asked = asyncio.create_task(leader.command("CP1", "RequestStartTransaction", order))
                frame = await device.receive()
                await device.send(f'[3,"{frame[1]}",{{"status":"Accepted"}}]')
                await asked
                number = frame[3]["remoteStartId"]
                told = event("Started", 0, minutes=0, trigger="RemoteStart", info={"remoteStartId": number}, wh=1)
                await device.call("TransactionEvent", told)
                await until(lambda: follower.received("TransactionEvent"))
            return number, leader, follower

    number, leader, follower = asyncio.run(story())

    assert number >= 1_000_000_000
    assert leader.received("TransactionEvent")[0]["transactionInfo"]["remoteStartId"] == 5
    assert "remoteStartId" not in follower.received("TransactionEvent")[0]["transactionInfo"]
    assert Message.objects.get(action="RequestStartTransaction", upstream="").origin == "upstream:Leading"
