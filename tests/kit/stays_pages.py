"""What the tests of acts.stays and views.stays share."""

from datetime import datetime

import pytest

from authorization.decide import decisions
from chargers.models import Charger, Unit
from tests.kit.world import World, make_charger

UID = "04FFEE0042"


def text_of(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def flat(world: World) -> Unit:
    """Apartment 2B, with the world's charger, and a neighbour's with another one."""
    unit = Unit.objects.create(property=world.site, slug="2b", name="Apartment 2B")
    other = Unit.objects.create(property=world.site, slug="3a", name="Apartment 3A")
    Charger.objects.filter(pk=world.charger.pk).update(unit=unit)
    neighbour = make_charger(world.site, "CP2", station_id="SUN002")
    Charger.objects.filter(pk=neighbour.pk).update(unit=other)
    return unit


def said(**changes):
    return {
        "place": "sunset-1/2b", "guest_name": "Robin", "guest_email": "robin@example.com", "reference": "R-77",
        "arrives": "2030-07-01T12:00", "departs": "2030-07-05T11:00", "cards": "04:ff:ee:00:42", **changes,
    }  # fmt: skip


def asked(charger: Charger, at: datetime):
    question = decisions.Question(kind="authorize", uid=UID, at=at)
    return decisions.decide(charger=charger, question=question, now=at, dry_run=True)
