"""AmpUp's article: the five prompts after scanning a code or typing a Station ID, each at a real charger, with the
remedy that it names done on its page, and the same guest let through to the price.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from html import unescape

import pytest
from django.test import Client

from authorization.decide import reasons
from billing.models import Rate, RateAssignment, RateVersion
from chargers.models import Charger, Connector, Evse, Licence
from tests.kit.gateway import Device
from tests.kit.guest import RATE
from tests.kit.portal import Portal

pytestmark = pytest.mark.django_db(transaction=True)
STATION = "/c/ST-CP1"


@pytest.fixture
def station(gateway, charger) -> Charger:
    """A charger for guests, with a price; both its ports are free once it is online."""
    charger.property.access = "guest"
    charger.property.save()
    rate = Rate.objects.create(host=charger.property.host, slug="standard", name="Standard", currency="USD")
    RateVersion.objects.create(rate=rate, number=1, definition=RATE, created_at=datetime.now(tz=UTC))
    RateAssignment.objects.create(rate=rate, property=charger.property, audience="guest")
    return charger


@pytest.fixture
def host_portal(station) -> Portal:
    return Portal.of_owner(station.property.host)


@contextmanager
def online(gateway, **statuses: str) -> Iterator[None]:
    """CP1 is connected, and its ports have told their status (Available where nothing else is said)."""
    up, leave = threading.Event(), threading.Event()

    async def live() -> None:
        async with await Device.connect(gateway, "CP1") as device:
            for port in (1, 2):
                status = statuses.get(f"port{port}", "Available")
                told = {"connectorId": port, "status": status, "errorCode": "NoError"}
                if status == "Faulted":
                    told["errorCode"] = "GroundFailure"
                await device.call("StatusNotification", told)
            up.set()
            while not leave.is_set():
                await asyncio.sleep(0.02)

    thread = threading.Thread(target=lambda: asyncio.run(live()))
    thread.start()
    assert up.wait(15)
    try:
        yield
    finally:
        leave.set()
        thread.join(15)


def read(address: str) -> str:
    return unescape(Client().get(address, follow=True).content.decode())


def prompts(text: str, code: str) -> bool:
    """The page tells this reason to a guest: what it means and every next step."""
    advice = reasons.get(code).guest
    return all(words in text for words in (advice.meaning, *(step.text for step in advice.next_steps)))


def is_priced(text: str) -> bool:
    return "$0.35 per kWh" in text and "Pay and start" in text


def test_1_out_of_order_with_another_port_that_works(gateway, station):
    advice, silent = reasons.get("charger_out_of_order").guest, read(f"{STATION}/1")  # never connected
    assert "The charger is offline, so it cannot start now." in silent
    assert advice.next_steps[-1].text in silent
    assert advice.next_steps[0].text not in silent, "no other port is free"

    with online(gateway, port1="Faulted"):
        faulted = read(f"{STATION}/1")
        other = read(f"{STATION}/2")
    with online(gateway):
        repaired = read(f"{STATION}/1")

    assert "The charger reports a fault, so it cannot start now." in faulted
    assert "Use one that is free now: it is named below." in faulted
    assert f'href="{STATION}/2"' in faulted
    assert is_priced(other)
    assert is_priced(repaired)


def test_2_a_private_charger_that_is_not_set_up(gateway, station, host_portal):
    Charger.objects.update(configured=False)
    with online(gateway):
        assert prompts(read(f"{STATION}/1"), "private_not_set_up")

        first, second = Connector.objects.order_by("evse__number")
        host_portal.does(
            "/chargers/CP1/setup/",
            **{"property": station.property.pk, "configured": "on", f"standard_{first.pk}": "IEC_62196_T2"},
            **{f"power_{first.pk}": "11", f"standard_{second.pk}": "IEC_62196_T2", f"power_{second.pk}": "11"},
        )

        assert is_priced(read(f"{STATION}/1"))


def test_3_an_inactive_licence(gateway, station, host_portal):
    Licence.objects.update(state="inactive")
    with online(gateway):
        assert prompts(read(f"{STATION}/1"), "licence_inactive")
        assert "not active: new sessions are refused" in host_portal.reads("/chargers/CP1/setup/").lower()

        Portal.of_agent().does("/chargers/CP1/setup/licence/", state="active", expires_on="2099-12-31")

        assert is_priced(read(f"{STATION}/1"))


@pytest.mark.parametrize("typed", ["ST-CP1 ", "st-cp1", "ST - CP1", "ST-CP99"])
def test_4_an_invalid_station_id(gateway, station, typed):
    with online(gateway):
        page = Client().get("/charge", {"station_id": typed})
        text = unescape(page.content.decode())

        if typed.startswith("ST-CP99"):
            assert prompts(text, "station_id_invalid")
            return
        assert "Did you mean" in text
        assert f'href="{STATION}"' in text
        assert is_priced(read(f"{STATION}/1"))


def test_5_a_private_charger_whose_owner_gives_permission(gateway, station, host_portal):
    station.property.access = "private"
    station.property.save()
    with online(gateway):
        guest = Client()
        told = unescape(guest.get(f"{STATION}/1").content.decode())
        assert prompts(told, "private_charger")
        assert f'href="{STATION}/ask"' in told
        guest.post(f"{STATION}/ask", {"name": "Kim", "message": "Apartment 2B"})
        waiting = host_portal.reads("/authorization/requests/")
        assert "Kim" in waiting

        number = station.access_requests.get().pk
        host_portal.does(f"/authorization/requests/{number}/", do="grant", days="3")

        let_in = unescape(guest.get(f"{STATION}/ask", follow=True).content.decode())
        assert "You may charge here until" in let_in
        assert Evse.objects.count() == 2
