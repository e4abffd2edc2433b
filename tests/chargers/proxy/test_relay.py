"""OCPP 1.6 chargers with several back offices, with real sockets on both sides."""

import asyncio
from datetime import UTC, datetime

from authorization.models import Decision, Opinion
from billing.models import Receipt, Session
from billing.sessions.settlement import settle
from chargers.models import Forward, Message, Transaction, UpstreamId
from tests.kit import stories
from tests.kit.calls_16 import ago, sampled, start, status
from tests.kit.gateway import Device, looking
from tests.kit.stories import standing, until, until_stored

CARD = "04A1B2C3D4"
BOOT = {"chargePointVendor": "Alfen", "chargePointModel": "NG910"}


def test_only_the_leaders_answer_reaches_the_charger_and_everybody_is_told(gateway, charger, member):
    async def story():
        async with (
            standing(cards=frozenset(), interval_s=777) as leader,
            standing(cards=frozenset((CARD,)), first=500, interval_s=111) as follower,
        ):
            await looking(lambda: stories.connect(charger, "Strict", leader, role="leader"))
            await looking(lambda: stories.connect(charger, "Kind", follower))
            async with await Device.connect(gateway, "CP1") as device:
                boot = await device.call("BootNotification", BOOT)
                token = await device.call("Authorize", {"idTag": CARD})
                started = await device.call("StartTransaction", start())
                await until(lambda: follower.received("StartTransaction"))
            return boot, token, started, leader, follower

    boot, token, started, leader, follower = asyncio.run(story())

    assert boot["interval"] == 777
    assert token["idTagInfo"]["status"] == "Invalid"
    assert started["idTagInfo"]["status"] == "Invalid"
    row = Transaction.objects.get()
    assert (started["transactionId"], row.upstream, row.authorization_status) == (row.pk, "Strict", "Invalid")
    for one in (leader, follower):
        assert [seen.action for seen in one.seen] == ["BootNotification", "Authorize", "StartTransaction"]
    assert {decision.decided_by for decision in Decision.objects.all()} == {"Strict"}
    assert {decision.reason for decision in Decision.objects.all()} == {"upstream_refused"}
    would = {(one.name, one.accepted) for one in Opinion.objects.all()}
    assert would == {("us", True), ("Kind", True)}
    assert not Session.objects.exists()


def test_each_back_office_knows_a_transaction_by_its_own_id_and_the_charger_by_ours(gateway, charger, member):
    async def story():
        async with standing(first=900_001) as leader, standing(first=7) as follower:
            await looking(lambda: stories.connect(charger, "Leading", leader, role="leader"))
            await looking(lambda: stories.connect(charger, "Watching", follower))
            async with await Device.connect(gateway, "CP1") as device:
                ours = (await device.call("StartTransaction", start()))["transactionId"]
                await device.call("MeterValues", sampled(4000, transaction_id=ours))
                order = asyncio.create_task(leader.command("CP1", "RemoteStopTransaction", {"transactionId": 900_001}))
                frame = await device.receive()
                await device.send(f'[3,"{frame[1]}",{{"status":"Accepted"}}]')
                answer = await order
                stop = {"transactionId": ours, "idTag": CARD, "meterStop": 7000, "timestamp": ago(minutes=1)}
                assert await device.call("StopTransaction", stop) == {}
                await until(lambda: follower.received("StopTransaction"))
            return ours, frame, answer, leader, follower

    ours, frame, answer, leader, follower = asyncio.run(story())

    assert ours not in {900_001, 7}
    assert frame[2:] == ["RemoteStopTransaction", {"transactionId": ours}]
    assert answer[2] == {"status": "Accepted"}
    for one, theirs in ((leader, 900_001), (follower, 7)):
        assert one.received("MeterValues")[0]["transactionId"] == theirs
        assert one.received("StopTransaction")[0]["transactionId"] == theirs
    assert set(UpstreamId.objects.values_list("upstream__name", "ours", "theirs")) == {
        ("Leading", ours, 900_001),
        ("Watching", ours, 7),
    }
    session = Session.objects.get()
    assert (session.upstream, session.rate_version, session.state) == ("Leading", None, "stopped")
    settle.rate_provisionally(session.pk, now=datetime.now(tz=UTC))
    session.refresh_from_db()
    assert (session.state, Receipt.objects.exists()) == ("settled", False)
    assert session.state_reason == ("Nothing is billed. Leading leads this charger and bills this session; we do not.")
    assert not Forward.objects.filter(delivered_at=None).exists()


def test_a_followers_start_stop_and_reset_are_rejected_without_the_charger_and_leave_a_row(gateway, charger):
    async def story():
        async with standing() as follower:
            await looking(lambda: stories.connect(charger, "Watching", follower))
            async with await Device.connect(gateway, "CP1") as device:
                await device.call("Heartbeat", {})
                await until(lambda: "CP1" in follower.connections)
                answers = [
                    await follower.command("CP1", "RemoteStartTransaction", {"idTag": CARD}),
                    await follower.command("CP1", "RemoteStopTransaction", {"transactionId": 1}),
                    await follower.command("CP1", "Reset", {"type": "Hard"}),
                    await follower.command("CP1", "ChangeConfiguration", {"key": "AuthorizationKey", "value": "x"}),
                ]
                order = asyncio.create_task(follower.command("CP1", "GetConfiguration", {"key": ["A"]}))
                frame = await device.receive()
                await device.send(f'[3,"{frame[1]}",{{"unknownKey":["A"]}}]')
                answers.append(await order)
                await until_stored(lambda: Message.objects.filter(upstream="Watching", direction="out").count() == 5)
            return answers, frame

    answers, frame = asyncio.run(story())

    assert [answer[2] for answer in answers[:4]] == [{"status": "Rejected"}] * 4
    assert answers[4][2] == {"unknownKey": ["A"]}
    assert frame[2] == "GetConfiguration"
    row = Message.objects.get(upstream="Watching", action="Reset")
    assert "Reset is not among the commands that this back office may give." in row.fault
    assert (row.verdict, row.is_error, row.origin) == ("Rejected", True, "upstream:Watching")
    assert Message.objects.filter(upstream="", direction="out").count() == 1


def test_a_leader_that_dies_in_the_middle_of_a_session_gets_the_rest_once_and_in_order(gateway, charger, member):
    number = stories.port()

    async def story():
        async with standing(number, first=900_001) as leader:
            await looking(lambda: stories.connect(charger, "Leading", leader, role="leader"))
            async with await Device.connect(gateway, "CP1") as device:
                ours = (await device.call("StartTransaction", start()))["transactionId"]
                leader.kill()
                for wh in (2000, 3000, 4000):
                    assert (
                        await device.call("MeterValues", sampled(wh, transaction_id=ours, at=ago(seconds=wh / 100)))
                        == {}
                    )
                stop = {"transactionId": ours, "idTag": CARD, "meterStop": 7000, "timestamp": ago(minutes=1)}
                assert await device.call("StopTransaction", stop) == {}
                second = await device.call("StartTransaction", start(meterStart=7000, timestamp=ago(seconds=20)))
                async with standing(number, first=900_500) as returned:
                    await until(lambda: len(returned.received("StartTransaction")) == 1, within_s=30)
                    await until_stored(lambda: not Forward.objects.filter(delivered_at=None).exists())
                    return ours, second, returned

    _, second, returned = asyncio.run(story())

    assert second["idTagInfo"]["status"] == "Accepted"
    told = [(seen.action, seen.payload.get("transactionId")) for seen in returned.seen]
    rest = [("MeterValues", 900_001)] * 3 + [("StopTransaction", 900_001), ("StartTransaction", None)]
    assert [one for one in told if one[0] in {"MeterValues", "StopTransaction", "StartTransaction"}] == rest
    assert [int(p["meterValue"][0]["sampledValue"][0]["value"]) for p in returned.received("MeterValues")] == [
        2000,
        3000,
        4000,
    ]
    away = Decision.objects.get(event_at__gte=Transaction.objects.get(pk=second["transactionId"]).started_at)
    assert away.decided_by == "us"
    assert "Leading leads here and" in away.trace[0]["sentence"]


def test_the_leader_is_switched_in_the_middle_of_a_day(gateway, charger, member):
    async def story():
        async with standing(cards=frozenset()) as strict, standing(cards=frozenset((CARD,))) as kind:
            first = await looking(lambda: stories.connect(charger, "Strict", strict, role="leader"))
            second = await looking(lambda: stories.connect(charger, "Kind", kind))
            words = []
            async with await Device.connect(gateway, "CP1") as device:
                for leader in (first, second, None, first):
                    await looking(lambda row=leader: stories.make_leader(charger, row))
                    await asyncio.sleep(1)
                    token = await device.call("Authorize", {"idTag": CARD})
                    words.append(token["idTagInfo"]["status"])
            return words

    assert asyncio.run(story()) == ["Invalid", "Accepted", "Accepted", "Invalid"]
    who = list(Decision.objects.order_by("id").values_list("decided_by", flat=True))
    assert who == ["Strict", "Kind", "us", "Strict"]
    by = Message.objects.filter(upstream="", action="Authorize").order_by("id").values_list("answered_by", flat=True)
    assert list(by) == ["Strict", "Kind", "", "Strict"]


def test_a_follower_that_comes_back_learns_who_the_charger_is_and_how_it_does(gateway, charger):
    number = stories.port()

    async def story():
        async with standing(number) as before:
            await looking(lambda: stories.connect(charger, "Watching", before))
            async with await Device.connect(gateway, "CP1") as device:
                await device.call("BootNotification", BOOT)
                await device.call("StatusNotification", status("Preparing"))
                await until(lambda: len(before.seen) == 2)
                before.kill()
                await device.call("StatusNotification", status("Charging"))
                async with standing(number) as after:
                    await until(lambda: len(after.seen) >= 2, within_s=30)
                    return before, after

    before, after = asyncio.run(story())

    assert [seen.action for seen in before.seen] == ["BootNotification", "StatusNotification"]
    assert [seen.action for seen in after.seen] == ["BootNotification", "StatusNotification"]
    assert after.received("BootNotification") == [BOOT]
    assert after.received("StatusNotification")[0]["status"] == "Charging"
