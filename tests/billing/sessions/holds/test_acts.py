"""How much is held on a guest's card at a property, set by who manages it."""

from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry
from authorization.people.access import NotAllowedError
from billing.models import HoldPolicy
from billing.sessions.holds import acts

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
TERMS = {"energy_kwh": 40, "least_minor": 1000, "most_minor": 6000, "at_limit": "extend"}


def test_they_are_set_changed_and_taken_back_and_each_is_written_down(world):
    acts.set_holds(world.site, TERMS, by=world.owner, now=NOON)
    acts.set_holds(world.site, TERMS | {"most_minor": 8000}, by=world.owner, now=NOON)
    assert HoldPolicy.objects.get().most_minor == 8000
    acts.set_holds(world.site, None, by=world.owner, now=NOON)

    assert not HoldPolicy.objects.exists()
    first, second, last = AuditEntry.objects.order_by("id")
    assert (bool(first.before), first.after) == (False, TERMS)
    assert (second.before["most_minor"], second.after["most_minor"]) == (6000, 8000)
    assert last.before["most_minor"] == 8000


@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_who_does_not_manage_the_property_sets_none(world, person):
    with pytest.raises(NotAllowedError):
        acts.set_holds(world.site, TERMS, by=getattr(world, person), now=NOON)

    assert not HoldPolicy.objects.exists()
