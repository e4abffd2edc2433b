"""Particulars of a property: what is stored, what is refused, and which slug it gets."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from chargers.models import Property
from chargers.properties import details
from chargers.properties.details import PropertyDetails, PropertyError
from tests.chargers.conftest import make_charger
from tests.kit.site import open_transaction

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def wanted(**values):
    return PropertyDetails(**{"name": "Lake House", "time_zone": "America/New_York"} | values)


@pytest.mark.django_db
def test_a_property_is_opened_private_with_a_slug_of_its_name(host):
    place = details.open_at(host, wanted(city="  New   York "))

    assert (place.slug, place.city, place.access, place.closed_at) == ("lake-house", "New York", "private", None)


@pytest.mark.django_db
def test_a_slug_is_never_taken_twice_nor_that_of_a_page(host, site):
    Property.objects.create(host=host, slug="lake-house", name="Another", time_zone="UTC")

    assert details.open_at(host, wanted()).slug == "lake-house-2"
    assert details.open_at(host, wanted(name="Add")).slug == "add-2"
    assert details.open_at(host, wanted(name="湖の家")).slug == "sunset"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "sunset 1"}, "name"),
        ({"time_zone": "New York"}, "time_zone"),
        ({"country": "XX"}, "country"),
        ({"latitude": Decimal(91), "longitude": Decimal(0)}, "latitude"),
        ({"latitude": Decimal(1)}, "longitude"),
        ({"contact_phone": "call me"}, "contact_phone"),
        ({"opening_hours": {"mon": ["9", "10"]}}, "opening_hours"),
    ],
)
def test_what_cannot_be_is_named_by_field_and_nothing_is_stored(host, site, values, field):
    with pytest.raises(PropertyError) as caught:
        details.open_at(host, wanted(**values))

    assert list(caught.value.faults) == [field]
    assert Property.objects.count() == 1


@pytest.mark.django_db
def test_the_zone_is_fixed_once_somebody_has_charged(host, site):
    charger = make_charger(site, "CP1")
    kept = wanted(name="Sunset 1", time_zone="Europe/Paris")
    assert details.change(site, kept) == {"time_zone": ("America/New_York", "Europe/Paris")}
    open_transaction(charger)

    with pytest.raises(PropertyError, match="cannot change any more"):
        details.change(site, wanted(name="Sunset 1", time_zone="UTC"))


@pytest.mark.django_db
def test_it_closes_only_when_no_charger_is_in_service(host, site):
    charger = make_charger(site, "CP1")
    with pytest.raises(PropertyError, match="ST-CP1"):
        details.close(site, now=NOW)

    charger.retired_at = NOW
    charger.save()
    assert details.close(site, now=NOW)
    assert not details.close(site, now=NOW)
    assert details.reopen(site)
    assert not details.reopen(site)


@pytest.mark.django_db
def test_a_units_name_is_there_once(site):
    unit = details.add_unit(site, "Apartment 2")
    assert unit.slug == "apartment-2"
    with pytest.raises(PropertyError, match="already"):
        details.add_unit(site, "apartment  2")

    assert details.rename_unit(unit, "Apartment 3") == "Apartment 2"
