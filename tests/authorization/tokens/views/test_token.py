"""Access > Tokens > one card: flags with a reason, what is noted, where it works and where not."""

from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry, MobilityProvider, Token
from chargers.models import Property
from tests.kit.token_pages import page, text_of
from tests.kit.world import make_charger, tap

__all__ = ["page"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("person", "status"), [("owner", 200), ("teammate", 404), ("stranger", 404), ("agent", 200)])
@pytest.mark.parametrize("form", ["flags/?do=block", "edit/"])
def test_its_forms_are_for_managers(world, client_of, page, person, status, form):
    client = client_of(getattr(world, person))

    assert client.get(f"{page}{form}").status_code == status
    if status == 404:
        said = {"do": "block", "reason": "Lost", "group": world.group.pk, "owner": "Eve"}
        for act in ("flags/", "edit/", "leave/"):
            assert client.post(f"{page}{act}", said).status_code == 404
        token = Token.objects.get(pk=world.member.pk)
        assert (token.blocked, token.owner, token.groups.count()) == (False, "", 1)


def test_it_offers_a_teammate_nothing_to_press(world, client_of, page):
    text = text_of(client_of(world.teammate).get(page))

    assert "Owners and managers of Sunset Stays" in text
    assert "flags/" not in text
    assert "edit/" not in text


def test_it_tells_per_property_where_the_card_works_and_where_not(world, client_of, page):
    other = Property.objects.create(host=world.host, slug="bluff", name="Bluff", time_zone="America/New_York")
    make_charger(other, "CP8", station_id="BLU001")

    response = client_of(world.owner).get(page)

    told = [
        (place.site.name, len(place.opens), [closed.reason.code for closed in place.closed])
        for place in response.context["places"]
    ]
    assert told == [("Bluff", 0, ["not_in_local_group"]), ("Sunset 1", 1, [])]
    assert "none of which opens" not in text_of(response)
    assert "which does not open charger CP8" in text_of(response)


def test_it_costs_no_more_queries_for_more_chargers(world, client_of, page, django_assert_max_num_queries):
    for number in range(25):
        make_charger(world.site, f"N{number}", station_id=f"N{number}")
        tap(world.charger, "04A1B2C3D4")
    client = client_of(world.owner)

    with django_assert_max_num_queries(14):
        client.get(page)


def test_it_saves_what_is_noted_in_the_zone_of_the_properties(world, client_of, page):
    response = client_of(world.owner).post(
        f"{page}edit/", {"visual_number": "SUN-9", "owner": "Kim", "expires_at": "2026-12-31T23:59"}
    )

    assert response.headers["Location"] == page
    token = Token.objects.get(pk=world.member.pk)
    assert (token.visual_number, token.owner) == ("SUN-9", "Kim")
    assert token.expires_at == datetime(2027, 1, 1, 4, 59, tzinfo=UTC)
    before = {"visual_number": "SUN-1", "owner": "", "expires_at": "", "may_charge_concurrently": "no"}
    assert AuditEntry.objects.get().before == before
    assert 'value="2026-12-31T23:59"' in text_of(client_of(world.owner).get(f"{page}edit/"))
    assert "changed expires, owner, visual number" in text_of(client_of(world.owner).get(page))


@pytest.mark.parametrize("query", ["0x04A1B2C3D4", "04a1b2c3d4", "04-A1-B2-C3-D4"])
def test_its_search_finds_more_notations(world, client_of, query, page):
    assert page in text_of(client_of(world.owner).get("/authorization/tokens/", {"q": query}))


def test_a_providers_card_is_shown_to_agents_and_changed_by_nobody(world, client_of):
    msp = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")
    foreign = Token.objects.create(msp=msp, uid="NLEMS42", canonical_uid="NLEMS42")
    client = client_of(world.agent)
    address = f"/authorization/tokens/{foreign.pk}/"

    assert "Example eMSP sets both" in text_of(client.get(address))
    assert client.post(f"{address}flags/", {"do": "block", "reason": "x"}).status_code == 404
    assert client_of(world.owner).get(address).status_code == 404
