"""Decisions by property and provider, the chart above them, and the notice of refusals that are repeated now."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.kit.page_text import html_of
from tests.kit.world import tap

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("hours", "told"), [(0, True), (2, False)])
@pytest.mark.parametrize("person", ["owner", "teammate", "agent"])
def test_the_overview_tells_of_refusals_that_are_repeated_now(world, client_of, hours, told, person):
    for _ in range(7):
        tap(world.charger, "04DEADBEEF01", at=datetime.now(tz=UTC) - timedelta(hours=hours))

    text = html_of(client_of(getattr(world, person)).get("/chargers/CP1/"))

    assert ("7 refusals in 1 hour" in text) is told
    assert ("/authorization/tokens/add/?uid=04DEADBEEF01&amp;charger=CP1" in text) is told
