"""Replaced hardware: the old one is disconnected and refused, the new one charges at the same station."""

import asyncio
import contextlib
import uuid
from datetime import UTC, datetime

import pytest
import websockets

from billing.models import Session
from billing.sessions.lifecycle import outlets
from chargers.acts import hardware_swaps as acts
from chargers.fleet import hardware_swaps
from chargers.gateway.consumer import SUPERSEDED
from chargers.lib import nudges
from chargers.models import Charger, Command, Connector, FailedHandshake, Message, Transaction
from tests.kit.calls_16 import CARD, ago, start, status
from tests.kit.connected import PASSWORD
from tests.kit.gateway import Device, looking
from tests.kit.waiting import until
from tests.kit.world import make_user

BOOT = {"chargePointVendor": "KEBA", "chargePointModel": "P30", "chargePointSerialNumber": "S-2"}
OLD_BOOT = {"chargePointVendor": "ABB", "chargePointModel": "Terra", "chargePointSerialNumber": "S-1"}


def swap(site, new_id="CP9"):
    def work():
        charger = Charger.objects.select_related("property__host").get(station_id="ST-CP1")
        owner = make_user(f"{uuid.uuid4()}@example.com", site.host, "owner")
        now = datetime.now(tz=UTC)
        return acts.replace(charger, new_id, reason="", is_paid=outlets.is_paid, by=owner, now=now).password

    return work


async def is_refused(gateway, charger_id, password):
    with pytest.raises(websockets.InvalidStatus) as caught:
        await Device.connect(gateway, charger_id, password=password)
    return caught.value.response.status_code


def test_the_old_box_is_refused_and_the_new_one_charges_under_the_same_label(gateway, charger, member, client):
    page = "/c/ST-CP1"

    async def story():
        old = await Device.connect(gateway, "CP1")
        assert (await old.call("BootNotification", OLD_BOOT))["status"] == "Accepted"
        await old.call("StatusNotification", status("Faulted"))
        before = await looking(lambda: client.get(page).status_code)

        password = await looking(swap(charger.property))

        with pytest.raises(websockets.ConnectionClosed) as closed:
            await old.receive(within_s=10)
        assert closed.value.rcvd.code == SUPERSEDED
        assert await is_refused(gateway, "CP1", PASSWORD) == 401
        assert await is_refused(gateway, "CP9", PASSWORD) == 401
        async with await Device.connect(gateway, "CP9", password=password) as new:
            assert (await new.call("BootNotification", BOOT))["status"] == "Accepted"
            await new.call("StatusNotification", status("Preparing", timestamp=ago(seconds=5)))
            started = await new.call("StartTransaction", start(timestamp=ago(seconds=3)))
            assert started["idTagInfo"]["status"] == "Accepted"
            return before, await looking(lambda: client.get(page).status_code), password

    before, after, _ = asyncio.run(story())

    charger = Charger.objects.get()
    assert (before, after) == (200, 200)
    assert (charger.charger_id, charger.station_id, charger.serial_number) == ("CP9", "ST-CP1", "S-2")
    assert Connector.objects.get(evse__number=1).status == "Preparing"
    assert Transaction.objects.get().id_token == CARD
    assert (Session.objects.get().charger, Session.objects.get().state) == (charger, "charging")
    actions = set(Message.objects.filter(charger=charger).values_list("action", flat=True))
    assert actions >= {"BootNotification", "StatusNotification", "StartTransaction"}  # the old hardware's, too
    refusals = FailedHandshake.objects.order_by("id").values_list("charger", "presented_id", "reason")
    assert list(refusals) == [(charger.pk, "CP1", "replaced"), (charger.pk, "CP9", "wrong_password")]
    assert "CP9 hangs there instead" in FailedHandshake.objects.get(reason="replaced").detail
    replacement = hardware_swaps.list_of(charger)[0]
    assert (replacement.former.serial_number, replacement.newer.serial_number) == ("S-1", "S-2")


def test_the_old_box_is_hung_up_although_the_hint_was_lost(gateway, charger, monkeypatch):
    monkeypatch.setattr(nudges, "to_gateways", lambda _message: None)

    async def story():
        async with await Device.connect(gateway, "CP1") as old:
            await old.call("Heartbeat", {})
            await looking(swap(charger.property))
            with pytest.raises(websockets.ConnectionClosed):
                await old.receive(within_s=20)

    asyncio.run(story())

    assert Charger.objects.get().connection_id is None


def test_a_message_of_the_old_box_does_not_bring_its_connection_back(gateway, charger):
    async def story():
        old = await Device.connect(gateway, "CP1")
        await old.call("Heartbeat", {})
        await looking(swap(charger.property))
        with contextlib.suppress(websockets.ConnectionClosed):
            await old.call("Heartbeat", {})
        await until(lambda: Charger.objects.get().connection_id is None)

    asyncio.run(story())

    assert Charger.objects.get().gateway_id is None


def test_a_box_with_the_same_id_is_told_apart_by_its_password(gateway, charger):
    async def story():
        old = await Device.connect(gateway, "CP1")
        await old.call("Heartbeat", {})
        password = await looking(swap(charger.property, "CP1"))
        with pytest.raises(websockets.ConnectionClosed):
            await old.receive(within_s=10)
        assert await is_refused(gateway, "CP1", PASSWORD) == 401
        async with await Device.connect(gateway, "CP1", password=password) as new:
            await new.call("BootNotification", BOOT)

    asyncio.run(story())

    assert FailedHandshake.objects.get().reason == "wrong_password"
    assert Charger.objects.get().serial_number == "S-2"


def test_the_former_box_comes_back_with_a_new_password(gateway, charger):
    async def story():
        await looking(swap(charger.property))
        assert await is_refused(gateway, "CP1", PASSWORD) == 401
        password = await looking(swap(charger.property, "CP1"))
        assert await is_refused(gateway, "CP1", PASSWORD) == 401
        async with await Device.connect(gateway, "CP1", password=password) as former:
            await former.call("BootNotification", OLD_BOOT)
        assert await is_refused(gateway, "CP9", PASSWORD) == 401

    asyncio.run(story())

    assert list(FailedHandshake.objects.order_by("id").values_list("presented_id", "reason")) == [
        ("CP1", "replaced"), ("CP1", "wrong_password"), ("CP9", "replaced"),
    ]  # fmt: skip
    assert not Command.objects.filter(state="queued").exclude(origin="system").exists()
