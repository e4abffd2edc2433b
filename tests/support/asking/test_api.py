"""Tickets and timelines by API: what a host's people asked, answered by support, and what happened."""

import base64
from datetime import UTC, datetime

import pytest

from authorization.models import ApiKey
from billing.models import Session
from support.models import Ticket
from support.tickets import conversation
from support.tickets.conversation import Author, NewMessage
from tests.kit.callers import Api, Callers, paid, rate
from tests.kit.world import World

__all__ = ["paid", "rate"]
pytestmark = pytest.mark.django_db


def test_a_question_is_asked_answered_and_rated(world: World, callers: Callers):
    mine = Api(str(ApiKey.objects.create_key(name="x", host=world.host, made_by=world.owner)[1]))
    file = {"name": "dark.txt", "content": base64.b64encode(b"no light").decode()}
    ask = {"topic": 1, "text": "The charger is dark.", "charger": "CP1", "files": [file]}
    assert callers.owner.post("tickets/", ask).status_code == 403

    missing = mine.post("tickets/", ask)
    assert [error["path"] for error in missing.json()["errors"]] == ["details.attempted_at"]
    asked = mine.post("tickets/", {**ask, "details": {"attempted_at": "2026-07-03T15:00"}})
    assert asked.status_code == 201, asked.text
    made = asked.json()
    ticket = Ticket.objects.get()
    assert (made["charger"], made["host"], made["messages"][0]["text"]) == ("CP1", "sunset", "The charger is dark.")
    assert (ticket.email, ticket.attachments.get().name) == (world.owner.email, "dark.txt")
    answer = NewMessage(author=Author.AGENT, text="Is the breaker on?", name="Ann")
    conversation.add(ticket, answer, now=datetime.now(tz=UTC))
    note = NewMessage(author=Author.SYSTEM, text="Not for hosts", kind=conversation.Kind.INTERNAL)
    conversation.add(ticket, note, now=datetime.now(tz=UTC))
    at = f"tickets/{ticket.pk}/"
    assert [one["author"] for one in callers.owner.get(at).json()["messages"]] == ["host", "agent"]
    assert mine.post(f"{at}messages/", {"text": "It was off."}).json()["messages"][-1]["text"] == "It was off."
    assert mine.put(f"{at}satisfaction/", {"satisfaction": "good"}).status_code == 409
    Ticket.objects.update(state="solved", solved_at=datetime.now(tz=UTC))
    assert mine.put(f"{at}satisfaction/", {"satisfaction": "good"}).json()["satisfaction"] == "good"
    assert callers.stranger.get(at).status_code == 404
    assert callers.stranger.get("tickets/").json()["results"] == []


def test_it_names_what_a_topic_still_needs(world: World, callers: Callers):
    mine = Api(str(ApiKey.objects.create_key(name="x", host=world.host, made_by=world.owner)[1]))

    unknown = mine.post("tickets/", {"topic": 1, "text": "x", "details": {"shoe_size": "9"}})
    bad = mine.post("tickets/", {"topic": 1, "text": "x", "files": [{"name": "a", "content": "%"}]})

    assert [error["path"] for error in unknown.json()["errors"]] == ["details"]
    assert bad.json()["errors"][0]["path"]
    Ticket.objects.create(
        secret="x",
        subject="A guest's",
        asker="guest",
        queue="charging",
        origin="form",
        host=world.host,
        opened_at=datetime.now(tz=UTC),
        changed_at=datetime.now(tz=UTC),
        first_answer_due_at=datetime.now(tz=UTC),
        solve_due_at=datetime.now(tz=UTC),
    )
    assert mine.get("tickets/").json()["results"] == [], "What guests asked is theirs."


def test_timelines_are_read_and_shared(world: World, callers: Callers, paid: Session):
    session = callers.owner.get(f"sessions/{paid.pk}/timeline/").json()
    assert session["time_zone"] == "America/New_York"
    assert any("Receipt" in one["sentence"] for one in session["results"])
    charger = callers.owner.get("chargers/CP1/timeline/", period="7d").json()
    assert {"Transaction", "Decision"} <= {one["source"] for one in charger["results"]}
    assert callers.owner.get("chargers/CP1/timeline/", period="1y").status_code == 400
    link = callers.owner.post("chargers/CP1/timeline/share/", {"period": "24h"}).json()["secret"]
    assert callers.nobody.client.get(link.partition("8000")[2]).status_code == 200
    for address in (f"sessions/{paid.pk}/timeline/", "chargers/CP1/timeline/"):
        assert callers.stranger.get(address).status_code == 404
