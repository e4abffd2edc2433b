"""Adding a charger: who may, which ids, the password shown once, and the page that waits for it."""

import re
import uuid

import pytest

from authorization.models import AuditEntry
from chargers.models import Charger, Connector, FailedHandshake, Property, Unit
from chargers.security import keys
from tests.kit.wizard_pages import now
from tests.kit.world import make_charger

WISH = {
    "charger_id": "NEW-1", "station_id": "SUN009", "unit": "", "version": "", "security_profile": "1",
    "connectors": "2", "standard": "IEC_62196_T2", "max_power_kw": "11",
}  # fmt: skip


def wish(world, **other):
    return {**WISH, "property": world.site.pk, **other}


def test_the_proposed_ids_follow_the_property_and_keep_what_was_typed(world, client_of):
    other = Property.objects.create(host=world.host, slug="lake", name="Lake House", time_zone="UTC")
    client = client_of(world.owner)
    part = {"HX-Request": "true"}

    page = client.get("/chargers/add/", {"property": world.site.pk}).content.decode()
    assert 'hx-target="#names"' in page
    assert 'name="proposed" value="SUN002"' in page
    shown = {"property": other.pk, "proposed": "SUN002", "charger_id": "SUN002", "station_id": "SUN002"}
    text = client.get("/chargers/add/", shown, headers=part).content.decode()
    assert text.count('value="LAK001"') == 3
    text = client.get("/chargers/add/", shown | {"charger_id": "EVB-77"}, headers=part).content.decode()
    assert 'value="EVB-77"' in text
    assert text.count('value="LAK001"') == 2


def test_its_waiting_page_knows_that_the_charger_came_and_left(world, client_of):
    Charger.objects.update(connected_at=now(), disconnected_at=now(), ocpp_version="1.6", connected_from="192.0.2.7")

    text = client_of(world.owner).get("/chargers/CP1/connect/").content.decode()

    assert "It came, and is offline now" in text
    assert "from 192.0.2.7 with OCPP 1.6" in text
    assert "Waiting for the charger" not in text
    assert 'hx-trigger="every 3s"' in text


@pytest.mark.parametrize(("person", "status"), [("owner", 200), ("teammate", 404), ("stranger", 200), ("agent", 200)])
def test_it_is_for_those_who_manage_a_property(world, client_of, person, status):
    Property.objects.create(host=world.stranger.memberships.get().host, slug="l", name="Lake", time_zone="UTC")

    text = client_of(getattr(world, person)).get("/chargers/add/")

    assert text.status_code == status
    assert ("Sunset 1" in text.content.decode()) is (person in {"owner", "agent"})


def test_it_adds_a_charger_and_shows_its_password_once(world, client_of):
    client = client_of(world.owner)

    response = client.post("/chargers/add/", wish(world))

    text = response.content.decode()
    password = re.search(r'id="new-password">([0-9a-f]{32})<', text)[1]
    charger = Charger.objects.get(charger_id="NEW-1")
    assert keys.matches(charger, password)
    assert "ws://testserver/ocpp/NEW-1" in text
    assert "<svg" in text
    assert "Waiting for the charger" in text
    assert "no-store" in response.headers["Cache-Control"]
    assert charger.licence.state == "active"
    assert Connector.objects.filter(evse__charger=charger, max_power_w=11000).count() == 2
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor) == ("charger.added", "user:owner@example.com")
    assert password not in str(AuditEntry.objects.values())
    assert password not in client.get("/chargers/NEW-1/connect/").content.decode()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("charger_id", "cp1", "is taken"),
        ("charger_id", "CP:1", "without blanks"),
        ("charger_id", "a/b", "without blanks"),
        ("charger_id", "..", "begin with a letter"),
        ("charger_id", "x" * 49, "at most 48"),
        ("charger_id", "Pending", "a page of ours"),
        ("station_id", "sun001", "is taken"),
        ("station_id", "SUN 9", "without blanks"),
        ("connectors", "0", "greater than or equal to 1"),
    ],
)
def test_it_says_what_is_wrong_with_a_field(world, client_of, field, value, words):
    text = client_of(world.owner).post("/chargers/add/", wish(world, **{field: value})).content.decode()

    assert words in text
    assert Charger.objects.count() == 1


def test_it_takes_no_property_of_others_and_no_unit_of_another_property(world, client_of):
    other = Property.objects.create(host=world.host, slug="sunset-2", name="Sunset 2", time_zone="UTC")
    unit = Unit.objects.create(property=other, slug="2b", name="Apartment 2B")

    assert client_of(world.stranger).post("/chargers/add/", wish(world)).url == "/properties/add/"
    text = client_of(world.owner).post("/chargers/add/", wish(world, unit=unit.pk)).content.decode()

    assert "Apartment 2B belongs to Sunset 2" in text
    assert Charger.objects.count() == 1


def test_it_proposes_the_next_free_number(world, client_of):
    make_charger(world.site, "SUN002", station_id="X")

    assert 'value="SUN003"' in client_of(world.owner).get("/chargers/add/").content.decode()


@pytest.mark.parametrize(("person", "status"), [("owner", 200), ("teammate", 404), ("stranger", 404), ("agent", 200)])
def test_its_waiting_page_is_for_those_who_manage_the_property(world, client_of, person, status):
    assert client_of(getattr(world, person)).get("/chargers/CP1/connect/").status_code == status


def test_it_tells_why_the_charger_was_not_let_in_and_then_that_it_came(world, client_of):
    client = client_of(world.owner)
    FailedHandshake.objects.create(presented_id="CP1", source="192.0.2.7", reason="unknown_charger", at=now())
    FailedHandshake.objects.create(presented_id="OTHER", source="198.51.100.9", reason="unknown_charger", at=now())
    part = {"HX-Request": "true", "HX-Target": "waiting"}

    waiting = client.get("/chargers/CP1/connect/", headers=part).content.decode()
    Charger.objects.update(connection_id=uuid.uuid4(), connected_at=now(), ocpp_version="1.6", firmware_version="1.4.2")
    come = client.get("/chargers/CP1/connect/", headers=part).content.decode()

    assert "<html" not in waiting
    assert "No charger has this id" in waiting
    assert "198.51.100.9" not in waiting
    assert 'hx-trigger="every 3s"' in waiting
    assert "Connected, OCPP 1.6, firmware 1.4.2." in come
    assert "hx-trigger" not in come


@pytest.mark.parametrize(("profile", "address"), [("1", "ws://testserver"), ("2", "wss://ocpp.example:8443")])
def test_it_shows_the_encrypted_address_from_profile_2_on(world, client_of, settings, profile, address):
    settings.CHARGER_TLS_URL = "wss://ocpp.example:8443/ocpp"

    text = client_of(world.owner).post("/chargers/add/", wish(world, security_profile=profile)).content.decode()

    assert f"{address}/ocpp/NEW-1" in text
