"""The turns that a phone holds, in one signed cookie."""

from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from billing.sessions.visitors import waiting_cookie


def phone(value: str = "") -> HttpRequest:
    request = RequestFactory().get("/")
    if value:
        request.COOKIES["waiting_turns"] = value
    return request


def after(*keys: str) -> str:
    """The cookie of a phone that was given these, one after the other."""
    value = ""
    for key in keys:
        value = waiting_cookie.add(phone(value), HttpResponse(), key).cookies["waiting_turns"].value
    return value


def test_a_phone_holds_the_turns_that_it_was_given_the_newest_last():
    assert waiting_cookie.read_keys(phone(after("a", "b"))) == ["a", "b"]
    assert waiting_cookie.read_keys(phone(after("a", "b", "a"))) == ["b", "a"]


def test_it_holds_four_at_most():
    assert waiting_cookie.read_keys(phone(after(*"abcdef"))) == ["c", "d", "e", "f"]


def test_a_cookie_that_somebody_changed_holds_none_and_is_begun_anew():
    forged = "x" + after("a")

    assert waiting_cookie.read_keys(phone(forged)) == []
    assert waiting_cookie.read_keys(phone()) == []
    answer = waiting_cookie.add(phone(forged), HttpResponse(), "b")
    assert waiting_cookie.read_keys(phone(answer.cookies["waiting_turns"].value)) == ["b"]


def test_no_script_reads_it_and_it_lasts_twelve_hours():
    cookie = waiting_cookie.add(phone(), HttpResponse(), "a").cookies["waiting_turns"]

    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 12 * 3600)
