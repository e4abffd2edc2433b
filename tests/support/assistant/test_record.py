"""Conversations as they are kept."""

from datetime import timedelta

import pytest

from billing.models import Session
from support.assistant import record
from support.assistant.record import KEPT_FOR, NewConversation
from support.models import Conversation
from support.tickets.lifecycle import Facts
from support.topics.topic import Asker
from tests.kit.callers import paid, rate
from tests.kit.drivers import NOW
from tests.kit.world import World

__all__ = ["paid", "rate"]
pytestmark = pytest.mark.django_db


def begin(**facts) -> Conversation:
    return record.begin(NewConversation(asker=Asker.GUEST, **facts), now=NOW)


def test_each_has_a_link_that_nobody_guesses():
    first, second = begin(email="Kim@Example.com"), begin()

    assert first.secret != second.secret
    assert len(first.secret) >= 40
    assert first.email == "kim@example.com"
    assert record.newest(first) == 0


def test_an_empty_turn_is_none_and_the_words_are_the_person_s():
    row = begin()
    record.note(row, "", now=NOW)
    record.note(row, "I paid too much.", now=NOW)
    row.turns.create(author=record.Author.ASSISTANT, text="How much was it?", at=NOW)
    record.note(row, "9 dollars.", now=NOW)

    assert record.join_person_texts(row) == "I paid too much.\n9 dollars."
    assert record.newest(row) == row.turns.order_by("id").last().pk
    lines = record.transcript(row).split("\n\n")
    assert [line.partition(",")[0] for line in lines[1:]] == ["Person", "Assistant", "Person"]


def test_it_is_forgotten_ninety_days_after_the_last_turn():
    begin()

    assert record.forget(now=NOW + KEPT_FOR) == 0
    assert record.forget(now=NOW + KEPT_FOR + timedelta(seconds=1)) == 1
    assert not Conversation.objects.exists()


def test_a_session_counts_where_it_is_proved(paid: Session):
    assert record.session_state(Facts(session=paid)) == ""
    assert record.session_state(Facts(session=paid, proof="link")) == paid.state
    assert record.session_state(Facts()) == ""


def test_a_conversation_of_a_session_goes_on_for_the_one_who_began_it(world: World, paid: Session):
    row = begin(facts=Facts(session=paid, proof="link"), user=world.owner)
    assert record.open_of(paid, user=world.owner) is None
    record.note(row, "Hello", now=NOW)

    assert record.open_of(paid, user=world.owner) == row
    assert record.open_of(paid, user=world.stranger) is None
    assert record.open_of(paid, user=None) is None
    Conversation.objects.update(outcome=Conversation.Outcome.SOLVED)
    assert record.open_of(paid, user=world.owner) is None


def test_what_became_of_the_session_meanwhile_is_noticed(paid: Session):
    row = begin(facts=Facts(session=paid, proof="link"))
    assert not record.has_session_changed(row)
    row.state = {"session": paid.state}
    assert not record.has_session_changed(row)

    Session.objects.update(state="charging")

    assert record.has_session_changed(row)
