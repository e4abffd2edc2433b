"""Access > Local groups: added, changed and deleted by those who manage the host."""

from datetime import UTC, datetime

import pytest

from authorization.models import AccessRule, AuditEntry, Decision, Token, TokenGroup
from chargers.models import Property, Unit
from tests.kit.world import make_charger, make_user, tap

pytestmark = pytest.mark.django_db
ADD = "/authorization/groups/add/"
NO_WINDOW = {"window-TOTAL_FORMS": "0", "window-INITIAL_FORMS": "0"}


def address(group, act):
    return f"/authorization/groups/{group.pk}/{act}/"


def said(**fields):
    return {"name": "Staff", "enabled": "on"} | NO_WINDOW | fields


def text_of(response) -> str:
    return response.content.decode()


def test_it_adds_a_group_with_doors_hours_and_dates(world, client_of):
    unit = Unit.objects.create(property=world.site, slug="2b", name="2B")
    windows = {
        "window-TOTAL_FORMS": "2", "window-INITIAL_FORMS": "0", "window-0-days": ["MON", "FRI"],
        "window-0-start": "08:00", "window-0-end": "18:00", "window-1-start": "", "window-1-end": "",
    }  # fmt: skip

    response = client_of(world.owner).post(
        ADD,
        said(is_parent="on", units=[unit.pk], chargers=[world.charger.pk], active_from="2026-05-01T00:00", **windows),
    )

    group = TokenGroup.objects.get(slug="staff")
    assert response.headers["Location"] == "/authorization/groups/staff/"
    assert (group.host, group.name, group.enabled, group.is_parent) == (world.host, "Staff", True, True)
    assert group.schedule == [{"days": ["MON", "FRI"], "from": "08:00", "to": "18:00"}]
    assert (list(group.units.all()), list(group.chargers.all())) == ([unit], [world.charger])
    assert group.active_from == datetime(2026, 5, 1, 4, tzinfo=UTC)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.after["units"]) == ("token_group.added", ["sunset-1/2b"])
    assert "MON, FRI 08:00–18:00" in text_of(client_of(world.owner).get("/authorization/groups/staff/"))


def test_what_it_saves_is_what_the_chain_asks(world, client_of):
    client = client_of(world.owner)

    client.post(address(world.group, "edit"), said(properties=[world.site.pk], name="Residents"))
    tap(world.charger, "04A1B2C3D4")
    disabled = said(properties=[world.site.pk], name="Residents")
    del disabled["enabled"]
    client.post(address(world.group, "edit"), disabled)
    tap(world.charger, "04A1B2C3D4")

    assert [decision.reason for decision in Decision.objects.order_by("id")] == ["", "group_disabled"]
    before, after = (AuditEntry.objects.latest("id").before, AuditEntry.objects.latest("id").after)
    assert (before["enabled"], after["enabled"]) == (True, False)


def test_it_keeps_the_slug_when_the_name_changes(world, client_of):
    client_of(world.owner).post(address(world.group, "edit"), said(name="Neighbours"))

    world.group.refresh_from_db()
    assert (world.group.name, world.group.slug, world.group.properties.count()) == ("Neighbours", "residents", 0)


@pytest.mark.parametrize(("name", "slug"), [("Residents", "residents-2"), ("Add", "add-2"), ("日本", "group")])
def test_it_finds_a_slug_that_is_free(world, client_of, name, slug):
    client_of(world.owner).post(ADD, said(name=name))

    assert TokenGroup.objects.latest("pk").slug == slug


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("name", "", "name"),
        ("active_to", "2020-01-01T00:00", "active_to"),
        ("active_from", "soon", "active_from"),
        ("chargers", ["0"], "chargers"),
    ],
)
def test_it_names_what_is_wrong_and_saves_nothing(world, client_of, field, value, named):
    response = client_of(world.owner).post(ADD, said(active_from="2026-05-01T00:00") | {field: value})

    assert list(response.context["form"].errors) == [named]
    assert TokenGroup.objects.count() == 1


def test_it_refuses_times_that_are_none(world, client_of):
    windows = {"window-TOTAL_FORMS": "1", "window-INITIAL_FORMS": "0", "window-0-start": "25:00"}

    response = client_of(world.owner).post(ADD, said(**windows))

    assert response.status_code == 200
    assert response.context["windows"].errors[0]["start"]


def test_it_offers_no_doors_of_other_hosts(world, client_of):
    foreign = Property.objects.create(
        host=world.stranger.memberships.get().host, slug="lofts", name="Lofts", time_zone="UTC"
    )

    response = client_of(world.owner).post(ADD, said(properties=[foreign.pk]))

    assert response.context["form"].errors["properties"]
    assert "Lofts" not in text_of(client_of(world.owner).get(ADD))


def test_it_shows_which_cards_lose_which_chargers_before_it_deletes(world, client_of):
    second = make_charger(world.site, "CP2", station_id="SUN002")
    third = make_charger(world.site, "CP3", station_id="SUN003")
    also = TokenGroup.objects.create(host=world.host, slug="also", name="Also")
    also.chargers.add(world.charger)
    for number in range(3):
        token = Token.objects.create(host=world.host, uid=f"C{number}", canonical_uid=f"C{number}")
        token.groups.add(world.group, also)
        AccessRule.objects.create(token=token, charger=second)
    off = TokenGroup.objects.create(host=world.host, slug="off", name="Off", enabled=False)
    off.properties.add(world.site)
    everywhere = Token.objects.create(host=world.host, uid="ALL", canonical_uid="ALL")
    everywhere.groups.add(world.group, off)
    AccessRule.objects.create(token=everywhere, property=world.site)

    response = client_of(world.owner).get(address(world.group, "delete"))

    closing = response.context["closing"]
    assert closing.cards == 4  # the member loses all three, the others the third; ALL loses nothing
    assert closing.chargers == [world.charger, second, third]
    assert "4 cards lose 3 chargers" in text_of(response)
    assert TokenGroup.objects.filter(pk=world.group.pk).exists()


def test_it_costs_no_more_queries_for_more_cards(world, client_of, django_assert_max_num_queries):
    for number in range(30):
        token = Token.objects.create(host=world.host, uid=f"C{number}", canonical_uid=f"C{number}")
        token.groups.add(world.group)
    client = client_of(world.owner)

    with django_assert_max_num_queries(14):
        client.get(address(world.group, "delete"))


def test_deleting_makes_no_charger_public(world, client_of):
    client_of(world.owner).post(address(world.group, "delete"))

    world.site.refresh_from_db()
    assert world.site.access == "private"
    for uid in ("04A1B2C3D4", "04DEADBEEF01"):
        tap(world.charger, uid)
    assert {decision.verdict for decision in Decision.objects.all()} == {"refused"}
    assert Token.objects.filter(pk=world.member.pk).exists()
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.before["cards"], entry.before["properties"]) == ("token_group.deleted", 1, ["sunset-1"])


@pytest.mark.parametrize(
    ("person", "may"), [("owner", True), ("teammate", False), ("stranger", False), ("agent", True)]
)
def test_only_managers_change_it(world, client_of, person, may):
    client = client_of(getattr(world, person))

    for act in ("edit", "delete"):
        assert client.get(address(world.group, act)).status_code == (200 if may else 404)
    assert ("Change group" in text_of(client.get("/authorization/groups/residents/"))) is may
    assert client.post(address(world.group, "edit"), said()).status_code == (302 if may else 404)
    assert client.post(address(world.group, "delete")).status_code == (302 if may else 404)
    assert TokenGroup.objects.filter(pk=world.group.pk).exists() is not may


def test_a_teammate_cannot_add_one(world, client_of):
    assert client_of(world.teammate).get(ADD).status_code == 404
    assert client_of(world.teammate).post(f"{ADD}?host=sunset", said()).status_code == 404


def test_who_manages_several_hosts_says_whose_it_is(world, client_of):
    both = make_user("both@example.com", world.host, "owner")
    other = world.stranger.memberships.get().host
    both.memberships.create(host=other, role="manager")
    client = client_of(both)

    assert "Whose group" in text_of(client.get(ADD))
    client.post(f"{ADD}?host=lakeside", said())

    assert TokenGroup.objects.get(slug="staff").host == other
    assert client.get(f"{ADD}?host=nobody").status_code == 404


def test_an_agent_is_shown_the_group_of_the_host_that_is_meant(world, client_of):
    other = world.stranger.memberships.get().host
    TokenGroup.objects.create(host=other, slug="residents", name="Lake residents")

    text = text_of(client_of(world.agent).get("/authorization/groups/residents/?host=lakeside"))

    assert "Lake residents" in text
