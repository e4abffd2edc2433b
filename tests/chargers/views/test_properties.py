"""Properties: opened, edited and closed by hosts; their units; who is admitted."""

import re
import uuid
from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry
from chargers.models import Charger, Property, Unit
from tests.kit.world import make_charger

FORM = {"name": "Lake House", "time_zone": "Europe/Amsterdam", "country": "NL", "is_always_open": "on"}


@pytest.mark.fresh_log_in
def test_an_owner_changes_who_is_admitted_and_it_is_written_down(world, client_of):
    client_of(world.owner).post("/properties/sunset-1/", {"access": "public_roaming"})

    assert Property.objects.get().access == "public_roaming"
    entry = AuditEntry.objects.get()
    assert (entry.before, entry.after) == ({"access": "private"}, {"access": "public_roaming"})


def test_who_narrows_the_access_reads_whom_that_shuts_out(world, client_of):
    Property.objects.update(access="guest")
    page = client_of(world.owner).post("/properties/sunset-1/", {"access": "private"}, follow=True).text

    assert "Guests who scan the code can no longer start here; running sessions go on." in page
    assert "Cards and apps of mobility providers" not in page.partition("can no longer start")[0]


def test_a_teammate_who_may_only_look_changes_nothing(world, client_of):
    assert client_of(world.teammate).post("/properties/sunset-1/", {"access": "guest"}).status_code == 404
    assert Property.objects.get().access == "private"


def test_an_unknown_mode_changes_nothing(world, client_of):
    assert client_of(world.owner).post("/properties/sunset-1/", {"access": "anybody"}).status_code == 200
    assert Property.objects.get().access == "private"


def test_an_owner_opens_a_property(world, client_of):
    client = client_of(world.owner)

    form = client.get("/properties/add/").text
    assert 'value="America/New_York" selected' in form
    answer = client.post("/properties/add/", FORM | {"host": world.host.pk, "latitude": "52.37", "longitude": "4.89"})

    assert answer.url == "/properties/lake-house/"
    place = Property.objects.get(slug="lake-house")
    assert (place.host, place.time_zone, place.access) == (world.host, "Europe/Amsterdam", "private")
    assert AuditEntry.objects.get(verb="property.added").after["name"] == "Lake House"
    page = client.get("/properties/").text
    assert "Lake House" in page
    assert '<svg class="site-map"' in page


def test_a_property_of_another_host_cannot_be_opened(world, client_of):
    lakeside = world.stranger.memberships.get().host
    answer = client_of(world.owner).post("/properties/add/", FORM | {"host": lakeside.pk})

    assert answer.status_code == 200
    assert not Property.objects.filter(slug="lake-house").exists()


def test_faults_stand_beside_their_fields_and_what_was_typed_stays(world, client_of):
    bad = FORM | {"host": world.host.pk, "name": "Sunset 1", "latitude": "95", "longitude": "4", "city": "Nieuw"}
    page = client_of(world.owner).post("/properties/add/", bad).text

    assert "Sunset Stays has a property Sunset 1 already." in page
    assert "Degrees lie between -90 and 90." in page
    assert 'value="Nieuw"' in page


def test_opening_hours_are_edited_by_day(world, client_of):
    client = client_of(world.owner)
    days = {f"{day}_from": "08:00" for day in ("mon", "tue", "wed")} | {
        f"{day}_to": "22:30" for day in ("mon", "tue", "wed")
    }
    form = {"name": "Sunset 1", "time_zone": "America/New_York"}

    client.post("/properties/sunset-1/edit/", form | days)

    assert Property.objects.get().opening_hours == {day: ["08:00", "22:30"] for day in ("mon", "tue", "wed")}
    page = client.get("/properties/sunset-1/").text
    assert "Mon to Wed: 08:00 to 22:30" in page
    assert "Thu to Sun: closed" in page
    half = client.post("/properties/sunset-1/edit/", form | {"mon_from": "08:00"}).text
    assert "Give both times, or neither" in half
    none = client.post("/properties/sunset-1/edit/", form).text
    assert "Give the times of at least one day" in none


def test_saving_without_a_change_writes_nothing_down(world, client_of):
    form = {"name": "Sunset 1", "time_zone": "America/New_York", "is_always_open": "on"}
    page = client_of(world.owner).post("/properties/sunset-1/edit/", form, follow=True).text

    assert "Nothing was changed." in page
    assert not AuditEntry.objects.exists()


def test_units_are_added_renamed_and_removed(world, client_of):
    client = client_of(world.owner)
    client.post("/properties/sunset-1/units/", {"name": "Apartment 2"})
    client.post("/properties/sunset-1/units/", {"unit": "apartment-2", "name": "Apartment 3"})
    assert [unit.name for unit in Unit.objects.all()] == ["Apartment 3"]

    world.charger.unit = Unit.objects.get()
    world.charger.save()
    page = client.post("/properties/sunset-1/units/", {"unit": "apartment-2", "remove": "1"}, follow=True).text
    assert "Apartment 3 is in use by 1 charger" in page
    world.charger.unit = None
    world.charger.save()
    client.post("/properties/sunset-1/units/", {"unit": "apartment-2", "remove": "1"})
    assert not Unit.objects.exists()
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["unit.added", "unit.renamed", "unit.removed"]


def test_a_property_is_closed_with_a_reason_and_opened_again(world, client_of):
    client = client_of(world.owner)
    refused = client.post("/properties/sunset-1/close/", {"reason": "The lease ended"}, follow=True).text
    assert "SUN001" in refused
    world.charger.retired_at = world.charger.created_at
    world.charger.save()
    assert "say why" in client.post("/properties/sunset-1/close/", {"reason": " "}, follow=True).text

    client.post("/properties/sunset-1/close/", {"reason": "The lease ended"})

    assert Property.objects.get().closed_at is not None
    assert AuditEntry.objects.get(verb="property.closed").reason == "The lease ended"
    assert "sunset-1" not in client.get("/properties/").text
    assert "Sunset 1" in client.get("/properties/?closed=1").text
    assert "It no longer appears in lists" in client.get("/properties/sunset-1/").text
    client.post("/properties/sunset-1/close/", {"reopen": "1"})
    assert "Sunset 1" in client.get("/properties/").text


def test_no_charger_is_added_to_a_closed_property(world, client_of):
    Property.objects.update(closed_at=world.host.created_at)

    answer = client_of(world.owner).get("/chargers/add/")
    assert answer.url == "/properties/add/"


@pytest.mark.parametrize("address", ["edit/", "close/", "units/"])
def test_strangers_find_nothing(world, client_of, address):
    method = client_of(world.stranger).get if address == "edit/" else client_of(world.stranger).post

    assert method(f"/properties/sunset-1/{address}").status_code == 404


def test_a_change_made_in_another_tab_is_not_overwritten_unseen(world, client_of):
    client = client_of(world.owner)
    form = {"name": "Sunset 1", "time_zone": "America/New_York", "is_always_open": "on"}
    seen = re.search(r'name="seen" value="(\w+)"', client.get("/properties/sunset-1/edit/").text)[1]
    client.post("/properties/sunset-1/edit/", form | {"seen": seen, "contact_phone": "+1 555 010 0200"})

    page = client.post("/properties/sunset-1/edit/", form | {"seen": seen, "city": "Albany"}).text

    assert "was changed while this page was open" in page
    place = Property.objects.get()
    assert (place.contact_phone, place.city) == ("+1 555 010 0200", "")


def test_hours_beside_open_all_day_are_not_dropped_in_silence(world, client_of):
    form = {"name": "Sunset 1", "time_zone": "America/New_York", "is_always_open": "on"}
    hours = {"mon_from": "08:00", "mon_to": "18:00"}

    assert "take this tick away" in client_of(world.owner).post("/properties/sunset-1/edit/", form | hours).text


def test_it_notices_swapped_coordinates_and_names_countries_in_english(world, client_of):
    client = client_of(world.owner)
    typed = {
        "host": world.host.pk, "name": "Canal 1", "time_zone": "Europe/Amsterdam", "country": "NL",
        "is_always_open": "on", "latitude": "5.12", "longitude": "52.09",
    }  # fmt: skip

    page = client.post("/properties/add/", typed).content.decode()

    assert "Latitude and longitude look swapped" in page
    assert '<option value="NL" selected>Netherlands</option>' in page
    assert '<option value="AT">Austria</option>' in page
    assert client.post("/properties/add/", typed | {"latitude": "52.09", "longitude": "5.12"}).status_code == 302


def test_a_name_that_is_taken_is_named_as_it_is(world, client_of):
    typed = {"host": world.host.pk, "name": "sUNSET 1", "time_zone": "UTC", "is_always_open": "on"}

    page = client_of(world.owner).post("/properties/add/", typed).content.decode()

    assert "Sunset Stays has a property Sunset 1 already." in page


def test_the_list_names_what_is_offline_and_what_has_a_fault(world, client_of):
    connect = {"connection_id": uuid.uuid4(), "connected_at": datetime.now(tz=UTC)}
    Charger.objects.filter(pk=world.charger.pk).update(**connect)
    make_charger(world.site, "CP2", station_id="SUN002")
    client = client_of(world.owner)

    assert "1 of 2 offline" in client.get("/properties/").text

    Charger.objects.filter(charger_id="CP2").update(**connect)
    assert "2 online" in client.get("/properties/").text

    world.charger.evses.get(number=1).connectors.update(status="Faulted")
    page = client.get("/properties/").text
    assert "1 of 2 with a fault" in page
    assert "2 online" not in page
