"""A strict partner is pushed what changes, in every version, as state and not as old messages."""

from datetime import UTC, datetime

import pytest
from django.db import connection as database
from django.db.utils import DatabaseError

from billing.models import (
    RoamingObject,
    RoamingShare,
)
from billing.roaming.pushes import pushing
from chargers.models import Connector
from tests.billing.roaming.conftest import connect, connection_of, work
from tests.kit.pushing import body_of, pushes, settled_session

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
def test_locations_and_tariffs_come_after_the_handshake(ours, msp, partner, site, version):
    partner.version, partner.versions = version, (version,)
    connect(msp)

    work()

    assert partner.complaints == []
    assert pushes(partner, "tariffs") == [("PUT", "/NL/SUN/plain")]
    assert pushes(partner, "locations") == [("PUT", "/NL/SUN/sunset-1")]
    location = body_of(partner, "locations")
    assert [evse["uid"] for evse in location["evses"]] == ["CP1-1", "CP1-2"]
    assert location["coordinates"] == {"latitude": "52.37020", "longitude": "4.89520"}
    connector = location["evses"][0]["connectors"][0]
    assert connector.get("tariff_id") == "plain" if version == "2.1.1" else connector["tariff_ids"] == ["plain"]


def test_twenty_status_changes_are_one_patch_of_the_last(ours, msp, partner, site):
    connect(msp)
    work()
    plug = Connector.objects.get(evse__number=1)
    for number in range(20):
        plug.status = "Charging" if number % 2 else "Preparing"
        plug.save()
    before = len(partner.requests)

    work()

    assert [(r.method, r.path) for r in partner.requests[before:]] == [
        ("PATCH", "/ocpi/2.2.1/locations/NL/SUN/sunset-1/CP1-1")
    ]
    assert partner.requests[-1].body["status"] == "CHARGING"
    assert partner.complaints == []


def test_last_updated_rises_to_the_parents_and_only_where_something_changed(ours, msp, partner, site):
    connect(msp)
    work()
    first = RoamingObject.objects.get(kind="location").body
    Connector.objects.filter(evse__number=1).update(status="Charging")
    work()
    second = RoamingObject.objects.get(kind="location").body

    assert second["last_updated"] > first["last_updated"]
    assert second["evses"][0]["last_updated"] == second["last_updated"]
    assert second["evses"][1] == first["evses"][1]
    assert second["evses"][0]["connectors"] == first["evses"][0]["connectors"]


def test_a_patch_that_fails_is_followed_by_a_look_and_a_put(ours, msp, partner, site):
    connect(msp)
    work()
    partner.objects.clear()
    Connector.objects.filter(evse__number=1).update(status="Charging")
    before = len(partner.requests)

    work()

    assert [r.method for r in partner.requests[before:]] == ["PATCH", "GET", "PUT"]
    assert RoamingShare.objects.filter(dirty_at__isnull=False).count() == 0


def test_a_cdr_cannot_be_changed(ours, msp, partner, site):
    connect(msp)
    settled_session(site, msp)
    work()
    row = RoamingObject.objects.get(kind="cdr")
    with pytest.raises(DatabaseError, match="never changed"), database.cursor() as cursor:
        cursor.execute("UPDATE billing_roamingobject SET body = '{}' WHERE id = %s", [row.pk])


def test_everything_is_sent_once_more_when_a_person_asks(ours, msp, partner, site):
    connect(msp)
    work()
    partner.objects.clear()
    pushing.mark_everything(connection_of(msp), kinds=["location", "tariff"], now=datetime.now(tz=UTC))
    work()
    assert len(partner.held("locations")) == len(partner.held("tariffs")) == 1


def test_a_partner_without_the_endpoint_is_not_asked_for_ever(ours, msp, partner, site):
    connect(msp)
    connection = connection_of(msp)
    connection.endpoints = [entry for entry in connection.endpoints if entry["identifier"] != "tariffs"]
    connection.save()
    work()
    assert pushes(partner, "tariffs") == []
    assert RoamingShare.objects.get(object__kind="tariff").dirty_at is None
