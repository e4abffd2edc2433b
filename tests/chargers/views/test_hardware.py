"""Replace the hardware: what stays and what changes, the password shown once, and the old addresses."""

import html
import re

import pytest

from authorization.models import AuditEntry
from chargers.handshake import admission
from chargers.handshake.request import Handshake
from chargers.models import Charger, HardwareSwap, LocalList
from chargers.security import keys
from tests.kit.certificates import now
from tests.kit.hardware import charge, install_old_box, order, replace
from tests.kit.world import World, make_charger

pytestmark = pytest.mark.fresh_log_in
PAGE = "/chargers/CP1/setup/hardware/"


def text_of(response):
    return html.unescape(response.content.decode())


def shown_password(response):
    shown = re.search(r'id="new-password">([0-9a-f]{32})<', response.content.decode())
    return shown[1] if shown else None


def test_it_says_what_stays_and_what_changes_before_anything_happens(world: World, client_of):
    install_old_box(world.charger)
    client = client_of(world.owner)

    text = text_of(client.get(PAGE))

    assert "Station ID SUN001 and its QR code: the label on the wall stays right." in text
    assert (
        "What the old hardware reported is cleared until the new one reports: ABB Terra with serial number S-1" in text
    )
    assert "2 commands under way are dropped." in text
    assert f'href="{PAGE}"' in client.get("/chargers/CP1/setup/").content.decode()
    assert not HardwareSwap.objects.exists()


def test_it_shows_the_new_password_once_with_the_address_to_type(world: World, client_of):
    client = client_of(world.owner)

    response = client.post(PAGE, {"new_id": " CP9 ", "reason": "Contactor burnt"})

    password, text = shown_password(response), text_of(response)
    assert password
    assert keys.matches(Charger.objects.get(), password)
    assert "/ocpp/CP9</code>" in text
    assert "is replaced: CP9 instead of CP1." in text
    assert "no-store" in response.headers["Cache-Control"]
    assert shown_password(client.get("/chargers/CP9/connect/")) is None
    assert "Waiting for the charger" in text_of(client.get("/chargers/CP9/connect/"))


def test_the_set_up_shows_both_boxes(world: World, client_of):
    install_old_box(world.charger)
    replace(world, reason="Contactor burnt")
    Charger.objects.update(vendor="KEBA", model="P30", serial_number="S-2")

    text = " ".join(re.sub(r"<[^>]+>", "", text_of(client_of(world.teammate).get("/chargers/CP9/setup/"))).split())

    sentence = "CP9 (KEBA P30, serial number S-2) instead of CP1 (ABB Terra, serial number S-1)"
    assert f"10 Mar 2026, 14:02: {sentence}" in text
    assert "owner@example.com: Contactor burnt" in text
    assert "Replace the hardware" not in text


def test_it_is_written_down_in_the_timeline_with_what_happened_before(world: World, client_of):
    client = client_of(world.owner)
    client.post("/chargers/CP1/setup/service/", {"do": "retire", "reason": "Broken"})
    client.post("/chargers/CP1/setup/service/", {"do": "bring_back"})
    client.post(PAGE, {"new_id": "CP9", "reason": "Contactor burnt"})

    text = text_of(client.get("/support/chargers/CP9/"))

    assert "The hardware was replaced: CP9 instead of CP1" in text
    assert "owner@example.com: retired" in text
    assert "owner@example.com: brought back" in text
    assert text.count("hardware replaced") + text.count("The hardware was replaced") == 1
    assert "The hardware was replaced" in text_of(client_of(world.teammate).get("/support/chargers/CP9/"))


@pytest.mark.parametrize(("person", "status"), [("owner", 200), ("teammate", 404), ("stranger", 404), ("agent", 200)])
def test_only_those_who_connect_chargers_see_and_do_it(world: World, client_of, person, status):
    client = client_of(getattr(world, person))

    assert client.get(PAGE).status_code == status
    assert client.post(PAGE, {"new_id": "CP9"}).status_code == status
    assert HardwareSwap.objects.exists() is (status == 200)


@pytest.mark.parametrize(
    ("new_id", "sentence"),
    [
        ("", "This field is required."),
        ("CP2", "The id CP2 is taken"),
        ("a b", "Use 1 to 48 letters"),
        ("add", "is the address of a page of ours"),
    ],
)
def test_it_names_what_is_wrong_with_the_id(world: World, client_of, new_id, sentence):
    make_charger(
        world.stranger.memberships.get().host.properties.create(slug="lake", name="Lake"), "CP2", station_id="L1"
    )

    response = client_of(world.owner).post(PAGE, {"new_id": new_id})

    assert sentence in text_of(response)
    assert "Lake" not in text_of(response)
    assert not HardwareSwap.objects.exists()


def test_while_somebody_charges_it_says_so_and_has_no_form(world: World, client_of):
    install_old_box(world.charger)
    charge(world.charger)
    client = client_of(world.owner)

    for response in (client.get(PAGE), client.post(PAGE, {"new_id": "CP9"})):
        assert "04A1B2C3D4 is charging on connector 1" in text_of(response)
        assert 'name="new_id"' not in text_of(response)
    assert LocalList.objects.exists()
    assert not HardwareSwap.objects.exists()


def test_a_form_that_is_sent_twice_replaces_once_and_says_where_a_password_comes_from(world: World, client_of):
    client = client_of(world.owner)
    assert shown_password(client.post(PAGE, {"new_id": "CP9"}))

    response = client.post(PAGE, {"new_id": "CP9"}, follow=True)

    assert response.redirect_chain == [("/chargers/CP9/setup/", 302)]
    assert "Nothing was done: the hardware of SUN001 was replaced meanwhile, and its id is CP9 now." in text_of(
        response
    )
    assert HardwareSwap.objects.count() == 1


@pytest.mark.parametrize(
    "page",
    [
        "/chargers/{}/",
        "/chargers/{}/logs/?q=Boot&page=2",
        "/chargers/{}/connection/",
        "/chargers/{}/label/code.svg",
        "/support/chargers/{}/",
    ],
)
def test_an_old_address_leads_to_the_same_page_of_the_new_one(world: World, client_of, page):
    replace(world)

    for person in (world.owner, world.teammate, world.agent):
        assert client_of(person).get(page.format("CP1")).headers["Location"] == page.format("CP9")
        assert client_of(person).get(page.format("CP9")).status_code == 200
    assert client_of(world.stranger).get(page.format("CP1")).status_code == 404
    assert client_of(world.owner).get(page.format("NOBODY")).status_code == 404


def test_the_address_of_a_command_leads_on_too(world: World, client_of):
    command = order(world.charger, state="accepted")
    replace(world)

    page = client_of(world.owner).get(f"/chargers/CP1/commands/{command.pk}/")

    assert page.headers["Location"] == f"/chargers/CP9/commands/{command.pk}/"


def test_of_several_replacements_every_address_leads_to_the_box_of_now(world: World, client_of):
    for new_id in ("CP9", "CP10", "CP9"):
        replace(world, new_id)
    client = client_of(world.owner)

    for former in ("CP1", "CP10"):
        assert client.get(f"/chargers/{former}/").headers["Location"] == "/chargers/CP9/"
    assert client.get("/chargers/CP9/").status_code == 200


def test_a_form_about_the_old_box_is_not_carried_out_at_the_new_one(world: World, client_of):
    replace(world)
    written = AuditEntry.objects.count()

    response = client_of(world.owner).post(
        "/chargers/CP1/setup/service/", {"do": "retire", "reason": "Sold"}, follow=True
    )

    assert "Nothing was done" in text_of(response)
    assert Charger.objects.get().retired_at is None
    assert AuditEntry.objects.count() == written


def test_the_connection_page_names_the_swap_when_the_old_box_knocks(world: World, client_of):
    replace(world, now=now())
    admission.admit(Handshake("CP1", {}, ("ocpp1.6",), source="192.0.2.7"), now=now())

    text = text_of(client_of(world.owner).get("/chargers/CP9/connection/"))

    assert "The hardware with this id was replaced" in text
    assert "CP9 hangs there instead" in text


def test_it_asks_for_a_fresh_log_in_first(world: World, client):
    client.force_login(world.owner)

    response = client.post(PAGE, {"new_id": "CP9"})

    assert response.status_code == 302
    assert not HardwareSwap.objects.exists()
