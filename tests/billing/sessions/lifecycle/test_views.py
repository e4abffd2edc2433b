"""The list of sessions: ordered by their start, found by days, with duration, payment and a CSV of the same rows."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from billing.models import Session
from billing.sessions.refunds import refunds
from chargers.models import Property
from tests.kit import charging
from tests.kit.charging import YESTERDAY
from tests.kit.world import make_charger


@pytest.fixture
def priced(world):
    Property.objects.update(access="guest", time_zone="Europe/Amsterdam")
    world.charger.property.refresh_from_db()
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    return world


def listed(client, **query):
    """The ids of the sessions, in the order of the page."""
    return re.findall(r'href="/sessions/([0-9a-f-]{36})/"', client.get("/sessions/", query).content.decode())


def downloaded(client, **query):
    response = client.get("/sessions/sessions.csv", query)
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_latest_start_comes_first_also_of_what_was_reported_late(priced, client_of):
    """A charger without a line reports a morning's session in the evening."""
    reported_first = charging.charge(priced.charger, at=YESTERDAY)
    reported_last = charging.charge(priced.charger, at=YESTERDAY - timedelta(hours=9))

    assert listed(client_of(priced.owner)) == [str(reported_first.pk), str(reported_last.pk)]


def test_pages_follow_the_same_order(priced, client_of):
    for number in range(52):
        charging.start(priced.charger, uid="04A1B2C3D4", at=YESTERDAY - timedelta(minutes=(number * 37) % 52))
    client = client_of(priced.owner)

    first = listed(client)
    rest = listed(client, before=first[-1])

    by_start = [str(key) for key in Session.objects.order_by("-started_at", "-id").values_list("pk", flat=True)]
    assert first + rest == by_start


def test_a_day_is_the_propertys_day(priced, client_of):
    """23:30 UTC is half past midnight of the next day in Amsterdam's winter."""
    late = datetime(2026, 1, 14, 23, 30, tzinfo=UTC)
    session = charging.charge(priced.charger, at=YESTERDAY)
    Session.objects.filter(pk=session.pk).update(started_at=late)
    client = client_of(priced.owner)

    assert listed(client, since="2026-01-15", until="2026-01-15") == [str(session.pk)]
    assert listed(client, since="2026-01-14", until="2026-01-14") == []
    assert listed(client, since="2026-01-16") == []
    assert listed(client, until="2026-01-14") == []


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_days_at_the_ends_of_the_calendar_are_no_error(priced, client_of, day):
    charging.charge(priced.charger)

    assert client_of(priced.owner).get("/sessions/", {"since": day, "until": day}).status_code == 200


def test_a_date_that_is_none_is_named(priced, client_of):
    text = client_of(priced.owner).get("/sessions/", {"since": "soon"}).content.decode()

    assert "From: Enter a valid date." in text


def test_it_shows_how_long_each_lasted_and_how_long_it_stayed(priced, client_of):
    session = charging.overstay(priced.charger, late=timedelta(minutes=40))

    text = client_of(priced.owner).get("/sessions/").content.decode()

    session.refresh_from_db()
    assert session.ratings.latest("id").report["idle_minutes"] > 0
    assert f"{session.ratings.latest('id').report['idle_minutes']} min idle" in text


def test_it_shows_what_a_running_session_has_taken_so_far(priced, client_of):
    row = charging.start(priced.charger, uid="04A1B2C3D4", at=YESTERDAY)
    row.register_wh = row.meter_start_wh + 7_250
    row.save(update_fields=["register_wh"])

    text = client_of(priced.owner).get("/sessions/").content.decode()

    assert "7.250 kWh" in text
    assert "so far" in text


def test_it_shows_what_a_driver_has_not_paid(priced, client_of):
    charging.guest(priced.charger, held_minor=500)

    assert "$4.00 not paid" in client_of(priced.owner).get("/sessions/").content.decode()


def test_the_csv_has_the_rows_of_the_list_and_its_sums(priced, client_of):
    first = charging.guest(priced.charger, held_minor=500)
    second = charging.charge(priced.charger, at=YESTERDAY - timedelta(hours=9), wh=10_000)
    client = client_of(priced.owner)

    rows = downloaded(client)

    assert [row["session"] for row in rows] == [str(first.pk), str(second.pk)] == listed(client)
    assert [row["amount"] for row in rows] == ["9.00", "5.00"]
    assert [row["unpaid"] for row in rows] == ["4.00", ""]
    assert [row["energy_kwh"] for row in rows] == ["20.000", "10.000"]
    assert rows[0]["time_zone"] == "Europe/Amsterdam"
    began = datetime.fromisoformat(rows[0]["began_at"])
    assert began == first.started_at
    assert began.utcoffset() == first.started_at.astimezone(ZoneInfo("Europe/Amsterdam")).utcoffset()
    assert [row["session"] for row in downloaded(client, audience="guest")] == [str(first.pk)]


def test_the_csv_masks_guests_and_is_inert(priced, client_of):
    session = charging.guest(priced.charger)
    Session.objects.filter(pk=session.pk).update(guest_email="guest@example.com")
    Property.objects.update(name="=1+1")

    row = downloaded(client_of(priced.owner))[0]

    assert row["guest"] == "g…@example.com"
    assert row["property"] == "'=1+1"


def test_the_csv_has_the_card_that_the_list_shows_also_without_a_token_of_it(priced, client_of):
    roaming, guest = charging.charge(priced.charger), charging.guest(priced.charger)
    Session.objects.filter(pk=roaming.pk).update(token=None, id_token="PARTNER0001", audience="roaming")

    found = {row["session"]: row["token"] for row in downloaded(client_of(priced.owner))}

    assert found == {str(roaming.pk): "PARTNER0001", str(guest.pk): ""}


@pytest.mark.parametrize("who", ["stranger"])
def test_the_csv_has_what_the_viewer_may_see_only(priced, client_of, who):
    charging.charge(priced.charger)

    assert downloaded(client_of(getattr(priced, who))) == []


def test_the_list_costs_the_same_queries_for_one_row_and_for_many(priced, client_of, django_assert_num_queries):
    client = client_of(priced.owner)
    charging.charge(priced.charger)
    client.get("/sessions/")
    for number in range(6):
        charging.charge(make_charger(priced.site, f"MORE{number}", station_id=f"MORE{number}"))

    with django_assert_num_queries(8):
        client.get("/sessions/", {"until": "2200-01-01"})


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"since": "soon"}, "From: Enter a valid date."),
        ({"since": "2026-02-01", "until": "2026-01-01"}, "To: The end is before the start, 1 February 2026"),
        ({"state": "nonsense"}, "State: Select a valid choice."),
    ],
)
def test_the_csv_of_a_filter_that_makes_no_sense_is_refused(priced, client_of, query, sentence):
    charging.charge(priced.charger, at=YESTERDAY)

    response = client_of(priced.owner).get("/sessions/sessions.csv", query)

    assert response.status_code == 400
    assert response.content.decode().startswith(sentence)


def test_days_in_the_wrong_order_are_named_at_the_field_and_list_nothing(priced, client_of):
    charging.charge(priced.charger, at=YESTERDAY)
    client, query = client_of(priced.owner), {"since": "2026-02-01", "until": "2026-01-01"}

    page = client.get("/sessions/", query).content.decode()

    field = page[page.index('id="id_until"') :]
    assert "The end is before the start, 1 February 2026." in field[: field.index("</div>")]
    assert listed(client, **query) == []


def test_the_filters_are_not_filled_in_by_the_browser(priced, client_of):
    page = client_of(priced.owner).get("/sessions/").content.decode()

    for name in ("since", "until"):
        [field] = re.findall(rf'<input[^>]*name="{name}"[^>]*>', page)
        assert 'autocomplete="off"' in field


def test_the_csv_has_the_numbers_of_a_sessions_receipts_and_credit_notes(priced, client_of):
    session = charging.charge(priced.charger, at=YESTERDAY)
    refunds.send(charging.refund(session).pk, now=YESTERDAY + timedelta(hours=4))
    running = charging.start(priced.charger, uid="04A1B2C3D4", at=YESTERDAY + timedelta(hours=5))
    labels = [one.label for one in session.receipts.order_by("pk")]

    rows = {row["session"]: row for row in downloaded(client_of(priced.owner))}

    assert len(labels) == 2
    assert rows[str(session.pk)]["receipts"] == " ".join(labels)
    assert rows[str(running.session.pk)]["receipts"] == ""


def test_the_csv_has_what_the_host_pays_by_the_rate(world, client_of):
    Property.objects.update(access="guest")
    borne = charging.PLAIN | {"processing_fee": "0.30", "processing_pct": "10", "processing_paid_by": "host"}
    charging.assign(charging.make_rate(world.host, definition=borne), world.site, "guest")
    session = charging.guest(world.charger)
    total = session.receipts.get().rating.total_minor

    [row] = downloaded(client_of(world.owner))

    assert row["host_costs_minor"] == str(30 + total // 10)
    assert float(row["host_costs"]) * 100 == pytest.approx(30 + total / 10)
