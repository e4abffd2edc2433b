"""Autocharge through real sockets: refused and remembered, paired, agreed to, started, stopped, and forgotten."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import Decision, Token, TokenGroup, Vehicle
from billing.models import Session
from chargers.models import Host, Transaction
from tests.kit import calls_2x as newer
from tests.kit.calls_16 import CARD, ago, start, status
from tests.kit.gateway import Device, looking
from tests.kit.portal import Owner

MAC = "AA:BB:CC:11:22:33"
CAR = "VID:AABBCC112233"
VERSIONS = pytest.mark.parametrize("version", ["1.6", "2.0.1"])


@pytest.fixture
def owner(site, transactional_db):
    return Owner(site.host)


def id_token(uid):
    if uid.startswith("VID:"):
        return {"idToken": uid.removeprefix("VID:"), "type": "MacAddress"}
    return {"idToken": uid, "type": "ISO14443"}


async def hold(device, version, uid):
    if version == "1.6":
        return (await device.call("Authorize", {"idTag": uid[:20]}))["idTagInfo"]["status"]
    return (await device.call("Authorize", {"idToken": id_token(uid)}))["idTokenInfo"]["status"]


async def begin(device, version, uid, *, number="T1", connector=1):
    if version == "1.6":
        payload = start(idTag=uid, timestamp=ago(seconds=0), connectorId=connector)
        answer = await device.call("StartTransaction", payload)
        return answer["idTagInfo"]["status"], answer["transactionId"]
    payload = newer.event("Started", 0, minutes=0, idToken=id_token(uid), wh=1000, info={"transactionId": number})
    payload["evse"]["id"] = connector
    answer = await device.call("TransactionEvent", payload)
    return answer["idTokenInfo"]["status"], number


async def stop(device, version, number, *, uid=""):
    if version == "1.6":
        payload = {"transactionId": number, "meterStop": 5000, "timestamp": ago(seconds=0)}
        await device.call("StopTransaction", {**payload, **({"idTag": uid} if uid else {})})
    else:
        info = {"transactionId": number, "stoppedReason": "Local"}
        fields = {"idToken": id_token(uid)} if uid else {}
        await device.call("TransactionEvent", newer.event("Ended", 3, minutes=0, wh=5000, info=info, **fields))


async def plug(device, version, connector=1):
    if version == "1.6":
        await device.call("StatusNotification", status("Preparing", connector=connector))
    else:
        occupied = {"timestamp": ago(seconds=0), "connectorStatus": "Occupied", "evseId": connector, "connectorId": 1}
        await device.call("StatusNotification", occupied)


@VERSIONS
def test_it_goes_from_the_first_refusal_to_a_session_that_the_card_pays(gateway, charger, member, owner, version):
    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            await plug(device, version)
            assert await hold(device, version, CAR) in {"Invalid", "Unknown"}
            seen = await looking(Vehicle.objects.get)
            assert (seen.state, seen.canonical_uid, seen.seen_evse_number) == ("seen", CAR, 1)
            assert await hold(device, version, CARD) == "Accepted"
            _, number = await begin(device, version, CARD)
            paired = await looking(lambda: Vehicle.objects.select_related("token").get())
            assert (paired.state, paired.token) == ("suspended", member)
            assert paired.paired_by_id is not None
            assert await hold(device, version, CAR) in {"Invalid", "Unknown"}
            await stop(device, version, number)

            session = await looking(Session.objects.get)
            page = f"/s/{session.secret}/"
            assert "Remember this car" in await owner.sees(page)
            await owner.presses(f"{page}car", agreed="yes")
            assert "This car starts by itself" in await owner.sees(page)

            assert await hold(device, version, CAR) == "Accepted"
            answer, number = await begin(device, version, CAR, number="T2")
            assert answer == "Accepted"
            assert await hold(device, version, CARD) == "Accepted"
            await stop(device, version, number, uid=CARD)

    asyncio.run(story())

    vehicle = Vehicle.objects.get()
    assert vehicle.consent_by == "the driver, by the link of the session"
    assert vehicle.consent_words.startswith("I drive this car.")
    by_car = Decision.objects.get(kind="start", granted_by="autocharge_enabled")
    assert (by_car.token, by_car.canonical_uid) == (member, CAR)
    assert Session.objects.get(transaction__id_token__startswith="VID:").token == member
    last = Decision.objects.filter(kind="authorize").order_by("-id").first()
    assert (last.uid, last.granted_by) == (CARD, "possible_stop")
    page = owner.read(f"/sessions/{Session.objects.latest('id').pk}/")
    assert f"Card {CARD} stopped it, which belongs to vehicle VID:" in page


@VERSIONS
def test_it_lets_the_host_enable_suspend_and_remove_a_car(gateway, charger, member, owner, version):
    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            await hold(device, version, CAR)
            car = await looking(Vehicle.objects.get)
            page = f"/authorization/autocharge/{car.pk}/"
            await owner.presses(page, do="enable", consent="Told me at the desk")
            assert await hold(device, version, CAR) in {"Invalid", "Unknown"}, "nobody pays yet"
            await owner.presses(page, do="pay", uid="04:a1:b2:c3:d4")
            await owner.presses(page, do="enable", consent="Told me at the desk")
            assert await hold(device, version, CAR) == "Accepted"
            await owner.presses(page, do="suspend")
            assert await hold(device, version, CAR) in {"Invalid", "Unknown"}
            await owner.presses(page, do="enable")
            assert await hold(device, version, CAR) == "Accepted"
            await owner.presses(page, do="remove")
            assert not await looking(Vehicle.objects.exists)

    asyncio.run(story())


@VERSIONS
def test_it_takes_the_car_only_where_its_card_is_let_in(gateway, charger, member, version):
    now = datetime.now(tz=UTC)
    Vehicle.objects.create(
        host=charger.property.host,
        uid=CAR,
        canonical_uid=CAR,
        state="enabled",
        token=member,
        consent_at=now,
        first_seen_at=now,
        seen_at=now,
    )

    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            assert await hold(device, version, CAR) == "Accepted"
            await looking(lambda: TokenGroup.objects.update(enabled=False))
            assert await hold(device, version, CAR) != "Accepted"
            await looking(lambda: TokenGroup.objects.update(enabled=True))
            await looking(lambda: Token.objects.update(blocked=True))
            assert await hold(device, version, CAR) == "Blocked"

    asyncio.run(story())

    assert Decision.objects.order_by("-id").values_list("reason", flat=True)[0] == "token_blocked"
    assert Vehicle.objects.get().state == "enabled"


@VERSIONS
def test_it_pairs_nobody_after_a_minute_at_another_connector_or_where_two_cars_wait(gateway, charger, member, version):
    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            await plug(device, version)
            await hold(device, version, CAR)
            await hold(device, version, CARD)
            await begin(device, version, CARD, connector=2)
            assert (await looking(Vehicle.objects.get)).state == "seen", "another connector"
            await looking(lambda: Transaction.objects.update(stopped_at=datetime.now(tz=UTC)))
            await hold(device, version, "VID:FFFFFFFFFFFF")
            await begin(device, version, CARD, number="T3")
            assert {one.state for one in await looking(lambda: list(Vehicle.objects.all()))} == {"seen"}, "two cars"
            await looking(lambda: Transaction.objects.update(stopped_at=datetime.now(tz=UTC)))
            await looking(lambda: Vehicle.objects.update(seen_at=datetime.now(tz=UTC) - timedelta(seconds=61)))
            await begin(device, version, CARD, number="T4")
            assert {one.state for one in await looking(lambda: list(Vehicle.objects.all()))} == {"seen"}, "too late"

    asyncio.run(story())


@VERSIONS
def test_another_host_has_a_car_of_its_own(gateway, charger, member, version):
    now = datetime.now(tz=UTC)
    other = Host.objects.create(slug="other", name="Other", currency="USD", country="US")
    card = Token.objects.create(host=other, uid="FF01", canonical_uid="FF01")
    Vehicle.objects.create(
        host=other,
        uid=CAR,
        canonical_uid=CAR,
        state="enabled",
        token=card,
        consent_at=now,
        first_seen_at=now,
        seen_at=now,
    )

    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            assert await hold(device, version, CAR) in {"Invalid", "Unknown"}

    asyncio.run(story())

    assert set(Vehicle.objects.values_list("host__slug", "state")) == {("other", "enabled"), ("sunset", "seen")}
