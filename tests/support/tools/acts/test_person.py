"""A person's account, for a ticket."""

from datetime import timedelta

import pytest

from authorization.people.access import NotAllowedError
from billing.models import Driver
from support.models import Ticket
from support.tools.acts import person
from support.tools.case import NotPossibleError
from tests.kit.person import driver, now, ticket
from tests.kit.world import World

__all__ = ["driver", "ticket"]
pytestmark = pytest.mark.django_db


def test_who_asks_is_asked_once_in_a_while(world: World, ticket: Ticket, driver: Driver):
    result = person.ask_who(ticket, driver, by=world.agent, now=now())
    assert result.startswith("The link was sent to ")
    assert "kim@example.com" not in result

    with pytest.raises(NotPossibleError, match="less than five minutes"):
        person.ask_who(ticket, driver, by=world.agent, now=now())
    person.ask_who(ticket, driver, by=world.agent, now=now() + timedelta(minutes=6))


def test_an_account_that_nobody_wants_deleted_cannot_be_kept(world: World, driver: Driver):
    with pytest.raises(NotPossibleError, match="No deletion is scheduled"):
        person.keep(driver, by=world.agent, now=now())


def test_an_account_without_anything_open_is_deleted_at_once(world: World, driver: Driver):
    result = person.delete(driver, by=world.agent, now=now())

    driver.refresh_from_db()
    assert result == f"The account {driver.pk} and the person’s data are deleted."
    assert driver.deleted_at is not None


def test_nobody_but_agents_touches_an_account(world: World, ticket: Ticket, driver: Driver):
    with pytest.raises(NotAllowedError):
        person.ask_who(ticket, driver, by=world.owner, now=now())
    with pytest.raises(NotAllowedError):
        person.delete(driver, by=world.owner, now=now())
