"""The list of sessions: ordered by their start, found by days, with duration, payment and a CSV of the same rows."""

import re
from datetime import timedelta

from billing.models import Session
from tests.kit import charging
from tests.kit.charging import YESTERDAY
from tests.kit.lifecycle_pages import listed, priced
from tests.kit.world import make_charger

__all__ = ["priced"]


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


def test_the_list_costs_the_same_queries_for_one_row_and_for_many(priced, client_of, django_assert_num_queries):
    client = client_of(priced.owner)
    charging.charge(priced.charger)
    client.get("/sessions/")
    for number in range(6):
        charging.charge(make_charger(priced.site, f"MORE{number}", station_id=f"MORE{number}"))

    with django_assert_num_queries(8):
        client.get("/sessions/", {"until": "2200-01-01"})


def test_the_filters_are_not_filled_in_by_the_browser(priced, client_of):
    page = client_of(priced.owner).get("/sessions/").content.decode()

    for name in ("since", "until"):
        [field] = re.findall(rf'<input[^>]*name="{name}"[^>]*>', page)
        assert 'autocomplete="off"' in field
