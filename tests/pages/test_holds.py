"""The terms of a property for what is held on a guest's card."""

import pytest

from billing.models import HoldPolicy
from support.models import AuditEntry

pytestmark = pytest.mark.django_db
PAGE = "/properties/sunset-1/holds/"
TERMS = {"do": "keep", "energy_kwh": "80", "least": "25.50", "most": "", "at_limit": "extend"}


def test_an_owner_sets_the_terms_and_takes_them_back(world, client_of):
    client = client_of(world.owner)
    assert "the defaults hold" in client.get(PAGE).content.decode()

    assert client.post(PAGE, TERMS).url == PAGE

    policy = HoldPolicy.objects.get()
    assert (policy.host, policy.property) == (world.host, world.site)
    assert (policy.energy_kwh, policy.least_minor, policy.most_minor, policy.at_limit) == (80, 2550, None, "extend")
    text = client.get(PAGE).content.decode()
    assert 'value="25.50"' in text
    assert client.post(PAGE, {"do": "default"}).url == PAGE
    assert not HoldPolicy.objects.exists()
    first, second = AuditEntry.objects.filter(verb="property.holds_set").order_by("id")
    assert (first.before, first.after["least_minor"]) == (None, 2550)
    assert (second.before["energy_kwh"], second.after) == (80, None)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"most": "20"}, "This is less than what is held at least."),
        ({"energy_kwh": "0"}, "greater than or equal to 1"),
        ({"at_limit": "hope"}, "hope is not one of the available choices"),
    ],
)
def test_it_says_what_is_wrong(world, client_of, wrong, sentence):
    answer = client_of(world.owner).post(PAGE, TERMS | wrong)

    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert not HoldPolicy.objects.exists()


def test_an_agent_may_too(world, client_of):
    assert client_of(world.agent).post(PAGE, TERMS).status_code == 302


@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_who_does_not_manage_the_property_sees_nothing_of_it(world, client_of, person):
    client = client_of(getattr(world, person))

    assert client.get(PAGE).status_code == 404
    assert client.post(PAGE, TERMS).status_code == 404
    assert client.get("/properties/nowhere/holds/").status_code == 404
    assert not HoldPolicy.objects.exists()
