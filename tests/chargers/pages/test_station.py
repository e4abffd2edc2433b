"""A station with what runs at each of its connectors, and the numbers of its drawing. No query."""

from datetime import UTC, datetime

from authorization.models import Decision
from chargers.models import Charger, Connector
from tests.kit.charger_table import online
from tests.kit.world import tap

__all__ = ["online"]


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
