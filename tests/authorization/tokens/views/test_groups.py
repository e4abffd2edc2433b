"""Access > Local groups: added, changed and deleted by those who manage the host."""

from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry, Decision, Token, TokenGroup
from chargers.models import Unit
from tests.kit.groups_pages import address, said, text_of
from tests.kit.world import make_user, tap

pytestmark = pytest.mark.django_db
ADD = "/authorization/groups/add/"
NO_WINDOW = {"window-TOTAL_FORMS": "0", "window-INITIAL_FORMS": "0"}


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
