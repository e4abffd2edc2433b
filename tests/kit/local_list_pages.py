"""What the tests of views.local_list and views.offline share."""

from datetime import UTC, datetime, timedelta

import pytest

from chargers.lib import ids
from chargers.models import CardMemory, Charger, LocalList, Variable
from tests.kit.world import make_charger


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def at():
    return datetime.now(tz=UTC)


@pytest.fixture
def holding(world):
    """An online charger that has stored our list, and an offline one that has stored it, too."""
    second = make_charger(world.site, "CP2", station_id="SUN002")
    Charger.objects.filter(pk=world.charger.pk).update(
        connection_id=ids.generate(now=at()), connected_at=at() - timedelta(minutes=1), ocpp_version="1.6"
    )
    for charger in (world.charger, second):
        LocalList.objects.create(
            charger=charger, version=4, entries={world.member.uid: {"status": "Accepted"}}, accepted_at=at()
        )
        CardMemory.objects.create(
            charger=charger,
            choice="on",
            state="in_step",
            version=4,
            reported_version=4,
            reported_at=at(),
            synced_at=at(),
            cards=1,
            is_due=False,
            looked_at=at(),
        )
        Variable.objects.create(charger=charger, name="AuthorizationCacheEnabled", value="true", reported_at=at())
        Variable.objects.create(charger=charger, name="LocalAuthListMaxLength", value="50", reported_at=at())
    return world
