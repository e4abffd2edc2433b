"""Chargers > View > Set-up: moved, made ready, licensed, retired; by whom, and never under a running session."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AuditEntry, Decision
from chargers.models import Charger, Connector, Host, Licence, Property, Transaction, Unit
from tests.kit.world import tap

pytestmark = pytest.mark.django_db
PAGE = "/chargers/CP1/setup/"


def said(world, **changes):
    """The form as the page shows it, with some fields changed."""
    plug = Connector.objects.get()
    fields = {
        "property": world.site.pk, "unit": "", "name": "", "configured": "on", "accepts_any_token_until": "",
        f"standard_{plug.pk}": plug.standard, f"power_{plug.pk}": "11",
    }  # fmt: skip
    return {**fields, **changes}


def text_of(response) -> str:
    return response.content.decode()


def test_it_shows_what_holds_and_saving_it_changes_nothing(world, client_of):
    client = client_of(world.owner)
    text = text_of(client.get(PAGE))

    saved = client.post(PAGE, said(world), follow=True)

    assert 'value="11"' in text
    assert "Active, without end." in text
    assert "Nothing was changed." in text_of(saved)
    assert not AuditEntry.objects.exists()


def test_it_moves_a_charger_to_another_property_and_unit_of_its_host(world, client_of):
    there = Property.objects.create(host=world.host, slug="sunset-2", name="Sunset 2", time_zone="America/New_York")
    unit = Unit.objects.create(property=there, slug="2b", name="Apartment 2B")

    client_of(world.owner).post(PAGE, said(world, property=there.pk, unit=unit.pk, name="left of the door"))

    charger = Charger.objects.get()
    assert (charger.property, charger.unit, charger.name) == (there, unit, "left of the door")
    entry = AuditEntry.objects.get()
    assert entry.verb == "charger.set_up"
    assert entry.before == {"property": "sunset-1", "unit": None, "name": ""}
    assert entry.after == {"property": "sunset-2", "unit": "2b", "name": "left of the door"}


def test_it_moves_nothing_to_a_host_that_somebody_else_has(world, client_of):
    lakeside = Host.objects.get(slug="lakeside")
    there = Property.objects.create(host=lakeside, slug="lofts", name="Lofts", time_zone="UTC")

    for person in (world.owner, world.agent):
        refused = client_of(person).post(PAGE, said(world, property=there.pk))
        assert refused.context["form"].errors["property"]

    assert Charger.objects.get().property == world.site


def test_it_asks_for_a_unit_of_the_property(world, client_of):
    there = Property.objects.create(host=world.host, slug="sunset-2", name="Sunset 2", time_zone="America/New_York")
    unit = Unit.objects.create(property=there, slug="2b", name="Apartment 2B")

    refused = client_of(world.owner).post(PAGE, said(world, unit=unit.pk))

    assert "Apartment 2B belongs to Sunset 2: choose a unit of Sunset 1." in text_of(refused)
    assert Charger.objects.get().unit is None


def test_it_neither_moves_nor_retires_a_charger_while_somebody_charges(world, client_of):
    there = Property.objects.create(host=world.host, slug="sunset-2", name="Sunset 2", time_zone="America/New_York")
    at = datetime.now(tz=UTC)
    Transaction.objects.create(
        charger=world.charger,
        transaction_id="7",
        evse_number=1,
        id_token="04A1B2C3D4",
        started_at=at,
        start_received_at=at,
    )
    client = client_of(world.owner)

    moved = client.post(PAGE, said(world, property=there.pk))
    retired = client.post(f"{PAGE}service/", {"do": "retire", "reason": "Sold"}, follow=True)

    told = "04A1B2C3D4 is charging on connector 1: {} when that session has ended, or stop it under Controls."
    assert told.format("move the charger") in text_of(moved)
    assert told.format("retire the charger") in text_of(retired)
    charger = Charger.objects.get()
    assert (charger.property, charger.retired_at) == (world.site, None)
    assert not AuditEntry.objects.exists()


def test_it_sets_the_outlets(world, client_of):
    plug = Connector.objects.get()

    client_of(world.owner).post(PAGE, said(world, **{f"standard_{plug.pk}": "CHADEMO", f"power_{plug.pk}": "7.4"}))

    plug.refresh_from_db()
    assert (plug.standard, plug.max_power_w) == ("CHADEMO", 7400)


@pytest.mark.parametrize(("field", "value"), [("power_{}", "0"), ("power_{}", "2000"), ("standard_{}", "PLUG")])
def test_it_names_what_is_wrong_with_an_outlet(world, client_of, field, value):
    plug = Connector.objects.get()

    refused = client_of(world.owner).post(PAGE, said(world, **{field.format(plug.pk): value}))

    assert refused.context["form"].errors[field.format(plug.pk)]
    assert Connector.objects.get().max_power_w == 11000


def test_it_accepts_any_card_for_a_while_in_the_zone_of_the_property(world, client_of):
    tap(world.charger, "FFFFFFFF")
    soon = datetime.now(tz=UTC) + timedelta(days=365)
    past = client_of(world.owner).post(PAGE, said(world, accepts_any_token_until="2020-01-01T10:00"))

    client_of(world.owner).post(PAGE, said(world, accepts_any_token_until=f"{soon:%Y}-07-01T10:00"))
    tap(world.charger, "FFFFFFFF")

    assert "This moment is over" in text_of(past)
    assert Charger.objects.get().accepts_any_token_until == datetime(soon.year, 7, 1, 14, tzinfo=UTC)
    assert [one.verdict for one in Decision.objects.order_by("id")] == ["refused", "accepted"]


def test_it_retires_a_charger_and_brings_it_back(world, client_of):
    client = client_of(world.owner)

    unexplained = client.post(f"{PAGE}service/", {"do": "retire"}, follow=True)
    client.post(f"{PAGE}service/", {"do": "retire", "reason": "Sold"})
    retired = Charger.objects.get().retired_at
    back = client.post(f"{PAGE}service/", {"do": "bring_back"}, follow=True)

    assert "Say why" in text_of(unexplained)
    assert retired is not None
    assert "SUN001 is in service again." in text_of(back)
    assert Charger.objects.get().retired_at is None
    verbs = AuditEntry.objects.order_by("id").values_list("verb", "reason")
    assert list(verbs) == [("charger.retired", "Sold"), ("charger.brought_back", "")]


def test_an_agent_prolongs_the_licence_and_the_host_reads_whom_to_ask(world, client_of, settings):
    settings.SUPPORT_EMAIL = "help@example.com"
    Licence.objects.update(state="inactive")

    asked = text_of(client_of(world.owner).get(PAGE))
    client_of(world.agent).post(f"{PAGE}licence/", {"state": "active", "expires_on": "2030-12-31"})

    assert "mailto:help@example.com?subject=Licence%20of%20SUN001" in asked
    assert "Active until 31 Dec 2030." in text_of(client_of(world.owner).get(PAGE))
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.before) == ("licence.changed", {"state": "inactive", "expires_on": None})


@pytest.mark.parametrize("path", ["", "service/", "licence/"])
@pytest.mark.parametrize(("person", "reads", "writes"), [("teammate", 200, 404), ("stranger", 404, 404)])
def test_others_change_nothing(world, client_of, path, person, reads, writes):
    client = client_of(getattr(world, person))

    assert client.get(PAGE).status_code == reads
    assert (
        client.post(PAGE + path, said(world, name="x", state="inactive", do="retire", reason="x")).status_code == writes
    )
    assert Charger.objects.get().retired_at is None


def test_an_owner_changes_no_licence(world, client_of):
    assert client_of(world.owner).post(f"{PAGE}licence/", {"state": "inactive"}).status_code == 404
    assert Licence.objects.get().state == "active"
