"""Chargers: which ones are not well, and can someone charge?"""

from datetime import UTC, datetime

import pytest

from chargers.models import Charger
from tests.kit.charger_table import online
from tests.kit.world import make_charger

__all__ = ["online"]


def test_it_lists_the_unwell_first(online, client_of):
    make_charger(online.site, "CP2", station_id="SUN002")
    Charger.objects.filter(charger_id="CP2").update(disconnected_at=datetime.now(tz=UTC))

    text = client_of(online.owner).get("/chargers/").content.decode()

    assert text.index("SUN002") < text.index("SUN001")


@pytest.mark.parametrize("query", ["SUN001", "sunset", "CP1"])
def test_it_finds_a_charger_by_any_of_its_names(online, client_of, query):
    make_charger(online.site, "CP2", station_id="ZZZ9")

    text = client_of(online.owner).get("/chargers/", {"q": query}).content.decode()

    assert "SUN001" in text


def test_it_narrows_by_state(online, client_of):
    make_charger(online.site, "CP2", station_id="SUN002")

    text = client_of(online.owner).get("/chargers/", {"state": "offline"}).content.decode()

    assert "SUN002" in text
    assert "SUN001" not in text


def test_it_refreshes_only_the_rows_for_a_script(online, client_of):
    response = client_of(online.owner).get("/chargers/", headers={"HX-Request": "true", "HX-Target": "fleet"})

    assert b"<html" not in response.content
    assert b"SUN001" in response.content
