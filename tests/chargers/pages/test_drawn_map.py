"""What a page with a map knows: the drawing, the data's address with the filters, the tiles."""

from chargers.listing.sites import Site
from chargers.pages import drawn_map

SITES = [Site(property_id=1, slug="one", name="One", latitude=40.7, longitude=-74.0, counts={"bad": 1})]


def test_the_data_is_asked_for_with_the_filters():
    assert drawn_map.context(SITES, query="state=down")["map"]["data"] == "/chargers/map/data/?state=down"
    assert drawn_map.context(SITES, query="")["map"]["data"] == "/chargers/map/data/"


def test_the_drawing_says_where_something_is_wrong():
    [pin] = drawn_map.context(SITES, query="")["map"]["pins"]

    assert (pin.label, pin.is_well, pin.has_chargers) == ("One", False, True)


def test_the_legend_has_every_state_of_the_list():
    kinds = [kind for kind, _ in drawn_map.context([], query="")["map"]["legend"]]

    assert kinds == ["bad", "warn", "busy", "ok", "unknown"]
