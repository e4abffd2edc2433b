"""The REST API about refunds: what went back of a session, and a new one."""

import pytest

from authorization.models import AuditEntry
from billing.models import Refund
from tests.kit.callers import Api, make_key
from tests.kit.refunds_pages import owing, paid

__all__ = ["paid"]
pytestmark = [pytest.mark.django_db, pytest.mark.fresh_log_in]


def test_a_program_reads_each_part(world):
    session = owing(world)
    api = Api(make_key(world.host))

    made = api.post(
        f"sessions/{session.pk}/refunds/", {"amount_minor": 450, "reason": "goodwill", "explanation": "x"}
    ).json()

    assert [(part["way"], part["last4"], part["amount_minor"], part["state"]) for part in made["parts"]] == [
        ("owed", "", 400, "done"),
        ("card", "4242", 50, "done"),
    ]
    owed = api.get("receivables/").json()["results"][0]
    assert (owed["amount_minor"], owed["reduced_minor"], owed["left_minor"], owed["state"]) == (400, 400, 0, "reduced")


def test_a_hosts_own_program_gives_back(world, paid):
    api = Api(make_key(world.host))

    made = api.post(f"sessions/{paid.pk}/refunds/", {"lines": ["connection"], "reason": "goodwill", "explanation": "x"})
    wrong = api.post(f"sessions/{paid.pk}/refunds/", {"amount_minor": 9000, "reason": "goodwill", "explanation": "x"})
    listed = api.get(f"sessions/{paid.pk}/refunds/").json()

    assert (made.status_code, made.json()["state"], made.json()["total_minor"]) == (201, "done", 100)
    assert "At most 8.00 USD" in wrong.json()["detail"]
    assert [one["credit_note"] for one in listed] == [made.json()["credit_note"]]
    stranger = Api(make_key(world.stranger.memberships.get().host))
    assert stranger.get(f"sessions/{paid.pk}/refunds/").status_code == 404
    assert AuditEntry.objects.get().actor.startswith("api:")


def test_a_program_that_repeats_a_refund_is_shown_the_first(world, paid):
    api, address = Api(make_key(world.host)), f"sessions/{paid.pk}/refunds/"
    asked = {"amount_minor": 150, "reason": "goodwill", "explanation": "x"}
    first = api.post(address, asked).json()

    again = api.post(address, asked)
    meant = api.post(address, asked | {"confirm_repeat": True})

    assert (again.status_code, again.json()["first_refund"]) == (409, first["id"])
    assert first["credit_note"] in again.json()["detail"]
    assert meant.status_code == 201
    assert Refund.objects.count() == 2
