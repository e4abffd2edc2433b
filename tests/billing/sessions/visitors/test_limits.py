"""How often one address may do what costs something, and what counts as one address."""

import uuid

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from billing.sessions.visitors import limits


def request(address: str = "198.51.100.7") -> HttpRequest:
    return RequestFactory(REMOTE_ADDR=address).get("/")


def times(address: str, count: int) -> list[bool]:
    return [limits.too_often(request(address), "offers", limit=2, within_s=60) for _ in range(count)]


def test_the_one_after_the_most_is_too_often_and_others_are_not_counted_with_it():
    assert times("198.51.100.7", 3) == [False, False, True]
    assert times("198.51.100.8", 1) == [False]
    assert not limits.too_often(request(), "another", limit=2, within_s=60)


@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:198.51.100.7", "198.51.100.7", True),
        ("unix", "unix", True),
        ("", "198.51.100.7", False),
    ],
)
def test_a_network_of_64_bits_is_one_customer(first: str, second: str, is_one: bool):
    times(first, 2)

    assert times(second, 1) == [is_one]


def test_what_came_well_out_does_not_count():
    times("198.51.100.7", 2)
    limits.forgive(request(), "offers")

    assert times("198.51.100.7", 2) == [False, True]


def test_until_the_most_nobody_waits_and_then_the_rest_of_the_span():
    values = {"limit": 2, "within_s": 60}
    times("198.51.100.7", 1)
    assert limits.wait_s(request(), "offers", **values) == 0
    times("198.51.100.7", 1)

    assert 0 < limits.wait_s(request(), "offers", **values) <= 60


def test_payments_are_counted_by_source_and_by_who_begins_them():
    """Ten of one session, from wherever they come."""
    sources = [request(f"198.51.100.{number}") for number in range(12)]

    begun = [limits.too_many_payments(source, by="session:1") for source in sources]

    assert begun == [False] * 10 + [True, True]
    assert not limits.too_many_payments(sources[0], by="session:2")
    limits.payment_succeeded(sources[0], by="session:1")
    limits.payment_succeeded(sources[0], by="session:1")
    limits.payment_succeeded(sources[0], by="session:1")
    assert not limits.too_many_payments(sources[0], by="session:1")


def test_payments_of_one_source_are_bound_without_a_session_too():
    assert [limits.too_many_payments(request()) for _ in range(31)] == [False] * 30 + [True]


def test_a_return_address_that_is_opened_again_at_once_asks_nobody():
    first, other = uuid.uuid4(), uuid.uuid4()

    assert [limits.returned_lately(first), limits.returned_lately(first), limits.returned_lately(other)] == [
        False,
        True,
        False,
    ]
