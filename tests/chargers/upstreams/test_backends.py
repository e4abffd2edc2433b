"""Which back offices count for a charger, who leads, and what becomes of a backlog that nobody fetches."""

from datetime import UTC, datetime, timedelta

import pytest

from chargers.fleet import hardware_swaps
from chargers.lib import ids
from chargers.models import Charger, Forward, Upstream, UpstreamLink
from chargers.upstreams import backends, plan

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def made(name, **fields):
    return Upstream.objects.create(name=name, url="wss://partner.example/ocpp", **fields)


def waiting(charger, row, *, at, key, delivered_at=None):
    return Forward.objects.create(
        id=ids.generate(now=at),
        charger=charger,
        upstream=row,
        key=key,
        action="MeterValues",
        version="1.6",
        payload="{}",
        claimed_by=ids.generate(now=at),
        delivered_at=delivered_at,
    )


def names(charger):
    return [row.name for row in backends.of_charger(charger)]


def test_the_nearest_that_is_set_counts(site, host, charger, other_charger):
    made("of the host", host=host)
    assert names(charger) == ["of the host"]
    made("of the property", property=site)
    made("of the charger", charger=charger)

    assert names(charger) == ["of the charger"]
    assert names(other_charger) == ["of the property"]
    other_charger.only_own_upstreams = True
    assert names(other_charger) == []


def test_a_paused_leader_does_not_lead(charger):
    made("Partner", charger=charger, role="leader", paused_at=NOW)

    assert backends.leader_of(charger) == ""


def test_a_change_for_a_property_concerns_its_chargers_without_own(site, charger, other_charger):
    made("of the charger", charger=charger)
    row = made("of the property", property=site)

    backends.set_leader(row, by_us=False, forced=False, now=NOW)

    assert list(backends.list_affected_chargers(row)) == [other_charger]
    assert backends.changed_since(NOW - timedelta(seconds=1)) == {other_charger.pk: NOW}
    assert backends.leader_of(Charger.objects.get(pk=other_charger.pk)) == "of the property"


def test_one_leads_at_a_time(charger):
    first, second = made("A", charger=charger, role="leader"), made("B", charger=charger)

    backends.set_leader(second, by_us=False, forced=False, now=NOW)

    assert dict(Upstream.objects.values_list("name", "role")) == {"A": "follower", "B": "leader"}
    backends.set_leader(first, by_us=True, forced=False, now=NOW)
    assert set(Upstream.objects.values_list("role", flat=True)) == {"follower"}


def test_what_waited_too_long_is_dropped_and_the_link_says_so(charger):
    row = made("Partner", charger=charger)
    waiting(charger, row, at=NOW - timedelta(days=8), key="old")
    kept = waiting(charger, row, at=NOW - timedelta(days=6), key="new")
    waiting(charger, row, at=NOW - timedelta(days=9), key="done", delivered_at=NOW - timedelta(days=8))

    assert backends.prune(now=NOW) == 1

    assert list(Forward.objects.all()) == [kept]
    link = UpstreamLink.objects.get()
    assert (link.dropped, link.dropped_at) == (1, NOW)


def test_of_too_many_the_oldest_are_dropped(charger, monkeypatch):
    monkeypatch.setattr(backends, "MAX_WAITING", 3)
    row = made("Partner", charger=charger)
    for number in range(5):
        waiting(charger, row, at=NOW - timedelta(minutes=5 - number), key=str(number))

    assert backends.prune(now=NOW) == 2

    assert list(Forward.objects.order_by("id").values_list("key", flat=True)) == ["2", "3", "4"]


def test_other_back_offices_go_on_knowing_a_charger_whose_hardware_was_replaced(charger):
    row = made("A", charger=charger)
    hardware_swaps.replace(charger, "CP9", reason="", origin="user:a@b.c", is_paid=lambda _: False, now=NOW)

    assert plan.facts_of(row, Charger.objects.get()).address == "wss://partner.example/ocpp/CP1"
