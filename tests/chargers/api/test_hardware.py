"""The hardware behind a station by API: shown, replaced, and known by its former id."""

import pytest

from authorization.models import AuditEntry
from chargers.models import Charger, HardwareSwap
from chargers.security import keys
from tests.kit.callers import Callers
from tests.kit.hardware import charge, install_old_box, replace
from tests.kit.world import World, make_charger

pytestmark = pytest.mark.django_db


def test_it_is_replaced_and_the_password_is_in_the_answer_once(callers: Callers, world: World):
    install_old_box(world.charger)
    once = {"Idempotency-Key": "swap-1"}
    body = {"id": "CP9", "reason": "Contactor burnt"}
    send = callers.owner.client.post

    first = send("/api/v1/chargers/CP1/hardware/", body, content_type="application/json", headers=once)
    again = send("/api/v1/chargers/CP1/hardware/", body, content_type="application/json", headers=once)

    answer = first.json()
    assert (first.status_code, answer["id"], answer["former_id"], answer["station_id"]) == (200, "CP9", "CP1", "SUN001")
    assert keys.matches(Charger.objects.get(), answer["password"])
    assert again.json() == answer | {"password": None}
    assert HardwareSwap.objects.count() == 1
    assert AuditEntry.objects.get(verb="charger.hardware_replaced").reason == "Contactor burnt"


def test_without_a_key_for_repeats_the_second_is_told(callers: Callers, world: World):
    assert callers.owner.post("chargers/CP1/hardware/", {"id": "CP9"}).status_code == 200

    again = callers.owner.post("chargers/CP1/hardware/", {"id": "CP9"})

    assert again.status_code == 409
    assert "its id is CP9 now" in again.json()["detail"]
    assert HardwareSwap.objects.count() == 1


def test_it_shows_the_box_what_would_change_and_former_boxes(callers: Callers, world: World):
    install_old_box(world.charger)
    replace(world, reason="Contactor burnt")

    shown = callers.owner.get("chargers/CP9/hardware/").json()

    assert (shown["station_id"], shown["obstacle"]) == ("SUN001", "")
    assert shown["hardware"] == {"id": "CP9", "maker": "", "serial_number": ""}
    assert shown["stays"][0].startswith("Station ID SUN001")
    assert shown["changes"][0].startswith("The new hardware connects with its own id")
    (replacement,) = shown["replacements"]
    assert replacement["former"] == {"id": "CP1", "maker": "ABB Terra", "serial_number": "S-1"}
    assert (replacement["by"], replacement["reason"]) == ("owner@example.com", "Contactor burnt")


@pytest.mark.parametrize(("caller", "status"), [("owner", 200), ("stranger", 404), ("agent", 200), ("nobody", 401)])
def test_who_may(callers: Callers, world: World, caller: str, status: int):
    api = getattr(callers, caller)

    assert api.get("chargers/CP1/hardware/").status_code == status
    assert api.post("chargers/CP1/hardware/", {"id": "CP9"}).status_code == status


def test_what_is_wrong_has_its_field_and_what_is_in_the_way_is_a_conflict(callers: Callers, world: World):
    lake = world.stranger.memberships.get().host.properties.create(slug="lake", name="Lake")
    make_charger(lake, "CP2", station_id="LAK001")
    taken = callers.owner.post("chargers/CP1/hardware/", {"id": "cp2"})
    assert taken.status_code == 400
    assert "The id cp2 is taken" in str(taken.json())
    assert "LAK" not in str(taken.json())
    assert callers.owner.post("chargers/CP1/hardware/", {}).status_code == 400

    install_old_box(world.charger)
    charge(world.charger)
    busy = callers.owner.post("chargers/CP1/hardware/", {"id": "CP9"})

    assert busy.status_code == 409
    assert "is charging on connector 1" in busy.json()["detail"]
    assert not HardwareSwap.objects.exists()


def test_programs_that_know_the_former_id_go_on(callers: Callers, world: World):
    replace(world)

    assert callers.owner.get("chargers/CP1/").json()["id"] == "CP9"
    assert callers.owner.get("chargers/CP1/timeline/").status_code == 200
    assert callers.owner.patch("chargers/CP1/set-up/", {"name": "Gate"}).status_code == 200
    assert Charger.objects.get().name == "Gate"
    assert callers.stranger.get("chargers/CP1/").status_code == 404
    assert callers.owner.get("chargers/NOBODY/").status_code == 404


def test_a_former_id_is_not_given_to_a_new_charger(callers: Callers, world: World):
    replace(world)

    refused = callers.owner.post("chargers/", {"id": "CP1", "station_id": "SUN002", "property": "sunset-1"})

    assert refused.status_code == 400
    assert "The id CP1 is taken" in str(refused.json())
