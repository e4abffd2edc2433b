"""A double tap on a slow line: two real requests of one form, overlapping, of which neither has heard of the other."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from django.db import connection, transaction

from billing.models import Hold, Session
from chargers.models import Command, Connector
from tests.kit.guest import GOOD
from tests.kit.guest_charger import Charger, site

__all__ = ["site"]

pytestmark = pytest.mark.django_db(transaction=True)


def waiting_for_a_lock() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'billing_session'::regclass")
        return int(cursor.fetchone()[0])


def eventually(holds: Callable[[], bool], *, within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


def test_two_overlapping_taps_on_one_form_hold_once_start_once_and_lead_to_one_session(site):
    base = site.replace("ws://", "http://").removesuffix("/ocpp")

    with Charger(site):
        page = httpx.get(f"{base}/c/SUN001/1")
        form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', page.text))
        form |= {"card": GOOD, "email": ""}
        assert {"csrfmiddlewaretoken", "version", "key"} <= set(form)
        csrf = {"csrftoken": page.cookies["csrftoken"]}

        def tap(_: int) -> httpx.Response:
            return httpx.post(f"{base}/c/SUN001/1", data=form, cookies=csrf, timeout=30)

        with ThreadPoolExecutor(max_workers=2) as pool:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("LOCK TABLE billing_session IN SHARE MODE")  # both read, and neither writes yet
                taps = [pool.submit(tap, number) for number in range(2)]
                eventually(lambda: waiting_for_a_lock() == 2)
            answers = [one.result() for one in taps]

        session = Session.objects.get()
        assert [answer.status_code for answer in answers] == [302, 302]
        assert {answer.headers["Location"] for answer in answers} == {f"/s/{session.secret}/"}
        assert (Hold.objects.get().state, Command.objects.filter(action="RemoteStartTransaction").count()) == (
            "authorised",
            1,
        )
        # The second answer is as good as the first: with its link the guest stops the car.
        eventually(lambda: Session.objects.filter(state="charging").exists())
        stopped = httpx.post(
            f"{base}{answers[1].headers['Location']}stop",
            data={"csrfmiddlewaretoken": form["csrfmiddlewaretoken"]},
            cookies=csrf,
        )
        assert stopped.status_code == 302
        eventually(lambda: Connector.objects.filter(status="Available").exists())
