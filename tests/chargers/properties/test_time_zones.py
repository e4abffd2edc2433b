"""By whose clock pages about several properties tell the time."""

from datetime import UTC, datetime

import pytest

from chargers.models import Host, Property
from chargers.properties import time_zones

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("UTC", "10 March 2026, 12:00 UTC"),
        ("America/New_York", "10 March 2026, 08:00 EDT"),
        ("Asia/Tokyo", "10 March 2026, 21:00 JST"),
    ],
)
def test_a_moment_names_its_zone(zone: str, words: str):
    assert time_zones.format_with_zone(NOON, zone) == words


def add(host: Host, slug: str, zone: str, **facts) -> Property:
    return Property.objects.create(host=host, slug=slug, name=slug, time_zone=zone, **facts)


@pytest.mark.django_db
def test_a_host_has_the_zone_that_its_properties_share(host: Host):
    other = Host.objects.create(slug="lakeside", name="Lakeside", currency="USD", country="US")
    assert time_zones.of_host(host) == "UTC"
    add(host, "a", "America/New_York")
    add(host, "b", "America/New_York")
    add(other, "c", "Asia/Tokyo")

    assert time_zones.of_hosts([host, other]) == {host.pk: "America/New_York", other.pk: "Asia/Tokyo"}
    assert time_zones.of_host(host) == "America/New_York"

    add(host, "d", "America/Chicago")
    assert time_zones.of_host(host) == "UTC"
    assert time_zones.of_hosts([host])[host.pk] == "UTC"
    assert time_zones.of_hosts([]) == {}


@pytest.mark.django_db
def test_days_of_a_host_end_by_its_first_property_that_is_open(host: Host):
    assert time_zones.of_place(host, None) == "UTC"
    add(host, "closed", "Asia/Tokyo", closed_at=NOON)
    first, second = add(host, "a", "America/New_York"), add(host, "b", "Europe/Berlin")

    assert time_zones.of_place(host, None) == first.time_zone
    assert time_zones.of_place(host, second) == "Europe/Berlin"
