"""A month priced again at other prices, from what was stored."""

from datetime import date, timedelta

import pytest

from billing.models import Rating, Rehearsal, Session
from billing.pricing.rehearsals import rehearsals
from tests.billing.conftest import NOON, PLAIN, minutes
from tests.kit.tampering import unguarded

MARCH = date(2026, 3, 1)
DEARER = PLAIN | {"energy": [{"name": "all day", "price": "0.50"}]}


def charged(site, kwh, *, at=NOON):
    row = site.transaction(at=at)
    session = site.begin(row)
    ended = at + timedelta(hours=2)
    site.stop(row, 1000 + kwh * 1000, at=ended, reason="EVDisconnected")
    site.work(now=ended + timedelta(minutes=1))
    session.refresh_from_db()
    assert session.state == "settled"
    return session


def rehearsed(rate, *, definition=DEARER, month=MARCH, **options):
    return rehearsals.begin(rate, definition=definition, month=month, by="user:x", now=minutes(600), **options)


def test_it_tells_what_a_month_would_have_brought_and_changes_nothing(site):
    version = site.rate("member")
    sessions = [charged(site, kwh, at=NOON + timedelta(hours=3 * index)) for index, kwh in enumerate((5, 15, 10))]
    before = list(Rating.objects.order_by("pk").values())

    made = rehearsed(version.rate)

    assert (made.state, made.total, made.done) == ("done", 3, 3)
    result = made.result
    assert (result["before_minor"], result["after_minor"], result["difference_minor"]) == (1500, 1800, 300)
    assert (result["dearer"], result["cheaper"], result["unchanged"]) == (3, 0, 0)
    assert [one["session"] for one in result["most_changed"]] == [str(sessions[i].pk) for i in (1, 2, 0)]
    assert list(Rating.objects.order_by("pk").values()) == before


def test_it_says_the_same_as_was_billed_for_the_same_prices(site):
    version = site.rate("member")
    charged(site, 7)
    result = rehearsed(version.rate, definition=version.definition).result
    assert (result["difference_minor"], result["unchanged"], result["most_changed"]) == (0, 1, [])


def test_it_takes_the_month_by_the_propertys_clock(site):
    """21:00 in New York on 31 March is April in UTC."""
    version = site.rate("member")
    session = charged(site, 5)
    Session.objects.filter(pk=session.pk).update(stopped_at="2026-04-01T01:00:00Z")

    assert rehearsed(version.rate).result["sessions"] == 1
    assert rehearsed(version.rate, month=date(2026, 4, 1)).result["sessions"] == 0


def test_it_leaves_sessions_of_other_rates_out_unless_all_are_wanted(site):
    site.rate("member")
    other = site.rate(slug="other")
    charged(site, 5)

    assert rehearsed(other.rate).result["sessions"] == 0
    assert rehearsed(other.rate, only_rate=False).result["sessions"] == 1


def test_it_is_honest_about_what_cannot_be_priced_again(site):
    version = site.rate("member")
    charged(site, 5)
    unreadable = charged(site, 6, at=NOON + timedelta(hours=3))
    foreign = charged(site, 7, at=NOON + timedelta(hours=6))
    impossible = charged(site, 8, at=NOON + timedelta(hours=9))
    with unguarded():
        Rating.objects.filter(session=unreadable).update(inputs={"session": {}})
        Rating.objects.filter(session=foreign).update(currency="EUR")
        held = Rating.objects.get(session=impossible, kind="final")
        Rating.objects.filter(pk=held.pk).update(inputs=held.inputs | {"max_power_w": 1})

    result = rehearsed(version.rate).result

    assert result["sessions"] == 1
    assert {one["why"]: one["sessions"] for one in result["left_out"]} == {
        "it was billed in EUR": 1,
        "its readings would be held for review today": 1,
        "its stored readings cannot be read any more": 1,
    }
    assert result["left_out_minor"] == 340 + 420


def test_it_leaves_a_large_month_to_the_worker_and_lets_one_worker_do_it(site, monkeypatch):
    monkeypatch.setattr(rehearsals, "AT_ONCE", 0)
    version = site.rate("member")
    charged(site, 5)

    made = rehearsed(version.rate)
    assert (made.state, made.result) == ("waiting", None)

    assert rehearsals.run_waiting(now=minutes(601)) == 1
    assert rehearsals.run_waiting(now=minutes(602)) == 0
    made.refresh_from_db()
    assert made.result["sessions"] == 1


def test_it_begins_again_what_a_killed_worker_left(site):
    version = site.rate("member")
    made = rehearsed(version.rate)
    Rehearsal.objects.update(state="running", result=None)

    assert rehearsals.run_waiting(now=minutes(610)) == 0
    assert rehearsals.run_waiting(now=minutes(640)) == 1
    made.refresh_from_db()
    assert made.state == "done"


@pytest.mark.parametrize(
    ("today", "month"), [(date(2026, 3, 31), date(2026, 2, 1)), (date(2026, 1, 1), date(2025, 12, 1))]
)
def test_it_means_the_month_before_by_last_month(today, month):
    assert rehearsals.last_month(today) == month
