"""The filters of the portal's list of chargers."""

import re

import pytest

from tests.kit.charger_list_pages import mixed, online, rows, segments
from tests.kit.world import World

__all__ = ["mixed", "online"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("state", "stations"),
    [("down", ["LOST"]), ("in_use", ["BUSY"]), ("available", ["SUN001"]), ("not_known", ["NEW"]), ("limited", [])],
)
def test_a_segment_narrows_the_list_and_the_bar_stays_whole(mixed: World, client_of, state, stations):
    text = client_of(mixed.owner).get("/chargers/", {"state": state}).content.decode()

    assert rows(text) == stations
    assert segments(text)[0] == ("?view=0", "4", "All")
    assert re.findall(r'<a href="([^"]*)" aria-current="true">\s*<span class="segment-count"', text) == ["?view=0"]


def test_the_bar_counts_what_the_other_filters_find(mixed: World, client_of):
    text = client_of(mixed.owner).get("/chargers/", {"q": "LOST"}).content.decode()

    assert [(count, title) for _, count, title in segments(text)] == [("1", "All"), ("1", "Offline or faulted")]
