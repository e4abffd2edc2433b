"""Outlets that a guest can have: not charging, and not paid for by another guest."""

from datetime import UTC, datetime

import pytest

from billing.models import Session
from billing.sessions.lifecycle import outlets
from chargers.models import Evse
from tests.kit import charging

NOW = datetime.now(tz=UTC)


@pytest.fixture
def priced(world):
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    Evse.objects.create(charger=world.charger, number=2)
    return world


def test_a_free_outlet_is_taken_by_nobody(priced):
    assert not outlets.is_taken(priced.charger.pk, 1, now=NOW)
    assert not outlets.is_paid(priced.charger.pk)
    assert outlets.numbers_taken([priced.charger.pk], now=NOW) == set()


def test_one_that_a_guest_has_paid_for_is_taken_by_all_but_that_guest(priced):
    session = charging.paid_for(priced.charger, at=NOW)

    assert Session.objects.get().state == Session.State.WAITING
    assert outlets.is_taken(priced.charger.pk, 1, now=NOW)
    assert not outlets.is_taken(priced.charger.pk, 1, now=NOW, besides=session.pk)
    assert not outlets.is_taken(priced.charger.pk, 2, now=NOW)
    assert outlets.is_paid(priced.charger.pk)


def test_one_where_a_car_charges_is_taken_until_it_stops(priced):
    row = charging.start(priced.charger, uid=priced.member.uid, at=NOW)
    taken = {evse.number: evse.is_taken for evse in outlets.with_taken(now=NOW)}

    assert taken == {1: True, 2: False}
    assert outlets.numbers_taken([priced.charger.pk], now=NOW) == {(priced.charger.pk, 1)}
    charging.finish(row, wh=1000, at=NOW)
    assert not outlets.is_taken(priced.charger.pk, 1, now=NOW)


def test_an_outlet_that_nobody_names_is_taken_by_nobody(priced, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert not outlets.is_taken(priced.charger.pk, None, now=NOW)
