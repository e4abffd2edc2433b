"""Stays: a guest's card may charge at their unit between arrival and departure. One row for each card."""

from datetime import timedelta

import pytest

from authorization.models import Stay
from authorization.visits.stays import State
from tests.kit import site as sites
from tests.kit.connected_systems import connect
from tests.kit.property_systems import airbnb, blocked, reserved
from tests.kit.sync import failed, guesty, read, shown, site, systems, villa

__all__ = ["site", "systems", "villa"]
pytestmark = pytest.mark.django_db
NOON = sites.NOON
"""10 March 2026; the site's clock is New York's, four hours behind."""
DAY = timedelta(days=1)


def test_one_that_vanished_is_ended_once_two_good_readings_agree(villa, systems):
    read(villa)
    systems.calendar = airbnb(blocked("20260501", "20260601"))

    assert read(villa, at=NOON + DAY / 2).changed == 0
    systems.broken = [(200, {}, b"<html>Log in</html>")]
    assert failed(villa, at=NOON + DAY / 2) == "not_a_calendar"
    assert shown()[1][2] is State.COMING
    assert read(villa, at=NOON + DAY).changed == 1
    assert shown(NOON + DAY) == [("HMBBB22222", "2b", State.RUNNING), ("HMAAA11111", "2b", State.CANCELLED)]


def test_an_event_that_cannot_be_read_ends_nobodys_stay(villa, systems):
    read(villa)
    systems.calendar = airbnb(reserved("HMAAA11111", "20260403", "20260401"))
    for at in (NOON + DAY / 4, NOON + DAY / 2):
        read(villa, at=at)

    villa.refresh_from_db()
    assert villa.refused_rows == ["HMAAA11111 ends before it begins."]
    assert shown()[1] == ("HMAAA11111", "2b", State.COMING)


def test_a_no_show_and_an_inquiry(site, systems):
    systems.listings = [{"_id": "l1"}]
    systems.reservations = [guesty("r1", status="no_show"), guesty("r2", status="inquiry")]
    read(connect(site, "guesty", systems.url, mapped="l1"))

    assert shown() == [("r1", "2b", State.NO_SHOW)]


def test_hospitable_is_read_property_by_property(site, systems):
    systems.listings = [{"id": "p1", "name": "2B"}, {"id": "p2", "name": "3C"}]
    systems.reservations = [
        {
            "id": f"r-{listing}",
            "code": f"HM{listing}",
            "listing": listing,
            "arrival_date": "2026-04-01T00:00:00-04:00",
            "departure_date": "2026-04-04T00:00:00-04:00",
            "reservation_status": {"current": {"category": "accepted"}},
        }
        for listing in ("p1", "p2")
    ]
    connection = connect(site, "hospitable", systems.url, mapped="p1")

    assert read(connection).stays == 2
    assert shown() == [("r-p1", "2b", State.COMING)]
    assert [query["properties[]"] for query in systems.queries("/v2/reservations")] == [["p1"], ["p2"]]


def test_mews_is_read_in_spans_that_it_takes_and_what_is_cancelled_there_ends_here(site, systems):
    systems.listings = [{"Id": "room-101", "Name": "2B", "IsActive": True}]
    systems.customers = [{"Id": "guest-1", "FirstName": "Melanie", "LastName": "Huber", "Phone": "+1 555 4711"}]
    systems.reservations = [
        {
            "Id": key,
            "AccountId": "guest-1",
            "ServiceId": "stay",
            "AssignedResourceId": "room-101",
            "State": "Confirmed",
            "StartUtc": f"{month}-01T19:00:00Z",
            "EndUtc": f"{month}-03T15:00:00Z",
            "UpdatedUtc": "2026-03-01T10:00:00Z",
        }
        for key, month in (("r-1", "2026-04"), ("r-2", "2027-01"), ("r-3", "2029-01"))
    ]
    connection = connect(site, "mews", systems.url, mapped="room-101")

    assert read(connection).changed == 2  # the third is further ahead than is asked for
    assert shown() == [("r-1", "2b", State.COMING), ("r-2", "2b", State.COMING)]
    assert Stay.objects.get(external_key="r-1").guest_name == "Melanie Huber"
    systems.reservations[0] |= {"State": "Canceled", "UpdatedUtc": "2026-03-10T16:00:00Z"}
    assert read(connection, at=NOON + timedelta(minutes=20)).changed == 1
    assert Stay.objects.get(external_key="r-1").cancelled_at == NOON + timedelta(minutes=20)
