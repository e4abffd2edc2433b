"""Who pays which rate at which property, as one table that is saved in one go."""

import re

import pytest

from authorization.models import AuditEntry, TokenGroup
from billing.models import Rate, RateAssignment
from billing.pricing.rates import grid
from chargers.models import Connector, Property
from tests.kit import charging


@pytest.fixture
def priced(world):
    version = charging.make_rate(world.host)
    charging.assign(version, world.site, "guest", "member")
    charging.make_rate(world.host, slug="night")
    Rate.objects.filter(slug="night").update(name="Night")
    Property.objects.create(host=world.host, slug="sunset-2", name="Sunset 2", time_zone="America/New_York")
    return world


def cells(host, **changes):
    """All cells as they are stored, changed where that is said: `sunset_2_guest=rate`."""
    found = grid.build(host)
    sent = {"host": host.slug, "seen": found.fingerprint}
    for place in found.properties:
        for column in found.columns:
            row = found.cells.get((place.pk, column.key))
            key = f"{place.slug}_{column.key}".replace("-", "_")
            wanted = changes.get(key, row.rate_id if row else "")
            sent[f"cell.{place.pk}.{column.key}"] = wanted
    return sent


@pytest.mark.parametrize(("who", "status"), [("owner", 200), ("teammate", 200), ("stranger", 404), ("agent", 200)])
def test_it_is_seen_by_its_host_and_by_agents_only(priced, client_of, who, status):
    assert client_of(getattr(priced, who)).get("/rates/grid/?host=sunset").status_code == status


@pytest.mark.parametrize(("who", "status"), [("owner", 302), ("teammate", 404), ("stranger", 404), ("agent", 302)])
def test_it_is_saved_by_managers_and_agents_only(priced, client_of, who, status):
    sent = cells(priced.host, sunset_2_guest=Rate.objects.get(slug="night").pk)

    assert client_of(getattr(priced, who)).post("/rates/grid/", sent).status_code == status
    assert RateAssignment.objects.filter(property__slug="sunset-2").count() == (1 if status == 302 else 0)


def test_it_assigns_changes_and_removes_in_one_go(priced, client_of):
    night = Rate.objects.get(slug="night")
    sent = cells(priced.host, sunset_1_guest=night.pk, sunset_1_member="", sunset_2_roaming=night.pk)

    page = client_of(priced.owner).post("/rates/grid/", sent, follow=True).content.decode()

    found = {(row.property.slug, row.audience, row.rate.slug) for row in RateAssignment.objects.all()}
    assert found == {("sunset-1", "guest", "night"), ("sunset-2", "roaming", "night")}
    assert "Guests at Sunset 1 pay “Night”." in page
    assert "Members at Sunset 1 no longer pay “Plain”." in page
    verbs = AuditEntry.objects.filter(verb__startswith="rate.").values_list("verb", flat=True)
    assert sorted(verbs) == ["rate.assigned", "rate.assigned", "rate.unassigned"]


def test_it_says_that_nothing_was_changed(priced, client_of):
    page = client_of(priced.owner).post("/rates/grid/", cells(priced.host), follow=True).content.decode()

    assert "Nothing was changed." in page
    assert not AuditEntry.objects.filter(verb__startswith="rate.").exists()


def test_a_second_tab_does_not_overwrite_what_the_first_one_saved(priced, client_of):
    client, night = client_of(priced.owner), Rate.objects.get(slug="night")
    of_second = cells(priced.host, sunset_2_guest=night.pk)
    client.post("/rates/grid/", cells(priced.host, sunset_1_guest=night.pk))

    page = client.post("/rates/grid/", of_second).content.decode()

    assert "Somebody changed these assignments meanwhile." in page
    assert not RateAssignment.objects.filter(property__slug="sunset-2").exists()
    second = Property.objects.get(slug="sunset-2")
    select = re.search(rf'<select name="cell.{second.pk}.guest".*?</select>', page, re.S)
    assert select is not None
    assert f'<option value="{night.pk}" selected>' in select[0]


def test_it_names_groups_and_gives_them_a_column(priced, client_of):
    client, night = client_of(priced.owner), Rate.objects.get(slug="night")
    key = f"member-{priced.group.pk}"

    offered = client.get("/rates/grid/").content.decode()
    page = client.get(f"/rates/grid/?column={key}").content.decode()
    sent = cells(priced.host) | {"column": key, f"cell.{priced.site.pk}.{key}": night.pk}
    client.post("/rates/grid/", sent)

    assert f'<option value="{key}">Members of Residents</option>' in offered
    assert '<th scope="col">Members of Residents</th>' in page
    made = RateAssignment.objects.get(group=priced.group)
    assert (made.rate, made.audience, made.property) == (night, "member", priced.site)
    assert '<th scope="col">Members of Residents</th>' in client.get("/rates/grid/").content.decode()


def test_all_or_nothing_is_saved_where_a_rate_is_not_allowed(priced, client_of):
    night = Rate.objects.get(slug="night")
    night.versions.update(definition={"energy": [{"name": "all day", "price": "0.40"}], "connection_fee": "1"})
    Property.objects.filter(pk=priced.site.pk).update(country="NL")
    Connector.objects.filter(evse__charger=priced.charger).update(max_power_w=150_000)
    sent = cells(priced.host, sunset_1_guest=night.pk, sunset_2_guest=night.pk)

    page = client_of(priced.owner).post("/rates/grid/", sent).content.decode()

    assert "Fix the cells marked below." in page
    assert "this rate asks guests for a connection fee" in page
    assert not RateAssignment.objects.filter(rate=night).exists()


@pytest.mark.parametrize("sent", ["999999", "x", "-1"])
def test_it_takes_no_rate_that_is_not_the_hosts(priced, client_of, sent):
    page = client_of(priced.owner).post("/rates/grid/", cells(priced.host, sunset_2_guest=sent)).content.decode()

    assert "Choose one of the host&#x27;s own rates." in page


def test_it_leaves_assignments_to_single_chargers_alone_and_counts_them(priced, client_of):
    night = Rate.objects.get(slug="night")
    RateAssignment.objects.create(rate=night, property=priced.site, charger=priced.charger, audience="guest")
    client = client_of(priced.owner)

    client.post("/rates/grid/", cells(priced.host, sunset_1_guest=""))

    assert "1 exception</a>" in client.get("/rates/grid/").content.decode()
    assert RateAssignment.objects.filter(charger=priced.charger).exists()


def test_its_query_count_does_not_grow_with_properties(priced, client_of, django_assert_max_num_queries):
    for number in range(20):
        place = Property.objects.create(host=priced.host, slug=f"p{number}", name=f"P{number}", time_zone="UTC")
        charging.assign(Rate.objects.get(slug="night").versions.get(), place, "guest")
    client = client_of(priced.owner)
    client.get("/rates/grid/")

    with django_assert_max_num_queries(22):
        client.get("/rates/grid/")


def test_an_empty_cell_says_what_it_means_for_its_people(priced, client_of):
    group = TokenGroup.objects.create(host=priced.host, name="Crew")

    text = client_of(priced.owner).get(f"/rates/grid/?host={priced.host.slug}&column=member-{group.pk}").text

    empty = re.findall(r'<option value="">([^<]+)<', text)
    assert set(empty) == {"no rate: cannot pay", "no rate: free", "as members"}
