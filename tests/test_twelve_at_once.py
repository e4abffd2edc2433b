"""Twelve equal requests at the same moment, of every form of the portal and every write of the API: no 500.

A run sends one in six, `WHOLE=1` all (see tests.kit.sampling).
"""

import json
import re
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from authorization.models import AuditEntry, TokenGroup
from authorization.rest.keys import KeyThrottle
from billing.models import BankAccount, Session
from tests.kit import from_schema, hostile
from tests.kit.callers import Callers, paid, rate
from tests.kit.from_schema import ABSENT, KNOWN, Draw
from tests.kit.payouts import IBAN
from tests.kit.portal_pages import addresses
from tests.kit.sampling import sampled
from tests.kit.world import PASSWORD, World

__all__ = ["addresses", "paid", "rate"]
pytestmark = pytest.mark.django_db(transaction=True)
TIMES = 12
TYPED = {name: str(values[0]) for name, values in KNOWN.items()} | {"holder": "Sunset Stays", "iban": IBAN}
_ENDS = re.compile(r"delete|remove|end|close|revoke|leave|logout|withdraw|stop|retire|password|email", re.IGNORECASE)
"""What comes last, since little is left to send afterwards."""


class Crowd:
    """Twelve threads, each with its own connection to the database, that send the same at the same moment."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(TIMES)
        self._together = threading.Barrier(TIMES)

    def send(self, client: Client, method: str, address: str, data: Any, **options: Any) -> list[int]:
        """The status of each answer."""

        def once(_: int) -> int:
            mine = Client(raise_request_exception=False)
            mine.cookies, mine.defaults = client.cookies.copy(), dict(client.defaults)
            self._together.wait()
            return int(getattr(mine, method)(address, data, **options).status_code)

        return list(self._threads.map(once, range(TIMES)))

    def close(self) -> None:
        def end(_: int) -> None:
            self._together.wait()
            connection.close()

        list(self._threads.map(end, range(TIMES)))
        self._threads.shutdown()


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> Iterable[Crowd]:
    monkeypatch.setattr(KeyThrottle, "THROTTLE_RATES", {"api-reads": None, "api-writes": None})
    made = Crowd()
    yield made
    made.close()


def test_no_form_of_the_portal_fails(world, addresses, client_of, crowd: Crowd):
    clients = {"": freshly(client_of(world.owner)), "books/": client_of(world.agent)}
    with hostile.failures() as failed:
        for route in sorted(sampled(addresses, of="forms"), key=lambda route: _ENDS.search(route) is not None):
            client = clients["books/" if route.startswith("books/") else ""]
            page = client.get(addresses[route])
            if page.status_code != HTTPStatus.OK or "html" not in page.headers["Content-Type"]:
                continue
            forms = hostile.forms_of(page.content.decode(), address=addresses[route])
            for form in sorted(forms, key=lambda form: _ENDS.search(form.action) is not None):
                if form.method == "post" and "logout" not in form.action:
                    crowd.send(client, "post", form.action, hostile.filled(form, TYPED))

    assert not failed, "\n".join(sorted(set(failed)))


def test_no_write_of_the_api_fails(world: World, paid: Session, callers: Callers, crowd: Crowd):
    known = {"charger_id": "CP1", "session_id": paid.pk, "slug": "sunset-1", "rate_id": paid.rate_version.rate_id,
             "token_id": world.member.pk, "group_id": world.group.pk, "host": "sunset", "currency": "USD",
             "subject": "charger:CP1", "month": "2026-03", "receipt_id": paid.receipts.get().pk}  # fmt: skip
    operations = [one for one in from_schema.operations() if one.method != "get"]
    with hostile.failures() as failed:
        for operation in sorted(
            sampled(operations, of="writes"), key=lambda one: one.method == "delete" or bool(_ENDS.search(one.path))
        ):
            path = re.sub(r"\{(\w+)\}", lambda found: str(known.get(found[1], 1)), operation.path)
            draw = Draw(operation.name, known=KNOWN)
            body = draw.valid(operation, path).body
            data = None if body is ABSENT else json.dumps(body)
            crowd.send(callers.owner.client, operation.method, path, data, content_type="application/json")

    assert not failed, "\n".join(sorted(set(failed)))


def test_a_bank_account_that_is_entered_twelve_times_waits_once(world, client_of, crowd: Crowd):
    """Eleven of them answered 500: each found no row that waits, and only one may be stored."""
    owner = freshly(client_of(world.owner))
    with hostile.failures() as failed:
        answers = crowd.send(owner, "post", "/payouts/sunset/accounts/", {"holder": "Sunset Stays", "iban": IBAN})

    assert (answers, failed) == ([302] * TIMES, [])
    assert [one.state for one in BankAccount.objects.all()] == ["unconfirmed"]
    assert AuditEntry.objects.filter(verb="bank_account.entered").count() == 1


def freshly(client: Client) -> Client:
    """Who has just typed the password again, as some pages ask."""
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def test_a_write_with_one_idempotency_key_is_done_once(callers: Callers, crowd: Crowd):
    body = json.dumps({"name": "Staff"})
    with hostile.failures() as failed:
        answers = crowd.send(
            callers.owner.client,
            "post",
            "/api/v1/token-groups/",
            body,
            content_type="application/json",
            headers={"Idempotency-Key": "the same"},
        )

    assert (set(answers) <= {201, 409}, answers.count(201) > 0, failed) == (True, True, [])
    assert TokenGroup.objects.filter(name="Staff").count() == 1
