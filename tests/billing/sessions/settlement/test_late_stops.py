"""A stop that comes after its session was closed without one."""

from datetime import timedelta

import pytest
from django.test import Client

from billing.models import Receipt, Refund, Session
from billing.sessions.settlement import late_stops
from tests.billing.conftest import minutes
from tests.kit.settle import closed, stops


def test_it_gives_back_what_was_too_much(site):
    _, row = closed(site)

    found = stops(site, row, 5000)

    refund = Refund.objects.get()
    assert (found.outcome, found.billed_minor, found.total_minor) == ("refunded", 300, 260)
    assert (refund.total_minor, refund.state, refund.asked_by) == (40, "done", "system")
    assert "With it the session costs 2.60 USD instead of 3.00 USD: 0.40 USD goes back." in found.sentence
    assert Receipt.objects.filter(kind="credit_note").count() == 1


def test_a_guest_reads_why_it_gives_back_in_their_language_and_old_rows_as_they_were(site):
    session, row = closed(site)
    stops(site, row, 5000)
    note = Receipt.objects.get(kind="credit_note")

    def read(language, page):
        return Client(headers={"accept-language": language}).get(f"/s/{session.secret}/{page}").content.decode()

    said = "Damit kostet der Ladevorgang 2,60\N{NO-BREAK SPACE}$ statt 3,00\N{NO-BREAK SPACE}$"
    for page in ("receipt/", f"documents/{note.label}/"):
        assert said in read("de", page)
        assert "the session costs $2.60 instead of $3.00: $0.40 goes back" in read("en", page)
    Refund.objects.update(explanation_reason=None)
    assert "With it the session costs 2.60 USD instead of 3.00 USD: 0.40 USD goes back." in read("de", "receipt/")


def test_it_names_another_session_at_the_connector_where_that_could_be_billed_twice(site):
    _, row = closed(site)
    other = site.transaction(at=minutes(30))
    session = site.begin(other)
    site.stop(other, 9000, at=minutes(85))
    Session.objects.filter(pk=session.pk).update(state="settled", settled_at=minutes(86))

    found = stops(site, row, 9000)

    assert found.outcome == "not_billed"
    assert "For 55 min of this session another one ran at the same connector" in found.sentence


def test_it_bills_no_more_without_being_asked(site):
    session, row = closed(site)

    found = stops(site, row, 9000)

    assert (found.outcome, found.total_minor) == ("not_billed", 420)
    assert "Nothing more is billed unless a person approves it" in found.sentence
    assert not Refund.objects.exists()
    assert session.ratings.get(kind="final").total_minor == 300


@pytest.mark.parametrize(
    ("wh", "after", "outcome"),
    [
        (6000, timedelta(hours=10), "same"),
        (5000, timedelta(days=31), "too_late"),
        (9000, timedelta(days=31), "too_late"),
        (900_000, timedelta(hours=10), "doubtful"),
    ],
)
def test_it_only_tells_the_rest(site, wh, after, outcome):
    _, row = closed(site)
    assert stops(site, row, wh, after=after).outcome == outcome
    assert not Refund.objects.exists()


def test_it_does_each_once(site):
    _, row = closed(site)
    stops(site, row, 5000)

    assert late_stops.catch_up(now=minutes(700)) == 0
    assert Refund.objects.count() == 1


def test_the_stop_itself_is_noted_by_the_gateways_call(site):
    session, row = closed(site)
    row.refresh_from_db()
    site.stop(row, 5000, at=minutes(300))  # received before it was settled: a repeat
    session.refresh_from_db()
    assert session.late_stop_at is None

    site.stop(row, 5000, at=minutes(500))
    session.refresh_from_db()
    assert (session.state, session.late_stop_at) == ("settled", minutes(500))


def test_a_stop_in_time_is_not_late(site):
    site.rate("member")
    row = site.transaction()
    session = site.begin(row)
    site.stop(row, 6000, at=minutes(60), reason="EVDisconnected")
    site.work(now=minutes(61))
    session.refresh_from_db()
    assert (session.state, session.late_stop_at) == ("settled", None)
