"""Bookings become stays: over real sockets, from four systems, with what each of them does to those who read it."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization import tasks
from authorization.models import PmsConnection, Stay
from authorization.pms import connections, sync
from authorization.pms.connections import Target
from authorization.visits import phone_digits
from authorization.visits.stays import State
from chargers.models import Unit
from tests.kit import site as sites
from tests.kit.connected_systems import connect
from tests.kit.property_systems import airbnb, blocked
from tests.kit.sync import failed, guesty, read, shown, site, systems, villa

__all__ = ["site", "systems", "villa"]
pytestmark = pytest.mark.django_db
NOON = sites.NOON
"""10 March 2026; the site's clock is New York's, four hours behind."""
DAY = timedelta(days=1)


def test_a_calendar_becomes_stays_with_the_propertys_hours(villa, site):
    outcome = read(villa)

    assert (outcome.stays, outcome.changed, outcome.failure) == (2, 2, None)
    assert shown() == [("HMBBB22222", "2b", State.RUNNING), ("HMAAA11111", "2b", State.COMING)]
    coming = Stay.objects.get(external_key="HMAAA11111")
    assert coming.arrives_at == datetime(2026, 4, 1, 19, tzinfo=UTC)
    assert coming.departs_at == datetime(2026, 4, 3, 15, tzinfo=UTC)
    assert (coming.access_from, coming.access_to) == (
        datetime(2026, 4, 1, 17, tzinfo=UTC),
        datetime(2026, 4, 3, 16, tzinfo=UTC),
    )
    assert (coming.reference, coming.token) == ("HMAAA11111", None)
    assert "1234" not in coming.phone_hash
    assert coming.phone_hash == phone_digits.hash_for_booking(villa.pk, "HMAAA11111", "1234")


def test_the_same_calendar_twice_changes_nothing(villa):
    read(villa)

    assert read(villa, at=NOON + DAY).changed == 0


def test_one_that_comes_back_is_reinstated_with_its_card(villa, systems, site):
    read(villa)
    calendar, card = systems.calendar, sites.own_token(site)
    Stay.objects.filter(external_key="HMAAA11111").update(token=card)
    systems.calendar = airbnb(blocked("20260501", "20260601"))
    read(villa, at=NOON + DAY / 4)
    read(villa, at=NOON + DAY / 2)
    systems.calendar = calendar

    assert read(villa, at=NOON + DAY).changed == 1
    stay = Stay.objects.get(external_key="HMAAA11111")
    assert (stay.cancelled_at, stay.token) == (None, card)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((200, {}, b""), "not_a_calendar"),
        ((200, {}, b"<!doctype html><p>Log in</p>"), "not_a_calendar"),
        ((200, {}, airbnb()), "empty_calendar"),
        ((200, {}, b"BEGIN:VCALENDAR\r\n" + b"x" * (6 * 1024 * 1024)), "too_large"),
        ((200, {}, airbnb(*["BEGIN:VEVENT\r\nEND:VEVENT"] * 5_001)), "too_many"),
        ((404, {}, b""), "address_gone"),
        ((302, {"Location": "/elsewhere"}, b""), "address_moved"),
        ((500, {}, b""), "server_error"),
        ((403, {}, b""), "not_permitted"),
    ],
)
def test_each_failure_has_its_code_and_leaves_the_stays(villa, systems, answer, code):
    read(villa)
    systems.broken = [answer]

    assert failed(villa, at=NOON + DAY / 2) == code
    assert connections.failure(villa).sentence.endswith(".")
    assert [row[2] for row in shown()] == [State.RUNNING, State.COMING]


def test_failures_are_tried_again_later_each_time_and_forgotten_at_the_first_good_one(villa, systems):
    pauses = []
    for n in range(3):
        systems.broken = [(500, {}, b"")]
        failed(villa, at=NOON + n * DAY)
        pauses.append(villa.next_due_at - (NOON + n * DAY))
    assert [pause.total_seconds() / 60 for pause in pauses] == [15, 30, 60]
    assert (villa.failures, villa.failing_since) == (3, NOON)

    read(villa, at=NOON + 3 * DAY)
    villa.refresh_from_db()
    assert (villa.failures, villa.failing_since, villa.failure_code) == (0, None, "")


def test_it_waits_as_long_as_the_system_says(villa, systems):
    systems.broken = [(429, {"Retry-After": "1800"}, b"")]

    assert failed(villa) == "slow_down"
    assert villa.next_due_at == NOON + timedelta(minutes=30)
    assert (
        connections.failure(villa).sentence == "The calendar's server asked to wait (429) until 2026-03-10 16:30 UTC."
    )


def test_a_private_address_is_not_called(villa, settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = []

    assert failed(villa) == "address_private"


def test_two_workers_never_read_one_connection(villa):
    PmsConnection.objects.filter(pk=villa.pk).update(leased_until=NOON + timedelta(minutes=1))

    assert sync.run(villa.pk, now=NOON) is None
    assert sync.run(villa.pk, now=NOON + timedelta(minutes=2)) is not None


def test_a_worker_takes_what_is_due_and_nothing_that_is_paused(villa, systems):
    assert tasks.sync_stays_of(villa.pk)
    assert not tasks.sync_stays_of(villa.pk)
    connections.pause(villa)
    connections.ask(villa, now=NOON)

    assert connections.due(now=datetime.now(tz=UTC) + DAY) == []


def test_bookings_wait_for_their_unit_and_nothing_is_lost(site, systems):
    systems.listings = [{"_id": "l1", "nickname": "Apartment 2B"}, {"_id": "l2", "nickname": "Garden house"}]
    systems.reservations = [guesty("r1", listing="l1"), guesty("r2", listing="l2"), guesty("r3", listing="l2")]
    connection = connect(site, "guesty", systems.url)

    outcome = read(connection)

    assert (outcome.stays, outcome.changed) == (3, 0)
    waiting = {row.key: row for row in connections.unmapped_listings(PmsConnection.objects.all())}
    assert {key: row.waiting for key, row in waiting.items()} == {"l1": 1, "l2": 2}
    choices = connections.targets(site.host)
    assert connections.suggestion(waiting["l1"].name, choices) == Target(site.property, site.unit)
    assert connections.suggestion(waiting["l2"].name, choices) is None

    connections.map_listing(waiting["l1"], Target(site.property, site.unit), now=NOON)
    assert connections.due(now=NOON) == [connection.pk]
    assert read(connection).changed == 1
    assert shown() == [("r1", "2b", State.COMING)]


def test_guesty_pages_and_one_token_serves_all_readings(site, systems):
    systems.listings = [{"_id": "l1", "nickname": "2B"}]
    systems.reservations = [guesty(f"r{n}") for n in range(150)]
    connection = connect(site, "guesty", systems.url, mapped="l1")

    assert read(connection).changed == 150
    assert read(connection, at=NOON + timedelta(hours=1)).changed == 0
    assert systems.tokens == ["token-1"]
    connection.refresh_from_db()
    assert "token-1" not in connection.token_encrypted
    assert Stay.objects.get(external_key="r1").reference == "CODEr1"


def test_a_token_that_was_withdrawn_is_renewed_and_never_more_than_five_times_a_day(site, systems):
    systems.listings = [{"_id": "l1"}]
    connection = connect(site, "guesty", systems.url, mapped="l1")
    for n in range(5):
        assert read(connection, at=NOON + n * timedelta(hours=1)).failure is None
        systems.tokens[-1] += "-withdrawn"

    assert failed(connection, at=NOON + timedelta(hours=6)) == "token_budget"
    assert len(systems.queries("/oauth2/token")) == 5
    assert connection.next_due_at == NOON + DAY


def test_a_move_a_reinstatement_and_a_late_answer_are_one_stay(site, systems):
    Unit.objects.create(property=site.property, slug="3c", name="Apartment 3C")
    systems.listings = [{"_id": "l1"}, {"_id": "l2"}]
    systems.reservations = [guesty("r1")]
    connection = connect(site, "guesty", systems.url, mapped="l1")
    read(connection)
    second = connection.listings.get(key="l2")
    connections.map_listing(second, connections.target(site.host, "sunset-1/3c"), now=NOON)
    stay = Stay.objects.get()

    systems.reservations = [guesty("r1", listing="l2", updated="2026-03-02T10:00:00Z")]
    assert read(connection).changed == 1
    systems.reservations = [guesty("r1", listing="l1", updated="2026-03-01T12:00:00Z")]
    assert read(connection).changed == 0
    systems.reservations = [guesty("r1", listing="l2", status="canceled", updated="2026-03-03T10:00:00Z")]
    assert read(connection).changed == 1
    assert shown() == [("r1", "3c", State.CANCELLED)]
    systems.reservations = [guesty("r1", listing="l2", updated="2026-03-04T10:00:00Z")]
    assert read(connection).changed == 1
    assert shown() == [("r1", "3c", State.COMING)]
    assert Stay.objects.get().pk == stay.pk


def test_wrong_credentials_are_the_hosts_move(site, systems):
    connection = connect(site, "track", systems.url)
    connections.replace(
        connection,
        connections.ConnectionSettings(
            name="x", kind="track", url=systems.url, credentials={"key": "key", "secret": "old"}
        ),
        now=NOON,
    )

    assert failed(connection) == "credentials_refused"
    assert connections.failure(connection).whose_move == "the host"


def test_mews_with_another_token_says_who_moves(site, systems):
    connection = connect(site, "mews", systems.url)
    connections.replace(
        connection,
        connections.ConnectionSettings(
            name="x", kind="mews", url=systems.url, credentials={"client_token": "client", "access_token": "old"}
        ),
        now=NOON,
    )

    assert failed(connection) == "credentials_refused"


def test_cloudbeds_is_read_page_by_page(site, systems):
    systems.listings = [{"roomID": "77-1", "roomName": "2B"}]
    systems.reservations = [
        {
            "propertyID": "77",
            "reservationID": f"{8000 + n}",
            "status": "confirmed",
            "startDate": "2026-04-01",
            "endDate": "2026-04-03",
            "rooms": [{"roomID": "77-1"}],
        }
        for n in range(120)
    ]
    connection = connect(site, "cloudbeds", systems.url, mapped="77-1")

    assert read(connection).stays == 120
    assert [query["pageNumber"] for query in systems.queries("/api/v1.3/getReservations")] == [["1"], ["2"]]
    assert {row.key for row in connection.listings.all()} == {"77", "77-1"}


def test_what_cloudbeds_refuses_with_200_is_no_house_without_bookings(site, systems):
    connection = connect(site, "cloudbeds", systems.url, mapped="77-1")
    systems.broken = [(200, {}, b'{"success": true, "data": []}'), (200, {}, b'{"success": false, "message": "No"}')]

    assert failed(connection) == "unreadable_answer"


def track(key, *, unit=12, updated="2026-03-01T10:00:00Z", status="Confirmed"):
    return {
        "id": key,
        "unitId": unit,
        "status": status,
        "arrivalDate": "2026-04-01",
        "departureDate": "2026-04-04",
        "updatedAt": updated,
    }


def test_track_is_asked_for_changes_with_five_minutes_overlap(site, systems):
    systems.page = 2
    systems.listings = [{"id": 12, "name": "2B"}]
    systems.reservations = [track(n) for n in range(5)]
    connection = connect(site, "track", systems.url, mapped="12")

    assert read(connection).changed == 5
    connection.refresh_from_db()
    systems.reservations[0] = track(0, updated="2026-03-10T15:58:00Z", status="Cancelled")
    assert read(connection, at=NOON + timedelta(minutes=5)).changed == 1

    asked = systems.queries("/pms/reservations")
    assert "updatedSince" not in asked[0]
    assert asked[3]["updatedSince"] == ["2026-03-10T15:55:00Z"]
    read(connection, at=NOON + 2 * DAY)  # once a day all of it
    assert all("updatedSince" not in one for one in systems.queries("/pms/reservations")[4:])


def test_a_next_page_elsewhere_does_not_get_the_key(site, systems):
    systems.broken = [
        (200, {}, b'{"_embedded": {"units": []}, "_links": {"next": {"href": "http://127.0.0.1:1/pms/units"}}}')
    ]
    connection = connect(site, "track", systems.url)

    assert failed(connection) == "unreadable_answer"


def test_nesting_without_end_is_an_answer_that_cannot_be_read(site, systems):
    systems.broken = [(200, {}, b"[" * 200_000)]

    assert failed(connect(site, "track", systems.url)) == "unreadable_answer"


def test_a_removed_connection_cancels_what_is_to_come_and_lets_guests_stay(villa):
    read(villa)

    assert connections.remove(villa, now=NOON) == 1
    assert shown() == [("HMBBB22222", "2b", State.RUNNING), ("HMAAA11111", "2b", State.CANCELLED)]


def test_a_key_that_opens_the_bookings_alone_is_enough(site, systems):
    connection = connect(site, "hospitable", systems.url, mapped="p1")
    systems.reservations = [
        {
            "id": "r1",
            "listing": "p1",
            "arrival_date": "2026-04-01",
            "departure_date": "2026-04-04",
            "check_in": "2026-04-01T13:00:00-04:00",
            "reservation_status": {"current": {"category": "accepted"}},
        }
    ]
    systems.broken = [(403, {}, b"{}")]

    assert read(connection).changed == 1
    assert Stay.objects.get().arrives_at == datetime(2026, 4, 1, 17, tzinfo=UTC)
