"""Sessions: opened by a guest or by a transaction, advanced by the charger's messages."""

from datetime import timedelta

import pytest

from billing.models import Receipt, SimulatedPayment
from billing.sessions.lifecycle import lifecycle
from billing.sessions.settlement import settle
from chargers.models import Charger
from chargers.sentences import stored
from tests.billing.conftest import NOON, minutes
from tests.kit.settle import guest, late, plug_in

GOOD, LOST_AUTHORIZE, LOST_CAPTURE = "4242424242424242", "4000000000000119", "4000000000000341"


def test_it_captures_what_a_guest_used_and_releases_the_rest(site):
    site.rate("guest")
    session, hold = guest(site)
    assert (hold.state, hold.last4) == ("authorised", "4242")
    session.refresh_from_db()
    assert session.expires_at == NOON + lifecycle.TIME_TO_PLUG_IN
    row = plug_in(site, session, at=minutes(2))
    session.refresh_from_db()
    assert (session.state, session.transaction) == ("charging", row)
    site.stop(row, 6000, at=minutes(60), reason="EVDisconnected")

    site.work(now=minutes(61))

    hold.refresh_from_db()
    assert (hold.state, hold.captured_minor) == ("captured", 300)
    assert SimulatedPayment.objects.get().captured_minor == 300
    assert Receipt.objects.get().document["payment"] == {
        "processor": "simulated",
        "last4": "4242",
        "held_minor": 4000,
        "captured_minor": 300,
        "released_minor": 3700,
        "outstanding_minor": 0,
    }


def test_it_gives_one_guest_an_outlet(site):
    site.rate("guest")
    first, _ = guest(site)
    order = lifecycle.GuestOrder(charger=site.charger, evse_number=1)
    with pytest.raises(lifecycle.OccupiedError):
        lifecycle.open_for_guest(order, now=NOON)

    settle.fail(first.pk, why=stored.free("The charger refused."), now=NOON)

    assert lifecycle.open_for_guest(order, now=NOON).state == "waiting"


def test_it_sells_nothing_without_a_price(site):
    with pytest.raises(lifecycle.NoRateError, match="have no rate"):
        lifecycle.open_for_guest(lifecycle.GuestOrder(charger=site.charger, evse_number=1), now=NOON)


def test_it_gives_up_who_does_not_plug_in(site):
    site.rate("guest")
    session, hold = guest(site)

    site.work(now=NOON + lifecycle.TIME_TO_PLUG_IN - timedelta(seconds=1))
    session.refresh_from_db()
    assert session.state == "waiting"
    site.work(now=NOON + lifecycle.TIME_TO_PLUG_IN)

    session.refresh_from_db()
    hold.refresh_from_db()
    assert (session.state, hold.state) == ("failed", "voided")


def test_it_tells_the_running_cost_from_the_same_engine(site):
    site.rate("member")
    row = site.transaction()
    session = site.begin(row)
    site.reading(row, 3500, at=minutes(30))
    session.refresh_from_db()

    report = lifecycle.running_cost(session, now=minutes(31))

    assert report is not None
    assert (report.energy_wh, report.total_minor) == (2500, 200)
    assert any("Still running" in note.sentence for note in report.notes)


def test_it_begins_a_session_with_two_statements(site, django_assert_max_num_queries):
    site.rate("member")
    row, decision = site.transaction(), site.decision()

    with django_assert_max_num_queries(2):
        lifecycle.begin(row, charger=site.charger, decision=decision, now=NOON)
    with django_assert_max_num_queries(1):
        lifecycle.stop(row)


def test_a_stop_that_came_33_minutes_late_while_in_contact_bills_no_idle_minutes(site):
    site.rate("member")
    row = site.transaction(ocpp_version="2.0.1")
    session = site.begin(row)
    site.heard(since=NOON, until=minutes(93))
    late(site, row, stopped=minutes(60), received=minutes(93))
    site.status("Available", at=minutes(93))

    site.work(now=minutes(94))

    session.refresh_from_db()
    document = Receipt.objects.get().document
    assert session.stopped_at == minutes(60)
    assert document["report"]["idle_minutes"] == 0
    assert "out of contact" in str(document["report"]["notes"])


def test_a_car_that_was_seen_until_it_left_pays_though_its_stop_came_late(site):
    site.rate("member")
    row = site.transaction(ocpp_version="2.0.1")
    site.begin(row)
    site.heard(since=NOON, until=minutes(93))
    site.status("Finishing", at=minutes(92))
    late(site, row, stopped=minutes(60), received=minutes(93))
    site.status("Available", at=minutes(93))

    site.work(now=minutes(94))

    assert Receipt.objects.get().document["report"]["idle_minutes"] == 23


def test_a_status_without_a_time_of_a_charger_whose_clock_is_slow_ends_the_occupancy_when_it_came(site):
    Charger.objects.filter(pk=site.charger.pk).update(clock_offset_s=-33 * 60)
    site.charger.refresh_from_db()
    site.rate("member")
    row = site.transaction(ocpp_version="2.0.1", at=minutes(40 - 33))
    session = site.begin(row)
    site.heard(since=NOON, until=minutes(102))
    late(site, row, stopped=minutes(100 - 33), received=minutes(100))
    site.status("Available", at=minutes(101))

    site.work(now=minutes(102))

    session.refresh_from_db()
    assert (session.started_at, session.stopped_at, session.unplugged_at) == (minutes(40), minutes(100), minutes(101))
    assert Receipt.objects.get().document["report"]["idle_minutes"] == 0
