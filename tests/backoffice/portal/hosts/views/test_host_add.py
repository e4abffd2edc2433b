"""Agents add hosts."""

import pytest

from authorization.models import AuditEntry, Invitation
from chargers.models import Host

FORM = {"name": "Harbour Hotel", "country": "NL", "currency": "EUR", "owner": "kim@example.com"}


def test_an_agent_adds_a_host_and_hands_the_owner_a_link(world, client_of):
    client = client_of(world.agent)
    assert 'href="/company/add/"' in client.get("/people/").text

    page = client.post("/company/add/", FORM).text

    host = Host.objects.get(slug="harbour-hotel")
    assert (host.name, host.country, host.currency) == ("Harbour Hotel", "NL", "EUR")
    invitation = Invitation.objects.get(host=host)
    assert (invitation.email, invitation.role) == ("kim@example.com", "owner")
    assert "/invitation/" in page
    assert AuditEntry.objects.filter(verb="host.added", host=host).exists()


def test_the_currency_is_the_countrys_where_none_is_chosen(world, client_of):
    client_of(world.agent).post("/company/add/", FORM | {"country": "CH", "currency": ""})
    page = client_of(world.agent).post("/company/add/", FORM | {"name": "X", "country": "AQ", "currency": ""}).text

    assert Host.objects.get(slug="harbour-hotel").currency == "CHF"
    assert "Choose the currency: we know none of this country." in page


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "sunset  stays"}, "There is a host sunset stays already."),
        ({"currency": "XXX"}, "Select a valid choice"),
        ({"owner": "kim"}, "Enter a valid email address"),
        ({"name": " "}, "required"),
    ],
)
def test_what_cannot_be_is_named_and_nothing_is_made(world, client_of, change, says):
    page = client_of(world.agent).post("/company/add/", FORM | change).text

    assert says in page
    assert Host.objects.count() == 2
    assert not Invitation.objects.exists()


def test_a_second_host_of_nearly_the_same_name_gets_a_slug_of_its_own(world, client_of):
    client_of(world.agent).post("/company/add/", FORM)
    client_of(world.agent).post("/company/add/", FORM | {"name": "Harbour-Hotel", "owner": "lee@example.com"})

    assert Host.objects.filter(slug="harbour-hotel-2").exists()


def test_hosts_do_not_add_hosts(world, client_of):
    assert client_of(world.owner).get("/company/add/").status_code == 404
    assert "Add a host" not in client_of(world.owner).get("/people/sunset/").text
