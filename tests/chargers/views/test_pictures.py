"""Pictures of a property: uploaded, encoded again without what a phone wrote into them, shown, removed."""

import pytest
from django.test import Client

from authorization.models import AuditEntry
from chargers.models import Property, PropertyPicture
from chargers.properties import pictures
from tests.kit import charging
from tests.kit.pictures_pages import send, upload

HERE = 0x8825
"""EXIF: where the picture was taken."""
ORIENTATION = 0x0112


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_added_and_shown_to_its_host(world, client_of, kind):
    client = client_of(world.owner)

    edit = send(client, picture=upload(kind=kind), caption="Left of the gate")
    page = client.get("/properties/sunset-1/").content.decode()

    made = PropertyPicture.objects.get()
    assert "The picture is added." in edit
    assert f'<img src="/pictures/{made.hash}.jpg" width="400" height="300" alt="Left of the gate"' in page
    assert AuditEntry.objects.get(verb="property.picture_added").after == {"picture": made.hash}


def test_guests_see_it_where_they_pay(world, client_of):
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    send(client_of(world.owner), picture=upload())

    page = Client().get("/c/SUN001").content.decode()

    assert f'src="/pictures/{PropertyPicture.objects.get().hash}.jpg"' in page
    assert 'alt="Sunset 1"' in page


def test_a_picture_is_removed(world, client_of):
    client = client_of(world.owner)
    send(client, picture=upload())
    name = PropertyPicture.objects.get().hash

    assert "The picture is removed." in send(client, remove=name)
    assert not PropertyPicture.objects.exists()
    assert Client().get(f"/pictures/{name}.jpg").status_code == 404


def test_pictures_are_described_and_put_in_order(world, client_of):
    client = client_of(world.owner)
    for colour in ("red", "green"):
        send(client, picture=upload(colour=colour))
    red, green = PropertyPicture.objects.order_by("pk")

    page = send(client, earlier=green.hash)
    send(client, earlier=green.hash)  # the first one stays
    assert "Saved what the picture shows." in send(client, describe=red.hash, caption=" The  gate ")

    assert page.index(green.hash) < page.index(red.hash)
    assert [one.hash for one in pictures.list_in_order(world.site)] == [green.hash, red.hash]
    assert PropertyPicture.objects.get(pk=red.pk).caption == "The gate"
    assert send(client_of(world.stranger), earlier=red.hash).count(red.hash) == 0


@pytest.mark.parametrize(("who", "status"), [("owner", 302), ("teammate", 404), ("stranger", 404), ("agent", 302)])
def test_managers_and_agents_add_pictures_only(world, client_of, who, status):
    sent = {"picture": upload()}
    assert client_of(getattr(world, who)).post("/properties/sunset-1/pictures/", sent).status_code == status
