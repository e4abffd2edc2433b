"""Commands to a ticket's charger: each asks whether its caller may operate it."""

import uuid

import pytest

from authorization.people.access import NotAllowedError
from billing.models import Session
from chargers.commands.sending import StartRefusedError
from chargers.models import Command, Transaction
from support.models import Ticket
from support.tools.acts import charger as acts
from support.tools.case import NotPossibleError
from tests.kit.tools_charging import now, running, ticket
from tests.kit.world import World

__all__ = ["running", "ticket"]
pytestmark = pytest.mark.django_db


def test_a_stop_names_the_session(world: World, running: Session):
    acts.stop(world.charger, running.transaction, idempotency_key=uuid.uuid4(), by=world.agent, now=now())

    command = Command.objects.get(action="RemoteStopTransaction")
    assert command.payload == {"transactionId": int(running.transaction.transaction_id)}


def test_a_session_that_has_ended_is_not_stopped(world: World, running: Session):
    Transaction.objects.update(stopped_at=now())

    with pytest.raises(NotPossibleError, match="ended already"):
        acts.stop(world.charger, running.transaction, idempotency_key=uuid.uuid4(), by=world.agent, now=now())

    assert not Command.objects.filter(action="RemoteStopTransaction").exists()


@pytest.mark.parametrize(("kind", "type_"), [("hard", "Hard"), ("soft", "Soft")])
def test_a_restart_is_of_the_kind_that_was_chosen(world: World, ticket: Ticket, kind: str, type_: str):
    world.charger.refresh_from_db()

    acts.reset(world.charger, kind, idempotency_key=uuid.uuid4(), by=world.agent, now=now())

    assert Command.objects.get(action="Reset").payload == {"type": type_}


def test_the_same_form_sends_one_command(world: World, ticket: Ticket):
    world.charger.refresh_from_db()
    once = uuid.uuid4()

    for _ in range(2):
        acts.ask_status(world.charger, idempotency_key=once, by=world.agent, now=now())

    assert Command.objects.filter(action="TriggerMessage").count() == 1


@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_who_may_not_operate_it_sends_nothing(world: World, ticket: Ticket, person: str):
    with pytest.raises(NotAllowedError):
        acts.unlock(world.charger, 1, idempotency_key=uuid.uuid4(), by=getattr(world, person), now=now())

    assert not Command.objects.exists()


def test_a_bill_is_ended_once_and_charging_goes_on(world: World, running: Session):
    result = acts.stop_billing(running, reason="The cable is stuck", by=world.agent, now=now())
    assert "nothing is billed at SUN001; charging goes on." in result

    with pytest.raises(NotPossibleError, match="ended before"):
        acts.stop_billing(running, reason="The cable is stuck", by=world.agent, now=now())
    assert Transaction.objects.get().stopped_at is None


def test_a_start_for_a_card_that_nobody_knows_is_not_sent(world: World, ticket: Ticket):
    world.charger.refresh_from_db()

    with pytest.raises((NotPossibleError, StartRefusedError)):
        acts.start(world.charger, "04FF00FF", evse_number=1, idempotency_key=uuid.uuid4(), by=world.agent, now=now())

    assert not Command.objects.exists()
