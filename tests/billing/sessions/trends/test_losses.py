"""What an outage probably cost: the sessions of the same hours of the week in the four weeks before it."""

from datetime import timedelta

import pytest

from chargers.models import Charger, Connector
from tests.kit import charging
from tests.kit.charging import YESTERDAY
from tests.kit.dashboard_pages import offline, online, page, priced, rows_behind
from tests.kit.world import make_charger, tap

__all__ = ["online", "priced"]


@pytest.mark.parametrize(("minutes", "shown"), [(14, False), (16, True)])
def test_it_shows_chargers_that_are_offline_for_more_than_15_minutes(online, client_of, minutes, shown):
    offline(online.charger, minutes=minutes)
    client = client_of(online.owner)

    text = page(client)

    assert ("1 offline" in text) is shown
    if shown:
        assert "SUN001" in rows_behind(client, text, "1 offline")


def test_it_shows_faulted_chargers_once(online, client_of):
    Charger.objects.update(status="Faulted")
    Connector.objects.update(status="Faulted")
    make_charger(online.site, "CP2", station_id="SUN002")
    client = client_of(online.owner)

    text = page(client)

    rows = rows_behind(client, text, "1 faulted")
    assert "SUN001" in rows
    assert "SUN002" not in rows


def test_it_counts_a_card_that_was_refused_as_a_refused_attempt(priced, client_of):
    """An accepted tap is none by itself: its start counts, once."""
    tap(priced.charger, "04A1B2C3D4", at=YESTERDAY - timedelta(minutes=1))
    charging.charge(priced.charger)
    for _ in range(3):
        tap(priced.charger, "DEADBEEF")
    client = client_of(priced.owner)

    text = page(client)

    assert "25.0 %" in text
    assert "1 of 4 attempts: starts, and cards refused before one" in text
    assert rows_behind(client, text, "25.0 %").count("Why?</a>") == 4
    assert rows_behind(client, text, "refused ones").count("Why?</a>") == 3
