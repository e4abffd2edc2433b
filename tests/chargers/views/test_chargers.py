"""Chargers: which ones are not well, and can someone charge?"""

import uuid
from datetime import UTC, datetime

import pytest

from authorization.models import Decision
from chargers.models import Charger, Connector
from tests.kit.world import make_charger, tap


@pytest.fixture
def online(world):
    Charger.objects.filter(pk=world.charger.pk).update(connection_id=uuid.uuid4(), connected_at=datetime.now(tz=UTC))
    Connector.objects.filter(evse__charger=world.charger).update(status="Available", status_at=datetime.now(tz=UTC))
    return world


def test_it_lists_the_unwell_first(online, client_of):
    make_charger(online.site, "CP2", station_id="SUN002")
    Charger.objects.filter(charger_id="CP2").update(disconnected_at=datetime.now(tz=UTC))

    text = client_of(online.owner).get("/chargers/").content.decode()

    assert text.index("SUN002") < text.index("SUN001")


@pytest.mark.parametrize("query", ["SUN001", "sunset", "CP1"])
def test_it_finds_a_charger_by_any_of_its_names(online, client_of, query):
    make_charger(online.site, "CP2", station_id="ZZZ9")

    text = client_of(online.owner).get("/chargers/", {"q": query}).content.decode()

    assert "SUN001" in text


def test_it_narrows_by_state(online, client_of):
    make_charger(online.site, "CP2", station_id="SUN002")

    text = client_of(online.owner).get("/chargers/", {"state": "offline"}).content.decode()

    assert "SUN002" in text
    assert "SUN001" not in text


def test_it_refreshes_only_the_rows_for_a_script(online, client_of):
    response = client_of(online.owner).get("/chargers/", headers={"HX-Request": "true", "HX-Target": "fleet"})

    assert b"<html" not in response.content
    assert b"SUN001" in response.content


def test_it_says_that_a_car_can_start_here(online, client_of):
    text = client_of(online.owner).get("/chargers/CP1/").content.decode()

    assert "Yes, a car can start here now." in text


def test_it_says_that_a_car_that_is_plugged_in_can_start(online, client_of):
    Connector.objects.update(status="Preparing")

    text = client_of(online.owner).get("/chargers/CP1/").content.decode()

    assert "Yes. A car is plugged in and can start." in text


def test_it_says_why_nobody_can_start_at_an_offline_charger(world, client_of):
    Charger.objects.update(disconnected_at=datetime.now(tz=UTC), connected_at=datetime.now(tz=UTC))

    assert "The charger has no connection to us." in client_of(world.owner).get("/chargers/CP1/").content.decode()


def test_it_says_that_without_a_licence_no_session_starts(online, client_of):
    online.charger.licence.state = "inactive"
    online.charger.licence.save()

    text = client_of(online.owner).get("/chargers/CP1/").content.decode()

    assert "No new session can start: the licence is not active." in text


def test_it_names_us_as_the_leader_while_no_other_back_office_is_connected(online, client_of):
    assert "★ us (Leader, billing)" in client_of(online.owner).get("/chargers/CP1/proxy/").content.decode()


def test_it_does_not_run_what_a_charger_calls_itself(online, client_of):
    Charger.objects.update(vendor="<script>alert(1)</script>", model="x")

    response = client_of(online.owner).get("/chargers/CP1/")

    assert b"<script>alert" not in response.content
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]


def test_it_tells_what_is_known_of_the_model_where_it_helps(world, client_of):
    Charger.objects.update(vendor="Keba AG", model="KC-P30-ES24")
    tap(world.charger, "FFFFFFFF")
    client = client_of(world.owner)
    decision = Decision.objects.get()

    overview = client.get("/chargers/CP1/").content.decode()
    proxy = client.get("/chargers/CP1/proxy/").content.decode()
    why = client.get(f"/authorization/decisions/{decision.id}/").content.decode()

    assert "KEBA KeContact P30" in overview
    assert "FirstOnline" in overview
    assert "FirstOnline" in proxy
    assert "lights up orange once" in why
