"""What chargers decide by themselves, noticed through real sockets and mended through the portal."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from authorization.insight import unstarted_sessions
from authorization.models import Membership, Token, TokenGroup
from billing.models import Session
from chargers.models import Command, Host, OwnAct, Variable
from tests.kit import calls_2x as newer
from tests.kit.calls_16 import CARD, ago, status
from tests.kit.gateway import Device, looking
from tests.kit.own_decisions import begin, hold
from tests.kit.portal import Owner

OVERVIEW = "/chargers/CP1/"
STRANGER = "DEADBEEF"


@pytest.fixture
def owner(site, transactional_db):
    return Owner(site.host)


def setting(charger, name, value, *, component=""):
    Variable.objects.create(
        charger=charger,
        component=component,
        name=name,
        value=value,
        mutability="ReadWrite",
        reported_at=datetime.now(tz=UTC),
    )


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_it_says_nothing_of_a_session_that_we_let_in(gateway, charger, member, version):
    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            assert await hold(device, version, CARD) == "Accepted"
        async with await Device.connect(gateway, "CP1", version=version) as device:
            await begin(device, version)

    asyncio.run(story())

    assert not OwnAct.objects.exists()


@pytest.mark.parametrize(
    ("version", "key", "name", "component"),
    [
        ("1.6", "LocalPreAuthorize", "LocalPreAuthorize", ""),
        ("2.0.1", "AuthCtrlr.LocalPreAuthorize", "LocalPreAuthorize", "AuthCtrlr"),
    ],
)
def test_it_notices_a_start_against_our_word_and_the_setting_is_mended_from_the_portal(
    gateway, charger, member, owner, version, key, name, component
):
    setting(charger, name, "true", component=component)

    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            assert await hold(device, version, STRANGER) in {"Invalid", "Unknown"}
            await begin(device, version, uid=STRANGER)
            page = await owner.sees(OVERVIEW)
            assert "The charger began a session that we had refused" in page
            assert f"{key}</a></td>" in page
            assert f'aria-label="Set {key} to false"' in page
            await owner.presses("/chargers/CP1/configuration/", step="set", key=key, value="false")
            asked = await device.receive()
            reply = {"status": "Accepted"}
            if version == "1.6":
                assert asked[2:] == ["ChangeConfiguration", {"key": key, "value": "false"}]
            else:
                one = asked[3]["setVariableData"][0]
                assert (asked[2], one["attributeValue"]) == ("SetVariables", "false")
                reply = {"setVariableResult": [{**one, "attributeStatus": "Accepted"}]}
                del reply["setVariableResult"][0]["attributeValue"]
            await device.send(json.dumps([3, asked[1], reply]))
            await device.call("Heartbeat", {})
            assert f'aria-label="Set {key} to false"' not in await owner.sees(OVERVIEW)

    asyncio.run(story())

    act = OwnAct.objects.get()
    assert (act.kind, act.is_refused, act.transaction.id_token) == ("started_against", True, STRANGER)
    assert act.decision_id == act.transaction.decision_id
    page = owner.read(f"/chargers/CP1/logs/?q={STRANGER}")
    entry = next(m for m in charger.messages.all() if m.decision_id == act.decision_id)
    assert "The charger began a session that we had refused" in owner.read(f"/chargers/CP1/logs/{entry.id}/")
    assert STRANGER in page


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_it_notices_a_start_without_asking_and_shows_it_with_the_session(gateway, charger, member, owner, version):
    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            await begin(device, version)

    asyncio.run(story())

    act = OwnAct.objects.get()
    assert (act.kind, act.is_refused) == ("started_without", False)
    page = owner.read(f"/sessions/{Session.objects.get().pk}/")
    assert "The charger decided by itself: it did not ask us" in page
    assert "AuthorizationCacheEnabled" in page if version == "1.6" else "AuthCacheCtrlr.Enabled" in page


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_it_notices_what_was_begun_offline(gateway, charger, member, owner, version):
    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            await begin(device, version, uid=STRANGER, offline=True)
            await begin(device, version, uid=STRANGER, offline=True)

    asyncio.run(story())

    act = OwnAct.objects.first()
    assert (act.kind, act.is_refused) == ("started_offline", True)
    assert "it was offline" in owner.read(OVERVIEW)
    assert OwnAct.objects.filter(transaction=act.transaction).count() == 1


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_it_notices_a_yes_that_no_session_followed(gateway, charger, member, owner, version):
    name, component = ("ConnectionTimeOut", "") if version == "1.6" else ("EVConnectionTimeOut", "TxCtrlr")
    setting(charger, name, "30", component=component)

    def notice(seconds):
        return unstarted_sessions.notice(now=datetime.now(tz=UTC) + timedelta(seconds=seconds))

    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            if version == "1.6":
                await device.call("StatusNotification", status("Preparing"))
            else:
                occupied = {"timestamp": ago(seconds=1), "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1}
                await device.call("StatusNotification", occupied)
            assert await hold(device, version, CARD) == "Accepted"
            assert await looking(lambda: notice(20)) == 0
            assert await looking(lambda: notice(60)) == 1
            assert await looking(lambda: notice(60)) == 0
            assert "We said yes, but no session began" in await owner.sees(OVERVIEW)

    asyncio.run(story())

    act = OwnAct.objects.get()
    assert act.kind == "not_started"
    assert act.detail.endswith("no session began within 30 s.")


def related(member, how):
    other = Token.objects.create(host=member.host, uid="04FFFF", canonical_uid="04FFFF")
    if how == "parent":
        other.parent = member.parent
        other.save()
    if how == "group":
        Token.objects.update(parent="")
        family = TokenGroup.objects.create(host=member.host, slug="family", name="Family", is_parent=True)
        family.tokens.add(member, other)
    return other


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@pytest.mark.parametrize(("how", "is_let_in"), [("parent", True), ("group", True), ("stranger", False)])
def test_it_lets_cards_of_one_parent_stop_and_tells_who_did(gateway, charger, member, owner, version, how, is_let_in):
    other = related(member, how)

    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            mine = await authorized(device, version, CARD)
            started = await begin(device, version)
            its = await authorized(device, version, other.uid)
            assert (its["status"] == "Accepted") is is_let_in
            assert (parent_in(its) == parent_in(mine)) is is_let_in
            if version == "1.6":
                stop = {"transactionId": started["transactionId"], "idTag": other.uid, "meterStop": 2000}
                await device.call("StopTransaction", {**stop, "timestamp": ago(seconds=0), "reason": "Local"})
            else:
                token = {"idToken": other.uid, "type": "ISO14443"}
                ended = newer.event("Ended", 2, minutes=0, idToken=token, wh=7000, info={"stoppedReason": "Local"})
                await device.call("TransactionEvent", ended)

    asyncio.run(story())

    page = owner.read(f"/sessions/{Session.objects.get().pk}/")
    if is_let_in:
        assert f"Card {other.uid} stopped it, which shares a parent with card {CARD}." in page
        assert not OwnAct.objects.exists()
    else:
        assert f"Card {other.uid} stopped it, which has nothing to do with card {CARD}." in page
        assert OwnAct.objects.get().kind == "stopped_by_stranger"
        assert "A session was stopped by a stranger&#x27;s card" in page
        assert "stopped by a stranger&#x27;s card" in owner.read(OVERVIEW)


async def authorized(device, version, uid):
    if version == "1.6":
        return (await device.call("Authorize", {"idTag": uid}))["idTagInfo"]
    return (await device.call("Authorize", {"idToken": {"idToken": uid, "type": "ISO14443"}}))["idTokenInfo"]


def parent_in(info):
    return info.get("parentIdTag") or info.get("groupIdToken", {}).get("idToken")


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_it_tells_that_the_host_stopped_it_from_the_portal(gateway, charger, member, owner, version):
    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            await hold(device, version, CARD)
            started = await begin(device, version)
            ref = str(started.get("transactionId", "T1"))
            await owner.presses("/chargers/CP1/commands/", ask="stop", transaction_id=ref)
            asked = await device.receive()
            assert asked[2] in {"RemoteStopTransaction", "RequestStopTransaction"}
            await device.send(json.dumps([3, asked[1], {"status": "Accepted"}]))
            if version == "1.6":
                stop = {"transactionId": started["transactionId"], "meterStop": 2000, "timestamp": ago(seconds=0)}
                await device.call("StopTransaction", {**stop, "reason": "Remote"})
            else:
                ended = newer.event(
                    "Ended", 2, minutes=0, trigger="RemoteStop", wh=7000, info={"stoppedReason": "Remote"}
                )
                await device.call("TransactionEvent", ended)

    asyncio.run(story())

    assert "owner@example.com stopped it from the portal." in owner.read(f"/sessions/{Session.objects.get().pk}/")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("person", ["stranger", "teammate"])
def test_nobody_else_stops_from_the_portal(site, charger, owner, person):
    host = site.host if person == "teammate" else Host.objects.create(slug="other", name="Other", currency="USD")
    Membership.objects.filter(user=owner.user).update(host=host, role="read_only" if person == "teammate" else "owner")

    response = owner.client.post("/chargers/CP1/commands/", {"ask": "stop", "transaction_id": "1"})

    assert response.status_code == 404
    assert not Command.objects.exists()
