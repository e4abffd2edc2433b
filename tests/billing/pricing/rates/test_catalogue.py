"""Rates: their immutable versions, and their assignments."""

from datetime import timedelta

import pytest

from billing.pricing.rates import catalogue
from billing.pricing.rates.catalogue import AssignmentScope
from tests.billing.conftest import NOON, PLAIN, minutes
from tests.kit.resolver import resolve


def test_it_takes_the_version_that_is_in_force_at_the_start(site):
    first = site.rate("guest")
    planned = catalogue.publish(first.rate, definition=PLAIN | {"min_billable_wh": 1}, now=NOON, valid_from=minutes(60))
    sooner = catalogue.publish(first.rate, definition=PLAIN | {"min_billable_wh": 2}, now=minutes(5))

    found = [resolve(site, "guest", at=minutes(minute)).version for minute in (0, 4, 5, 59, 60)]

    assert found == [first, first, sooner, sooner, planned]


def test_it_never_begins_a_version_that_was_withdrawn(site):
    first = site.rate("guest")
    planned = catalogue.publish(first.rate, definition=PLAIN | {"min_billable_wh": 1}, now=NOON, valid_from=minutes(60))

    assert not catalogue.withdraw(first, now=minutes(1))
    assert catalogue.withdraw(planned, now=minutes(59))
    assert not catalogue.withdraw(planned, now=minutes(59))
    assert resolve(site, "guest", at=minutes(60)).version == first


def test_it_lets_no_version_begin_in_the_past(site):
    first = site.rate("guest")
    with pytest.raises(catalogue.RateError, match="cannot begin in the past"):
        catalogue.publish(first.rate, definition={"energy": []}, now=NOON, valid_from=NOON - timedelta(days=1))


def test_it_gives_a_session_that_was_reported_late_the_version_of_its_start(site):
    first = site.rate("member")
    catalogue.publish(first.rate, definition=PLAIN | {"connection_fee": "9.00"}, now=minutes(60))
    row = site.transaction(at=minutes(30))

    session = site.begin(row)

    assert session.rate_version == first


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ({"audience": "guest", "evse_number": 1}, "choose the charger too"),
        ({"audience": "guest", "priority": 101}, "from -100 to 100"),
        ({"audience": "guest", "active_from": NOON, "active_to": NOON}, "swap the two dates"),
    ],
)
def test_it_refuses_an_assignment_that_contradicts_itself(site, place, told):
    version = site.rate()
    with pytest.raises(catalogue.RateError, match=told):
        catalogue.assign(version.rate, AssignmentScope(property=site.place, **place))
