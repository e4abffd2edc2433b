"""Properties that roaming drivers may use, as Locations: made of their rows, and published where they differ."""

import pytest

from chargers.fleet import hardware_swaps
from chargers.models import Charger, Property
from tests.billing.roaming.conftest import NOW, connect, work
from tests.kit.pushing import body_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_retired_charger_is_removed_and_a_private_property_too(ours, msp, partner, site):
    connect(msp)
    work()
    Charger.objects.update(retired_at=NOW)
    Charger.objects.create(charger_id="CP2", station_id="SUN002", property=site.place)
    work()
    assert {evse["status"] for evse in body_of(partner, "locations")["evses"]} == {"REMOVED"}

    Charger.objects.filter(charger_id="CP1").update(retired_at=None)
    work()
    assert {evse["status"] for evse in body_of(partner, "locations")["evses"]} == {"AVAILABLE"}
    Property.objects.update(access="private")
    work()
    assert {evse["status"] for evse in body_of(partner, "locations")["evses"]} == {"REMOVED"}


def test_a_private_property_is_never_sent(ours, msp, partner, site):
    Property.objects.update(access="private")
    connect(msp)
    work()
    assert partner.held("locations") == []


def test_without_coordinates_it_is_not_sent(ours, msp, partner, site):
    Property.objects.update(latitude=None)
    connect(msp)
    work()
    assert partner.held("locations") == []


def test_the_evse_keeps_its_uid_when_the_hardware_is_replaced(ours, msp, partner, site):
    connect(msp)
    work()
    before = [evse["uid"] for evse in body_of(partner, "locations")["evses"]]
    charger = Charger.objects.get()
    hardware_swaps.replace(charger, "NEW-BOX", reason="", origin="user:a@b.c", is_paid=lambda _: False, now=NOW)
    work()

    evses = body_of(partner, "locations")["evses"]
    assert [evse["uid"] for evse in evses] == before != []
    assert not any("NEW-BOX" in str(evse) for evse in evses)
