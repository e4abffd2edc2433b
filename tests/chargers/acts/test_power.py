"""A property's power limit and its outlets, decided by a person."""

import pytest

from authorization.models import AuditEntry
from chargers.models import (
    PowerLimit,
    PowerOutlet,
)
from tests.kit.power_pages import filled, held

PAGE = "/properties/sunset-1/power/"


def test_the_owner_sets_a_limit_and_it_is_written_down(world, client_of):
    response = client_of(world.owner).post(PAGE, filled(world), follow=True)

    assert "Saved: 20 A on each of 3 phases, shared equally." in response.text
    limit = PowerLimit.objects.get()
    assert (limit.enabled, limit.limit_a(), limit.property) == (True, 20, world.site)
    entry = AuditEntry.objects.get(verb="property.power_changed")
    assert (entry.actor, entry.before) == ("user:owner@example.com", None)
    assert entry.after["amount"] == "20"
    assert entry.after["outlets"] == {"SUN001": {"takes_part": True, "wiring": "RST", "priority": 0}}


def test_an_agent_may_change_it_too(world, client_of):
    assert client_of(world.agent).post(PAGE, filled(world)).status_code == 302
    assert AuditEntry.objects.get().actor == "user:agent@example.com"


def test_a_teammate_who_may_only_look_sees_it_and_changes_nothing(world, client_of):
    held(world)
    client = client_of(world.teammate)

    shown = client.get(PAGE)

    assert "Only an owner or manager of Sunset Stays can change this." in shown.text
    assert "Save the limit" not in shown.text
    assert client.post(PAGE, filled(world, amount="99")).status_code == 404
    assert PowerLimit.objects.get().amount == 20


def test_looking_writes_nothing(world, client_of):
    client_of(world.owner).get(PAGE)
    assert not PowerOutlet.objects.exists()
    assert not PowerLimit.objects.exists()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"amount": "5"}, "less than the 6 A that one car needs"),
        ({"amount": "3000", "unit": "W"}, "That is 4.3 A per phase"),
        ({"minimum_a": "5"}, "greater than or equal to 6"),
        ({"offline_a": "3"}, "Write 0, or 6 or more"),
        ({"strategy": "lottery"}, "Select a valid choice"),
    ],
)
def test_a_limit_that_cannot_be_meant_is_not_saved(world, client_of, typed, sentence):
    response = client_of(world.owner).post(PAGE, filled(world, **typed))
    assert sentence in response.text
    assert not PowerLimit.objects.exists()
