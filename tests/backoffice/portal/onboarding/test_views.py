"""Start: what a host still needs, from sign-up to the first charger online."""

import pytest

from authorization.models import Membership
from tests.kit.world import make_user


def test_it_says_what_is_missing_with_its_link(world, client_of):
    page = client_of(world.owner).get("/start/sunset/").content.decode()

    for words, href in (
        ("Receipts lack the company&#x27;s address and tax number.", "/company/sunset/"),
        ("Sunset 1 has no full address.", "/properties/sunset-1/edit/"),
        ("SUN001 has not connected yet", "/chargers/CP1/connection/"),
        ("There is no rate: guests cannot pay", "/rates/add/?host=sunset"),
        ("The tax of Sunset 1 is not stated.", "/rates/taxes/"),
        ("Payouts have no account yet.", "/payouts/sunset/accounts/"),
        ("No label has been downloaded yet", "/chargers/CP1/label/"),
    ):
        assert words in page
        assert f'href="{href}"' in page
    assert "1 of 11 steps are done." in page


@pytest.mark.parametrize(("who", "status"), [("owner", 200), ("teammate", 404), ("stranger", 404), ("agent", 200)])
def test_it_is_seen_by_who_manages_the_host_and_by_agents(world, client_of, who, status):
    assert client_of(getattr(world, who)).get("/start/sunset/").status_code == status


def test_a_host_of_one_goes_straight_to_its_steps_and_agents_see_all(world, client_of):
    assert client_of(world.owner).get("/start/").headers["Location"] == "/start/sunset/"

    listed = client_of(world.agent).get("/start/").content.decode()
    assert "Sunset Stays" in listed
    assert "Lakeside Lofts" in listed
    assert (
        "Set up"
        not in client_of(make_user("viewer@example.com", world.host, "read_only")).get("/start/").content.decode()
    )
    assert Membership.objects.filter(host=world.host).count() == 3
