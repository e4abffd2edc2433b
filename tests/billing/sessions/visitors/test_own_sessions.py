"""Which sessions a browser is led back to: its own, running or ended a short while ago."""

from datetime import timedelta

from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory

from billing.models import Session
from billing.sessions.visitors import own_sessions
from tests.kit import charging
from tests.kit.running import now, running

__all__ = ["now", "running"]


def request():
    made = RequestFactory().get("/s/")
    made.session = SessionStore()
    return made


def test_it_remembers_the_newest_five_once_each(running):
    browser = request()
    for number in [*range(6), 5]:
        own_sessions.remember(browser, Session(secret=f"s{number}"))

    assert browser.session["guest_sessions"] == ["s1", "s2", "s3", "s4", "s5"]


def test_another_browser_has_none(running, now):
    assert own_sessions.latest(request(), now=now) is None
    assert not own_sessions.running(request()).exists()


def test_it_leads_to_a_session_for_some_hours_after_its_end(world, running, now):
    browser = request()
    own_sessions.remember(browser, running)
    assert own_sessions.latest(browser, now=now) == running
    charging.finish(running.transaction, wh=8000, at=now)
    assert not own_sessions.running(browser).exists()

    assert own_sessions.latest(browser, now=now + timedelta(hours=5)) == running
    assert own_sessions.latest(browser, now=now + timedelta(hours=7)) is None
