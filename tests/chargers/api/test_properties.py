"""Properties by API: what the portal can do with them."""

from chargers.models import Unit


def test_units(callers):
    made = callers.owner.post("properties/sunset-1/units/", {"name": "Apartment 9"})
    assert (made.status_code, made.json()) == (201, {"slug": "apartment-9", "name": "Apartment 9"})
    renamed = callers.owner.patch("properties/sunset-1/units/apartment-9/", {"name": "Apartment 10"}).json()
    assert renamed["name"] == "Apartment 10"
    assert {"slug": "apartment-9", "name": "Apartment 10"} in callers.owner.get("properties/sunset-1/").json()["units"]
    assert callers.owner.delete("properties/sunset-1/units/apartment-9/").status_code == 204
    assert not Unit.objects.filter(slug="apartment-9").exists()


def test_strangers_find_nothing(callers):
    assert callers.stranger.patch("properties/sunset-1/", {"city": "X"}).status_code == 404
    assert callers.stranger.post("properties/sunset-1/closing/", {"reason": "x"}).status_code == 404
    assert callers.stranger.post("properties/sunset-1/units/", {"name": "x"}).status_code == 404
