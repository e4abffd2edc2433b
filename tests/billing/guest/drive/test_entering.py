"""Log-in and log-out of drivers: by a mailed link or a password. Responses never reveal whether an address is known."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as outbox
from django.core.mail.backends import locmem
from django.test import Client

from billing.sessions.drivers import accounts
from tests.kit.account import _forgotten, kim
from tests.kit.drivers import NOW, text_of

__all__ = ["_forgotten", "kim"]
pytestmark = pytest.mark.django_db


def test_the_answer_is_the_same_for_known_and_unknown_addresses(kim, world):
    answers = [
        re.sub(r'Token": ?"\w+|value="\w{64}', "", text_of(Client().post("/drive/link", {"email": email}))).replace(
            email, ""
        )
        for email in ("kim@example.com", "nobody@example.com", "owner@example.com")
    ]

    assert answers[0] == answers[1] == answers[2]
    assert "create your account" in outbox.outbox[1].body
    assert "log in there with your password" in outbox.outbox[2].body
    assert "/drive/come-in/" not in outbox.outbox[2].body


def test_a_password_and_an_address_are_refused_in_the_same_words(kim):
    kim.user.set_password("correct horse battery")
    kim.user.save()
    said = [("kim@example.com", "wrong"), ("nobody@example.com", "wrong")]

    answers = [
        text_of(Client().post("/drive/password", {"email": email, "password": password})) for email, password in said
    ]
    assert all("do not belong together" in answer for answer in answers)
    good = Client().post("/drive/password", {"email": "KIM@example.com", "password": "correct horse battery"})
    assert good.headers["Location"] == "/drive/"


@pytest.mark.parametrize("person", ["owner", "agent"])
def test_people_of_the_portal_do_not_come_in_past_their_second_factor(world, person):
    from tests.kit.world import PASSWORD

    user = getattr(world, person)
    sent = accounts.make_link(user.email, now=datetime.now(tz=UTC))

    by_link = Client().post(f"/drive/come-in/{sent.secret}/")
    by_password = Client().post("/drive/password", {"email": user.email, "password": PASSWORD})

    assert (by_link.status_code, by_password.status_code) == (403, 200)
    assert "log in at the portal" in text_of(by_link).lower() or "logs in at the portal" in text_of(by_link)


def test_a_link_works_once_and_for_half_an_hour(kim):
    old = accounts.make_link("kim@example.com", now=NOW - timedelta(minutes=31))
    sent = accounts.make_link("kim@example.com", now=datetime.now(tz=UTC))
    assert Client().get(f"/drive/come-in/{old.secret}/").status_code == 404

    first, second = (Client().post(f"/drive/come-in/{sent.secret}/") for _ in range(2))

    assert (first.status_code, second.status_code) == (302, 404)


def test_links_and_tries_are_limited_for_each_address(kim):
    links = [Client(REMOTE_ADDR=f"10.1.0.{n}").post("/drive/link", {"email": "kim@example.com"}) for n in range(7)]
    tries = [
        Client(REMOTE_ADDR=f"10.1.0.{n}").post("/drive/password", {"email": "kim@example.com", "password": "x"})
        for n in range(12)
    ]

    assert [links[0].status_code, links[-1].status_code] == [200, 429]
    assert [tries[0].status_code, tries[-1].status_code] == [200, 429]


def test_it_says_that_a_link_was_sent_only_where_a_server_took_it(settings, monkeypatch):
    def refuse(_self, _messages):
        raise OSError("no route")

    monkeypatch.setattr(locmem.EmailBackend, "send_messages", refuse)
    refused = text_of(Client().post("/drive/link", {"email": "kim@example.com"}))
    assert "We have sent a link" not in refused
    assert "our mail server did not take it" in refused

    monkeypatch.undo()
    settings.EMAIL_URL = "smtp://mail.example:25"
    assert "We have sent a link" in text_of(Client().post("/drive/link", {"email": "kim@example.com"}))

    settings.EMAIL_URL = ""
    printed = text_of(Client().post("/drive/link", {"email": "kim@example.com"}))
    assert "We have sent a link" not in printed
    assert "each mail is a file where it runs, and its output names the file" in printed
    assert "No link was sent" not in printed
