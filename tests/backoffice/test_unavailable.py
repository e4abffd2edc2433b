"""PostgreSQL goes away while somebody asks or pays: "a moment, please", and nothing is lost."""

import asyncio
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import httpx
import pytest
from django.db import connection
from django.test import Client

from billing.models import Hold, Session
from billing.sessions.starting import ordering
from chargers.models import Command
from tests.kit.guest import GOOD, station
from tests.kit.guest_charger import Charger, site
from tests.kit.waiting import until

__all__ = ["site", "station"]

pytestmark = pytest.mark.django_db(transaction=True)
MOMENT = "A moment, please"


@contextmanager
def postgresql_away() -> Iterator[None]:
    """Connections are refused, as while it restarts; the one in hand is gone."""
    settings, there = connection.settings_dict, dict(connection.settings_dict)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        connection.close()
        settings |= {"HOST": "127.0.0.1", "PORT": str(nobody.getsockname()[1])}
        try:
            yield
        finally:
            settings |= {"HOST": there["HOST"], "PORT": there["PORT"]}
            connection.close()


@pytest.fixture
def visitor() -> Client:
    return Client(raise_request_exception=False)


def form_of(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


@pytest.mark.parametrize(
    "address", ["/c/SUN001", "/c/SUN001/1", "/s/some-secret/", "/s/some-secret/receipt/", "/charge?station_id=x"]
)
def test_a_page_of_a_guest_asks_for_a_moment_and_comes_back_by_itself(station, visitor, address):
    with postgresql_away():
        answer = visitor.get(address)

    assert (answer.status_code, answer.headers["Retry-After"], answer.headers["Refresh"]) == (503, "5", "5")
    assert MOMENT in answer.text


def test_it_is_said_in_the_guests_language(station, visitor):
    with postgresql_away():
        answer = visitor.get("/c/SUN001", headers={"accept-language": "nl"})

    assert 'lang="nl"' in answer.text
    assert MOMENT not in answer.text


def test_a_guest_who_pays_while_it_is_away_pays_once_when_it_is_back(station, visitor):
    posted = {"card": GOOD, "version": station.pk, "email": "kim@example.com", "key": str(uuid4())}
    with postgresql_away():
        moment = visitor.post("/c/SUN001/1", posted)
    assert (moment.status_code, "Refresh" in moment.headers) == (503, False)
    assert 'data-again-s="5"' in moment.text
    again = form_of(moment.text)
    assert {name: again[name] for name in posted} == {name: str(value) for name, value in posted.items()}

    paid = visitor.post("/c/SUN001/1", again)

    session = Session.objects.get()
    assert (paid.status_code, paid.headers["Location"]) == (302, f"/s/{session.secret}/")
    assert (session.guest_email, Hold.objects.get().state) == ("kim@example.com", "authorised")


def test_one_that_was_stored_before_it_went_away_is_found_again(station, visitor, monkeypatch):
    """The hold stands, and the answer with the way to it was lost."""
    posted = {"card": GOOD, "version": station.pk, "email": "", "key": str(uuid4())}
    pay, away = ordering.pay, postgresql_away()

    def then_gone(*args, **named):
        pay(*args, **named)
        away.__enter__()
        connection.ensure_connection()

    monkeypatch.setattr(ordering, "pay", then_gone)
    moment = visitor.post("/c/SUN001/1", posted)
    away.__exit__(None, None, None)
    monkeypatch.setattr(ordering, "pay", pay)

    answers = [visitor.post("/c/SUN001/1", form_of(moment.text)) for _ in range(2)]

    assert moment.status_code == 503
    assert {answer.headers["Location"] for answer in answers} == {f"/s/{Session.objects.get().secret}/"}
    assert Hold.objects.count() == 1
    assert Command.objects.filter(action="RemoteStartTransaction").count() == 1


def test_a_browser_without_script_comes_back_to_its_payment(station, visitor):
    key = str(uuid4())
    posted = {"card": GOOD, "version": station.pk, "email": "kim@example.com", "key": key}
    with postgresql_away():
        moment = visitor.post("/c/SUN001/1", posted)
    (back,) = re.findall(r'<noscript><meta http-equiv="refresh" content="5; url=([^"]+)">', moment.text)

    page = visitor.get(back)
    assert (form_of(page.text)["key"], 'value="kim@example.com"' in page.text) == (key, True)
    assert "kim" not in back

    paid = visitor.post("/c/SUN001/1", posted)
    found = Client(raise_request_exception=False).get(back)
    assert found.headers["Location"] == paid.headers["Location"] == f"/s/{Session.objects.get().secret}/"


def test_a_form_that_could_do_something_twice_is_not_sent_by_itself(station, visitor):
    with postgresql_away():
        answer = visitor.post("/accounts/login/", {"login": "kim@example.com", "password": "correct horse"})

    assert answer.status_code == 503
    assert "send it again in a minute" in answer.text
    assert ("correct horse" in answer.text, "data-again-s" in answer.text) == (False, False)


def test_a_program_is_told_when_to_ask_again(visitor):
    with postgresql_away():
        answer = visitor.get("/api/v1/sessions/", headers={"authorization": "Api-Key abc.def"})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_who_is_logged_in_reads_it_too(station, client_of, world):
    owner = client_of(world.owner)
    owner.raise_request_exception = False
    with postgresql_away():
        answer = owner.get("/chargers/")

    assert (answer.status_code, MOMENT in answer.text) == (503, True)
    assert owner.get("/chargers/").status_code == 200


@contextmanager
def sessions_of_postgresql_ended() -> Iterator[None]:
    """Of everybody, and nobody gets a new one: as while it restarts."""
    name = connection.settings_dict["NAME"]
    connection.close()
    with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        try:
            cursor.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name])
            yield
        finally:
            cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def test_a_payment_over_the_wire_survives_a_restart_of_postgresql(site):
    base = site.replace("ws://", "http://").removesuffix("/ocpp")
    with Charger(site), httpx.Client(base_url=base, timeout=60) as browser:
        form = form_of(browser.get("/c/SUN001/1").text) | {"card": GOOD, "email": ""}
        with sessions_of_postgresql_ended():
            page = browser.get("/c/SUN001/1")
            moment = browser.post("/c/SUN001/1", data=form)
            ready = browser.get("/readyz")
        again = form_of(moment.text) | {"csrfmiddlewaretoken": form["csrfmiddlewaretoken"]}
        paid = browser.post("/c/SUN001/1", data=again)
        asyncio.run(until(lambda: Session.objects.filter(state="charging").exists(), within_s=20))

    assert [(answer.status_code, answer.headers["Retry-After"]) for answer in (page, moment)] == [(503, "5")] * 2
    assert (MOMENT in moment.text, ready.status_code) == (True, 503)
    assert (paid.status_code, paid.headers["Location"]) == (302, f"/s/{Session.objects.get().secret}/")
    assert Hold.objects.count() == 1
