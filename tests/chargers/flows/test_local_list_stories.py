"""Lists that are kept in step through real sockets: pushed, changed, refused, revoked, and made good later."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F

from chargers.local_lists import sync
from chargers.models import CardMemory, Command, Variable
from tests.kit.gateway import Device, looking
from tests.kit.portal import Owner
from tests.kit.waiting import until

PAGE = "/chargers/CP1/local-list/"
CARD = "04A1B2C3D4"


def look(*, later=5):
    """A round of the task, a few seconds after the connection has settled."""
    now = datetime.now(tz=UTC) + timedelta(seconds=later)
    for pks in sync.due(now=now).values():
        sync.keep(pks, now=now)


async def obey(device, reply):
    """Answers the command that comes next; gives its action and payload."""
    await looking(look)
    frame = await device.receive()
    assert frame[0] == 2, frame
    await device.send(json.dumps([3, frame[1], reply]))
    await until(lambda: not Command.objects.filter(state__in=("queued", "sent")).exists())
    return frame[2], frame[3]


@pytest.fixture
def owner(site, transactional_db):
    return Owner(site.host)


def listed_16(payload):
    return {one["idTag"]: one.get("idTagInfo") for one in payload.get("localAuthorizationList", [])}


def listed_2x(payload):
    return {one["idToken"]["idToken"]: one.get("idTokenInfo") for one in payload.get("localAuthorizationList", [])}


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_it_keeps_the_list_from_the_switch_to_the_revoked_card(gateway, charger, member, owner, version):
    is_16 = version == "1.6"
    told, listed = ("listVersion", listed_16) if is_16 else ("versionNumber", listed_2x)
    key, component = ("AuthorizationCacheEnabled", "") if is_16 else ("Enabled", "AuthCacheCtrlr")
    Variable.objects.create(
        charger=charger, component=component, name=key, value="true", reported_at=datetime.now(tz=UTC)
    )

    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            await device.call("Heartbeat", {})
            await owner.presses(PAGE, step="choose", choice="on")
            assert await obey(device, {told: 0}) == ("GetLocalListVersion", {})
            action, payload = await obey(device, {"status": "Accepted"})
            assert (action, payload["updateType"], payload[told if is_16 else "versionNumber"]) == (
                "SendLocalList",
                "Full",
                1,
            )
            assert listed(payload)[CARD]["status"] == "Accepted"
            await looking(look)
            assert "The charger holds the cards that it should." in await owner.sees(PAGE)

            await owner.presses(f"/authorization/tokens/{member.pk}/flags/", do="block", reason="Lost")
            await looking(look)
            asked = await both(device)
            assert asked["ClearCache"] == {}
            assert asked["SendLocalList"]["updateType"] == "Differential"
            assert listed(asked["SendLocalList"]) == {CARD: None}
            await looking(look)
            assert "Cards</dt><dd>0" in await owner.sees(PAGE)

    asyncio.run(story())

    memory = CardMemory.objects.get()
    assert (memory.state, memory.version, memory.cache_due_at) == ("in_step", 2, None)
    assert memory.cache_cleared_at is not None


def pass_an_hour():
    CardMemory.objects.update(
        reported_at=F("reported_at") - timedelta(hours=1), looked_at=F("looked_at") - timedelta(hours=1)
    )


async def both(device):
    """Obeys the two commands of a revocation, in whichever order they come."""
    asked = {}
    for _ in range(2):
        frame = await device.receive()
        await device.send(json.dumps([3, frame[1], {"status": "Accepted"}]))
        asked[frame[2]] = frame[3]
    await until(lambda: not Command.objects.filter(state__in=("queued", "sent")).exists())
    return asked


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_it_tells_an_offline_charger_when_it_is_back_and_says_so_before(gateway, charger, member, owner, version):
    told = "listVersion" if version == "1.6" else "versionNumber"

    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            await device.call("Heartbeat", {})
            await owner.presses(PAGE, step="choose", choice="on")
            await obey(device, {told: 0})
            await obey(device, {"status": "Accepted"})
            await looking(look)
        await until(lambda: not type(charger).objects.filter(connection_id__isnull=False).exists())
        flags = f"/authorization/tokens/{member.pk}/flags/"
        assert "has this card on its local list" in await owner.sees(f"{flags}?do=block")
        await owner.presses(flags, do="block", reason="Lost")
        await looking(look)
        assert "goes on with its old list until it is back" in await owner.sees("/authorization/offline/")
        await looking(pass_an_hour)
        async with await Device.connect(gateway, "CP1", version=version) as device:
            await device.call("Heartbeat", {})
            assert (await obey(device, {told: 1}))[0] == "GetLocalListVersion"
            action, payload = await obey(device, {"status": "Accepted"})
            assert (action, payload["updateType"]) == ("SendLocalList", "Differential")
            await looking(look)
            assert "in step" in await owner.sees("/authorization/offline/")

    asyncio.run(story())


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_it_shows_a_refusal_after_the_full_list_and_sends_it_anew_when_told(gateway, charger, member, owner, version):
    told = "listVersion" if version == "1.6" else "versionNumber"

    async def story():
        async with await Device.connect(gateway, "CP1", version=version) as device:
            await device.call("Heartbeat", {})
            await owner.presses(PAGE, step="choose", choice="on")
            await obey(device, {told: 3})
            for _ in range(2):
                assert (await obey(device, {"status": "VersionMismatch"}))[1]["updateType"] == "Full"
            await looking(look)
            assert "The full list was sent once more, and refused again." in await owner.sees(PAGE)
            await owner.presses(PAGE, step="push")
            await obey(device, {told: 3})
            assert (await obey(device, {"status": "Accepted"}))[1]["updateType"] == "Full"
            await looking(look)
            assert "The charger holds the cards that it should." in await owner.sees(PAGE)

    asyncio.run(story())
