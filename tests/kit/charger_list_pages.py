"""What the tests of views.charger_list, views.saved_views and views.tags share."""

import re
import uuid
from datetime import UTC, datetime

import pytest

from chargers.models import Charger, Connector, Evse
from tests.kit.world import World, make_charger


@pytest.fixture
def online(world: World) -> World:
    Charger.objects.filter(pk=world.charger.pk).update(connection_id=uuid.uuid4(), connected_at=datetime.now(tz=UTC))
    Connector.objects.filter(evse__charger=world.charger).update(status="Available", status_at=datetime.now(tz=UTC))
    return world


def many(world: World, count: int) -> None:
    made = Charger.objects.bulk_create(
        Charger(charger_id=f"MORE{number:03}", station_id=f"MORE{number:03}", property=world.site)
        for number in range(count)
    )
    evses = Evse.objects.bulk_create(Evse(charger=charger, number=1) for charger in made)
    Connector.objects.bulk_create(Connector(evse=evse, number=1, status="Available") for evse in evses)


def rows(text: str) -> list[str]:
    """Returns the stations of the page, in order."""
    return re.findall(r'<a class="row-link strong"[^>]*>([^<]+)</a>', text)


def segments(text: str) -> list[tuple[str, str, str]]:
    """Returns the segments of the bar of states: link, number and label of each."""
    bar = text[text.index('<ul class="segments">') :].split("</ul>", maxsplit=1)[0]
    pattern = r'<a href="([^"]*)".*?segment-count">(\d+)</span>\s*<span[^>]*>([^<]+)</span>'
    return re.findall(pattern, bar, re.DOTALL)


@pytest.fixture
def mixed(online: World) -> World:
    """One charger that is available, one in use, one that lost its connection, one that never connected."""
    at = datetime.now(tz=UTC)
    for name, status, facts in (
        ("BUSY", "Charging", {"connection_id": uuid.uuid4(), "connected_at": at}),
        ("LOST", "Available", {"connected_at": at, "disconnected_at": at}),
        ("NEW", "", {}),
    ):
        charger = make_charger(online.site, name, station_id=name)
        Charger.objects.filter(pk=charger.pk).update(**facts)
        Connector.objects.filter(evse__charger=charger).update(status=status)
    return online
