"""Adding several chargers by CSV: shown first, then added with their passwords, shown once."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from authorization.models import AuditEntry
from chargers.models import Charger
from chargers.security import keys

TEXT = "charger_id,property,station_id,connectors\nEVB-1,sunset-1,SUN008,2\nEVB-2,sunset-1,SUN009,1\nCP1,sunset-1,,1\n"
PAGE = "/chargers/import/"


def test_a_file_is_shown_with_its_errors_and_adds_nothing(world, client_of):
    file = SimpleUploadedFile("chargers.csv", TEXT.encode("utf-8-sig"))

    text = client_of(world.owner).post(PAGE, {"file": file, "do": "preview"}).text

    assert "2 of 3 chargers can be added" in text
    assert "The id CP1 is taken" in text
    assert "1 row has an error and will be left out" in text
    assert not Charger.objects.filter(charger_id="EVB-1").exists()


def test_the_right_rows_are_added_with_passwords_that_open(world, client_of):
    text = client_of(world.owner).post(PAGE, {"text": TEXT, "do": "add"}).text

    assert "2 chargers added" in text
    assert "1 row with an error was left out" in text
    charger = Charger.objects.get(charger_id="EVB-1")
    password = re.search(r"EVB-1,SUN008,Sunset 1,[^,]+,([^\s,<]+)", text)
    assert password is not None
    assert keys.matches(charger, password[1])
    assert (charger.evses.count(), charger.property) == (2, world.site)
    assert AuditEntry.objects.filter(verb="charger.added").count() == 2


def test_sent_twice_it_adds_them_once(world, client_of):
    client = client_of(world.owner)
    client.post(PAGE, {"text": TEXT, "do": "add"})

    text = client.post(PAGE, {"text": TEXT, "do": "add"}).text

    assert "0 of 3 chargers can be added" in text
    assert Charger.objects.filter(charger_id__startswith="EVB-").count() == 2


@pytest.mark.parametrize(("sent", "part"), [({}, "Choose a file"), ({"text": "a,b\n1,2"}, "is missing")])
def test_what_cannot_be_read_says_so(world, client_of, sent, part):
    assert part in client_of(world.owner).post(PAGE, sent | {"do": "preview"}).text


@pytest.mark.parametrize(("person", "status"), [("owner", 200), ("teammate", 404), ("agent", 200)])
def test_it_is_for_those_who_manage_a_property(world, client_of, person, status):
    assert client_of(getattr(world, person)).get(PAGE).status_code == status


def test_a_stranger_adds_none_at_this_property(world, client_of):
    client_of(world.stranger).post(PAGE, {"text": TEXT, "do": "add"})

    assert not Charger.objects.filter(charger_id="EVB-1").exists()


def test_the_example_is_a_file(world, client_of):
    response = client_of(world.owner).get("/chargers/import/template.csv")

    assert response.headers["Content-Disposition"] == 'attachment; filename="chargers.csv"'
    assert response.text.startswith("\ufeffcharger_id,property")
