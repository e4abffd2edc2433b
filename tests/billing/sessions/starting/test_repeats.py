"""A form that pays and is sent twice: its key finds the first session, and what was typed waits in the browser."""

import re

from django.http import HttpResponse
from django.test import Client, RequestFactory

from billing.models import Hold, Session
from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from billing.sessions.starting import repeats
from chargers.lib import ids
from chargers.models import Command
from tests.kit import charging
from tests.kit.guest import GOOD, station

__all__ = ["station"]


def key_in(text):
    return re.search(r'name="key" value="([0-9a-f-]{36})"', text)[1]


def test_a_form_that_is_sent_again_without_its_cookie_finds_the_same_session(station):
    key = key_in(Client().get("/c/SUN001/1").content.decode())
    form = {"card": GOOD, "version": station.pk, "email": "", "key": key}

    first = Client().post("/c/SUN001/1", form)
    second = Client().post("/c/SUN001/1", form)

    assert second.headers["Location"] == first.headers["Location"]
    assert (Session.objects.count(), Hold.objects.count(), Command.objects.count()) == (1, 1, 1)


def test_a_key_that_is_none_finds_no_session(db):
    for key in ("", "nonsense", "0192f0a1-0000-7000-8000-000000000001"):
        assert repeats.first_of(RequestFactory().post("/c/SUN001/1", {"key": key})) is None
    assert repeats.key_of(RequestFactory().post("/c/SUN001/1")) is None
    assert repeats.of_address(RequestFactory().get("/c/SUN001/1?key=nonsense")) is None


def test_a_session_counts_as_paid_once_its_payment_was_begun(world):
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    order_key = ids.generate(now=charging.YESTERDAY)
    order = lifecycle.GuestOrder(charger=world.charger, evse_number=1, key=order_key)
    session = lifecycle.open_for_guest(order, now=charging.YESTERDAY)

    assert repeats.first_of(RequestFactory().post("/", {"key": str(order_key)})) == session
    assert repeats.paid_with(order_key) is None
    holds.open_hold(session, amount_minor=4000, now=charging.YESTERDAY)
    assert repeats.paid_with(order_key) == session
    assert repeats.paid_with(None) is None


def test_what_was_typed_waits_in_the_browser_alone():
    answer = HttpResponse()
    repeats.keep_typed(RequestFactory().post("/", {"email": "kim@example.com"}), answer)
    cookie = answer.cookies["typed_email"]
    back = RequestFactory().get("/c/SUN001/1")
    back.COOKIES["typed_email"] = cookie.value

    assert (cookie["path"], cookie["httponly"], cookie["max-age"]) == ("/c/", True, 600)
    assert repeats.read_typed_email(back) == "kim@example.com"


def test_without_an_address_no_cookie_is_set():
    answer = HttpResponse()

    repeats.keep_typed(RequestFactory().post("/", {"email": ""}), answer)

    assert not answer.cookies
    assert repeats.read_typed_email(RequestFactory().get("/")) == ""
