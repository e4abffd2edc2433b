"""Choices of a charger's forms."""

from types import SimpleNamespace

from chargers.pages import fields


def test_units_are_grouped_by_their_property_in_their_order():
    sunset, lakeside = SimpleNamespace(name="Sunset"), SimpleNamespace(name="Lakeside")
    units = [
        SimpleNamespace(pk=1, name="2b", property=sunset),
        SimpleNamespace(pk=2, name="1a", property=lakeside),
        SimpleNamespace(pk=3, name="2c", property=sunset),
    ]

    assert list(fields.by_property(units)) == [("Sunset", [(1, "2b"), (3, "2c")]), ("Lakeside", [(2, "1a")])]
    assert list(fields.by_property([])) == []
