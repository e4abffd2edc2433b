"""The form of a property's particulars: opening hours are both times of a day, or open always."""

from typing import Any

import pytest

from chargers.models import Host, Property
from chargers.pages.property_form import PropertyForm
from chargers.properties.details import PropertyError

pytestmark = pytest.mark.django_db
PLAIN = {"name": "Sunset 1", "time_zone": "UTC", "is_always_open": "on"}


def form(data: dict[str, Any], property_: Property | None = None) -> PropertyForm:
    return PropertyForm(data, hosts=Host.objects.all(), property_=property_)


def with_hours(site: Property, **times: str) -> PropertyForm:
    return form({"name": "Sunset 1", "time_zone": "UTC", **times}, site)


def test_times_of_some_days_become_opening_hours(site: Property):
    filled = with_hours(site, mon_from="08:00", mon_to="22:00", sun_from="10:00", sun_to="00:00")

    assert filled.is_valid(), filled.errors
    assert filled.details().opening_hours == {"mon": ["08:00", "22:00"], "sun": ["10:00", "00:00"]}


def test_open_always_has_no_hours(site: Property):
    filled = form(PLAIN, site)

    assert filled.is_valid(), filled.errors
    assert filled.details().opening_hours == {}


@pytest.mark.parametrize(
    ("times", "field", "sentence"),
    [
        ({"mon_from": "08:00"}, "mon_to", "Give both times"),
        ({"mon_to": "08:00"}, "mon_to", "Give both times"),
        ({}, "is_always_open", "Give the times of at least one day"),
        ({"is_always_open": "on", "mon_from": "08:00", "mon_to": "20:00"}, "is_always_open", "take this tick away"),
        ({"mon_from": "25:00", "mon_to": "08:00"}, "mon_from", "Enter a valid time"),
    ],
)
def test_what_is_neither_is_said_at_its_field(site: Property, times: dict[str, str], field: str, sentence: str):
    filled = with_hours(site, **times)

    assert not filled.is_valid()
    assert sentence in str(filled.errors[field])


def test_hours_that_stood_there_before_do_not_forbid_the_tick(site: Property):
    site.opening_hours = {"mon": ["08:00", "20:00"]}

    filled = form(PLAIN | {"mon_from": "08:00", "mon_to": "20:00"}, site)

    assert filled.is_valid(), filled.errors
    assert filled.details().opening_hours == {}


def test_a_new_property_needs_one_of_the_hosts(host: Host):
    other = Host.objects.create(slug="lakeside", name="Lakeside", currency="USD", country="US")
    filled = PropertyForm(PLAIN | {"host": other.pk}, hosts=Host.objects.filter(pk=host.pk))

    assert list(filled.errors) == ["host"]
    assert "host" not in form(PLAIN, Property(host=host, time_zone="UTC")).fields


def test_a_zone_that_is_offered_no_more_can_stay(site: Property):
    site.time_zone = "US/Pacific-New"

    assert ("US/Pacific-New", "US/Pacific-New") in form(PLAIN, site).fields["time_zone"].choices


def test_faults_of_the_rules_stand_beside_their_fields(site: Property):
    filled = form(PLAIN, site)
    assert filled.is_valid()

    filled.show(PropertyError({"latitude": "Give both.", "opening_hours": "They overlap."}))

    assert filled.errors == {"latitude": ["Give both."], "__all__": ["They overlap."]}


def test_each_day_has_its_two_times(site: Property):
    site.opening_hours = {"tue": ["09:00", "17:00"]}
    days = list(PropertyForm(hosts=Host.objects.all(), property_=site).days())

    assert [day.name for day in days][:2] == ["Monday", "Tuesday"]
    assert ('value="09:00"' in str(days[1].begins), 'value="17:00"' in str(days[1].ends)) == (True, True)
    assert "value=" not in str(days[0].begins)
