"""Asking an account's address whether a request is its owner's: once, in time, and only by agents."""

from datetime import timedelta

import pytest

from authorization.models import AuditEntry
from authorization.people.access import NotAllowedError
from billing.models import Driver, OutgoingMail
from support.models import IdentityCheck, Ticket
from support.tickets import identity
from support.tickets.acts import identities
from support.tickets.acts.identities import AnsweredError
from support.tickets.identity import RecentError
from tests.kit.drivers import NOW
from tests.kit.person import driver, ticket
from tests.kit.world import World

__all__ = ["driver", "ticket"]
pytestmark = pytest.mark.django_db


def test_the_link_goes_to_the_address_of_the_account_in_its_language(world: World, ticket: Ticket, driver: Driver):
    Driver.objects.update(language="de")
    driver.refresh_from_db()

    check = identities.ask(ticket, driver, by=world.agent, now=NOW)

    outgoing = OutgoingMail.objects.get(key=f"identity:{check.pk}")
    assert outgoing.address == "kim@example.com"
    assert ticket.label in outgoing.text
    assert "Is this your request?" not in outgoing.subject
    entry = AuditEntry.objects.get(verb="ticket.identity_asked")
    assert "kim@example.com" not in str(entry.after)


@pytest.mark.parametrize("person", ["owner", "stranger"])
def test_only_agents_ask(world: World, ticket: Ticket, driver: Driver, person: str):
    with pytest.raises(NotAllowedError):
        identities.ask(ticket, driver, by=getattr(world, person), now=NOW)

    assert not IdentityCheck.objects.exists()


def test_a_second_link_waits_for_five_minutes(world: World, ticket: Ticket, driver: Driver):
    identities.ask(ticket, driver, by=world.agent, now=NOW)

    with pytest.raises(RecentError, match="less than five minutes"):
        identities.ask(ticket, driver, by=world.agent, now=NOW + timedelta(minutes=4))
    identities.ask(ticket, driver, by=world.agent, now=NOW + timedelta(minutes=6))


@pytest.mark.parametrize(
    ("is_theirs", "answer", "words"),
    [(True, "yes", "It is their request."), (False, "no", "It is NOT their request: change nothing for this ticket.")],
)
def test_the_answer_stands_on_the_ticket(
    world: World, ticket: Ticket, driver: Driver, is_theirs: bool, answer: str, words: str
):
    Ticket.objects.update(unread_since=None)
    check = identities.ask(ticket, driver, by=world.agent, now=NOW)

    identities.answer(check, is_theirs=is_theirs, now=NOW)

    check.refresh_from_db()
    ticket.refresh_from_db()
    assert (check.answer, check.answered_at, ticket.unread_since) == (answer, NOW, NOW)
    assert ticket.messages.get(author="system").text.endswith(words)


@pytest.mark.parametrize("late", [timedelta(0), identity.LASTS], ids=["answered before", "too late"])
def test_it_is_answered_once_and_in_time(world: World, ticket: Ticket, driver: Driver, late: timedelta):
    check = identities.ask(ticket, driver, by=world.agent, now=NOW)
    if not late:
        identities.answer(check, is_theirs=False, now=NOW)

    with pytest.raises(AnsweredError):
        identities.answer(check, is_theirs=True, now=NOW + late)

    check.refresh_from_db()
    assert check.answer != "yes"
