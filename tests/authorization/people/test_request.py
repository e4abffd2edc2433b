"""What every page reads from a request."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from authorization.models import User
from authorization.people import request as requests
from authorization.people.request import TooLongError


def test_the_clock_is_read_in_utc():
    assert requests.now().utcoffset().total_seconds() == 0


@pytest.mark.parametrize(
    ("query", "stated"),
    [("?q=%20a%20b%20", "a b"), ("?q=a%00b", "a\ufffdb"), ("?q=", ""), ("", ""), ("?q=1&q=2", "2")],
)
def test_what_an_address_states_is_trimmed_and_can_be_stored(query: str, stated: str):
    assert requests.read_query_param(RequestFactory().get(f"/{query}"), "q") == stated


def test_a_body_of_the_most_that_is_allowed_is_read_and_one_byte_more_is_not():
    def post(length: int) -> bytes:
        request = RequestFactory().post("/", b"x" * length, content_type="application/octet-stream")
        return requests.body(request, max_bytes=10)

    assert (post(0), post(10)) == (b"", b"x" * 10)
    with pytest.raises(TooLongError):
        post(11)


def test_who_is_logged_in_is_the_viewer_and_nobody_else_is():
    request = RequestFactory().get("/")
    request.user = User(email="kim@example.com")
    assert requests.viewer(request) is request.user

    request.user = AnonymousUser()
    with pytest.raises(AssertionError):
        requests.viewer(request)
