"""Complaints by the REST API: read by who sees the session, answered once by who handles its money."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authorization.models import ApiKey, AuditEntry
from billing.models import Complaint, OutgoingMail, Session
from tests.kit import charging
from tests.kit.callers import Callers, more_sessions, paid, rate
from tests.kit.world import World

__all__ = ["more_sessions", "paid", "rate"]

pytestmark = pytest.mark.django_db
NO_ID = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def made(paid) -> Complaint:
    return charging.complaint(paid, email="other@example.com")


def test_it_tells_what_is_said_without_the_guests_address(callers: Callers, paid, made):
    told = callers.owner.get(f"complaints/{made.pk}/")

    assert told.json() == {
        "id": made.pk,
        "session": str(paid.pk),
        "charger": "CP1",
        "receipt": paid.receipts.get().label,
        "state": "open",
        "about": "energy",
        "text": "The cable did not come out.",
        "language": "en",
        "asked_at": made.asked_at.isoformat().replace("+00:00", "Z"),
        "answer": "",
        "refund": None,
        "answered_by": "",
        "answered_at": None,
    }
    assert callers.owner.get("complaints/").json()["results"] == [told.json()]
    assert "other@example.com" not in told.content.decode()


def test_it_finds_complaints_by_state_charger_and_session(callers: Callers, paid, made):
    def found(**query):
        answer = callers.owner.get("complaints/", **query)
        assert answer.status_code == 200, answer.content
        return [row["id"] for row in answer.json()["results"]]

    for query in ({"state": "open"}, {"charger": "CP1"}, {"session": str(paid.pk)}):
        assert found(**query) == [made.pk], query
    for query in ({"state": "answered"}, {"charger": "CP9"}, {"session": NO_ID}):
        assert found(**query) == [], query
    assert callers.owner.get("complaints/", state="closed").status_code == 400
    assert callers.owner.get("complaints/", chrager="CP1").status_code == 400


def test_it_answers_once_and_says_so(callers: Callers, world: World, made):
    address, key = f"complaints/{made.pk}/answer/", ApiKey.objects.get(host=world.host)

    first = callers.owner.post(address, {"answer": " The meter counted 20 kWh. "})
    second = callers.owner.post(address, {"answer": "Another."})

    assert (first.status_code, first.json()["state"], first.json()["answer"]) == (
        200,
        "answered",
        "The meter counted 20 kWh.",
    )
    assert first.json()["answered_by"] == f"api:{key.prefix}"
    assert second.status_code == 400
    assert "answered meanwhile" in second.content.decode()
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor, entry.host, entry.after) == (
        "complaint.answered",
        f"api:{key.prefix}",
        world.host,
        {"answer": "The meter counted 20 kWh."},
    )
    assert [outgoing.address for outgoing in OutgoingMail.objects.filter(receipt=None)] == ["other@example.com"]


@pytest.mark.parametrize("said", [{}, {"answer": " "}, {"answer": "x" * 401}, {"answer": "a\x00b"}])
def test_it_takes_no_answer_that_nobody_could_read(callers: Callers, made, said):
    answer = callers.owner.post(f"complaints/{made.pk}/answer/", said)

    assert (answer.status_code, [error["path"] for error in answer.json()["errors"]]) == (400, ["answer"])
    made.refresh_from_db()
    assert made.state == "open"


def test_a_stranger_finds_nothing_as_if_nothing_were_there(callers: Callers, made):
    absent = callers.owner.get("complaints/999999/").json()

    for answer in (
        callers.stranger.get(f"complaints/{made.pk}/"),
        callers.stranger.post(f"complaints/{made.pk}/answer/", {"answer": "Mine."}),
        callers.owner.post("complaints/999999/answer/", {"answer": "None."}),
    ):
        assert (answer.status_code, answer.json()) == (404, absent)
    assert callers.stranger.get("complaints/").json()["results"] == []
    assert callers.nobody.post(f"complaints/{made.pk}/answer/", {"answer": "x"}).status_code == 401
    assert not AuditEntry.objects.exists()


def test_an_agent_answers_for_any_host(callers: Callers, made):
    assert callers.agent.post(f"complaints/{made.pk}/answer/", {"answer": "No."}).status_code == 200


def test_it_asks_the_database_as_often_for_many_as_for_one(
    callers: Callers, made, more_sessions, django_assert_num_queries
):
    with CaptureQueriesContext(connection) as before:
        callers.owner.get("complaints/")
    more_sessions(3)
    for session in Session.objects.exclude(pk=made.receipt.session_id):
        charging.complaint(session)

    with django_assert_num_queries(len(before)):
        assert len(callers.owner.get("complaints/").json()["results"]) == 4
