"""A strict partner is pushed what changes, in every version, as state and not as old messages."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection as database
from django.db.utils import DatabaseError

from billing.models import (
    LedgerAccount,
    Posting,
    Rate,
    RateAssignment,
    RateVersion,
    Rating,
    RoamingObject,
    RoamingShare,
)
from billing.roaming.pushes import pushing
from chargers.models import Charger, Connector, Property
from tests.billing.roaming.conftest import NOW, connect, connection_of, roaming_session, work
from tests.kit.pushing import body_of, finish, pushes, settled_session

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


def test_a_new_price_is_put_and_a_rate_without_use_is_deleted(ours, msp, partner, site):
    connect(msp)
    work()
    rate = Rate.objects.get()
    definition = rate.versions.get().definition | {"energy": [{"name": "all day", "price": "0.50"}]}
    RateVersion.objects.create(rate=rate, number=2, definition=definition, created_at=datetime.now(tz=UTC))
    work()
    elements = body_of(partner, "tariffs")["elements"]
    assert [e["price_components"][0]["price"] for e in elements] == [0.5, 0.5, 6]

    other = Rate.objects.create(host=site.host, slug="other", name="Other", currency="EUR")
    RateVersion.objects.create(rate=other, number=1, definition=definition, created_at=NOW)
    RateAssignment.objects.update(rate=other)
    work()
    assert pushes(partner, "tariffs")[-2:] == [("PUT", "/NL/SUN/other"), ("DELETE", "/NL/SUN/plain")]
    assert partner.complaints == []


def test_a_partner_with_its_own_rate_sees_that_one(ours, msp, partner, site):
    own = Rate.objects.create(host=site.host, slug="special", name="Special", currency="EUR")
    definition = {"energy": [{"name": "all day", "price": "0.30"}]}
    RateVersion.objects.create(rate=own, number=1, definition=definition, created_at=NOW)
    RateAssignment.objects.create(rate=own, property=site.place, audience="roaming", msp=msp)
    connect(msp)
    work()
    location = body_of(partner, "locations")
    assert location["evses"][0]["connectors"][0]["tariff_ids"] == [f"special.p{msp.pk}"]
    assert partner.complaints == []


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
def test_a_session_and_its_cdr_reach_the_partner(ours, msp, partner, site, version):
    partner.version, partner.versions = version, (version,)
    connect(msp)
    session = roaming_session(site, msp, at=datetime.now(tz=UTC) - timedelta(hours=2), settles=False)
    work()
    assert body_of(partner, "sessions")["status"] == "ACTIVE"

    finish(site, session)
    work()

    assert partner.complaints == []
    assert body_of(partner, "sessions")["status"] == "COMPLETED"
    cdr = body_of(partner, "cdrs")
    assert cdr["total_energy"] == 12
    assert (
        cdr["total_cost"]
        == {
            "2.1.1": 5.9,
            "2.2.1": {"excl_vat": 5.9, "incl_vat": 7.14},
            "2.3.0": {"before_taxes": 5.9, "taxes": [{"name": "VAT", "percentage": 21.0, "amount": 1.24}]},
        }[version]
    )
    assert len(partner.held("cdrs")) == 1
    share = RoamingShare.objects.get(object__kind="cdr")
    assert share.stored_url == f"{partner.url}/ocpi/{version}/cdrs/{cdr['id']}"


def test_a_session_before_the_first_handshake_owes_no_cdr(ours, msp, partner, site):
    settled_session(site, msp)
    connect(msp)
    work()
    assert partner.held("cdrs") == []


def test_a_cdr_cannot_be_changed(ours, msp, partner, site):
    connect(msp)
    settled_session(site, msp)
    work()
    row = RoamingObject.objects.get(kind="cdr")
    with pytest.raises(DatabaseError, match="never changed"), database.cursor() as cursor:
        cursor.execute("UPDATE billing_roamingobject SET body = '{}' WHERE id = %s", [row.pk])


def test_a_price_that_is_replaced_is_credited_and_sent_anew(ours, msp, partner, site):
    connect(msp)
    session = settled_session(site, msp)
    work()
    (first,) = partner.held("cdrs")
    final = session.ratings.get(kind="final")
    Rating.objects.filter(pk=final.pk).update(kind="replaced")
    final.pk, final.kind, final.created_at = None, "final", datetime.now(tz=UTC) + timedelta(seconds=1)
    final.net_minor, final.tax_minor, final.total_minor = 500, 105, 605
    final.save(force_insert=True)

    work()
    work()

    by_id = {cdr["id"]: cdr for cdr in partner.held("cdrs")}
    credit = by_id.pop(f"{first['id']}-C")
    assert (credit["credit"], credit["credit_reference_id"]) == (True, first["id"])
    assert credit["total_cost"] == {"excl_vat": -5.9, "incl_vat": -7.14}
    assert credit["total_energy_cost"] == first["total_energy_cost"]
    del by_id[first["id"]]
    (again_sent,) = by_id.values()
    assert again_sent["total_cost"] == {"excl_vat": 5, "incl_vat": 6.05}
    assert partner.complaints == []


def test_what_a_driver_owes_is_owed_by_the_partner(ours, msp, partner, site):
    connect(msp)
    settled_session(site, msp)
    account = LedgerAccount.objects.get(code="roaming_receivable")
    assert sum(Posting.objects.filter(account=account).values_list("amount_minor", flat=True)) == 714


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
