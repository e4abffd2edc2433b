"""Tickets are found by number, address, station and words: with a typo, the best first, and by the newest message."""

from datetime import timedelta

import pytest
from django.db import connection

from support.models import SearchWord, Ticket, TicketIndex
from support.queues import finding
from support.requests.acts import requests
from support.tickets import lifecycle
from support.tickets.conversation import Author, NewMessage
from support.tickets.lifecycle import Facts
from tests.kit.tickets import MONDAY, opened
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def found(typed: str) -> list[int]:
    finding.learn_words()
    return finding.rank_matches(Ticket.objects.all(), typed)


@pytest.fixture
def tickets() -> tuple[Ticket, Ticket, Ticket]:
    """One names the breaker in its subject, one in its message; the third has nothing of it."""
    subject = opened(subject="The breaker tripped", text="Café door, 2nd floor", email="anna@example.com")
    message = opened(subject="No power", text="I have reset the breaker twice.", email="ben@example.com")
    other = opened(subject="Too expensive", text="Why 40 EUR?", email="cleo@example.com")
    return subject, message, other


@pytest.mark.parametrize(
    ("typed", "which"),
    [
        ("breaker", [0, 1]),
        ("breakre", [0, 1]),
        ("braeker", [0, 1]),
        ("exspensive", [2]),
        ("expens", [2]),
        ("cafe", [0]),
        ("CAFÉ DOOR", [0]),
        ("breaker twice", [1]),
        ("breaker nowhere-at-all", []),
        ("ben@example.com", [1]),
        ("bne@example.com", [1]),
        ("cleo", [2]),
        ("'; DROP TABLE x --", []),
        ("zz & qq | !xx:* <->", []),
        ("  ", []),
    ],
)
def test_it_finds_words_with_typos_and_accents_the_subject_first(
    tickets: tuple[Ticket, ...], typed: str, which: list[int]
):
    keys = found(typed)

    assert [key for key in keys if key in {tickets[one].pk for one in which}] == [tickets[one].pk for one in which]
    assert len(keys) == len(which)


def test_a_number_and_a_station_come_first(world: World, tickets: tuple[Ticket, ...]):
    there = opened(subject="Cable", facts=Facts(host=world.host, property=world.site, charger=world.charger))
    requests.write(tickets[2], NewMessage(author=Author.GUEST, text=f"It was {there.label} at SUN001"), now=MONDAY)

    assert found(there.label) == [there.pk, tickets[2].pk]
    assert found("sun001") == [there.pk, tickets[2].pk]


def test_what_is_written_later_is_found_and_what_was_withdrawn_or_moved_is_not(tickets: tuple[Ticket, ...]):
    subject, message, other = tickets
    requests.write(other, NewMessage(author=Author.GUEST, text="The gearbox is odd."), now=MONDAY)
    assert found("gearbox") == [other.pk]

    later = MONDAY + timedelta(minutes=1)
    other.messages.filter(text__contains="gearbox").update(withdrawn_at=MONDAY, released_at=later)
    Ticket.objects.filter(pk=message.pk).update(subject="Thunderstorm", email=subject.email)
    message.refresh_from_db()
    lifecycle.merge(subject, into=message, now=MONDAY)

    assert found("gearbox") == []
    assert found("thunderstorm") == [message.pk]


def test_the_same_rows_only_as_the_list_shows(tickets: tuple[Ticket, ...]):
    finding.learn_words()

    assert finding.rank_matches(Ticket.objects.filter(email="ben@example.com"), "breaker") == [tickets[1].pk]


def test_tickets_of_before_are_filled_and_learnt_once(tickets: tuple[Ticket, ...]):
    before = dict(TicketIndex.objects.values_list("pk", "search"))
    TicketIndex.objects.all().delete()
    assert finding.rank_matches(Ticket.objects.all(), "breaker") == []

    with connection.cursor() as cursor:
        cursor.execute("SELECT support_index_ticket(id) FROM support_ticket")

    assert dict(TicketIndex.objects.values_list("pk", "search")) == before
    assert (finding.learn_words(), finding.learn_words()) == (3, 0)
    assert SearchWord.objects.filter(word="expensive").exists()


def test_a_very_long_conversation_still_takes_messages(tickets: tuple[Ticket, ...]):
    ticket = tickets[0]
    for start in range(4):
        text = " ".join(f"w{start}{number:05}" for number in range(20_000))[:200_000]
        requests.write(ticket, NewMessage(author=Author.GUEST, text=text), now=MONDAY)

    assert found("w000001") == [ticket.pk]
