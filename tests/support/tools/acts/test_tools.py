"""The frame of every tool: used once for a form, and kept in the ticket and the audit trail, also where refused."""

import uuid

import pytest

from authorization import audit
from authorization.models import AuditEntry
from authorization.people.access import NotAllowedError
from support.models import Ticket, ToolUse
from support.tools.acts import tools
from support.tools.acts.tools import Use
from support.tools.case import NotPossibleError
from tests.kit.drivers import NOW
from tests.kit.tickets import opened
from tests.kit.world import World

pytestmark = pytest.mark.django_db
ONCE = uuid.uuid4()
REQUEST = Use(tool="reset", label="Restart", reason="Kim is stuck.", once=ONCE)


@pytest.fixture
def ticket(world: World) -> Ticket:
    return opened()


def test_a_form_acts_once_and_finds_what_it_did(world: World, ticket: Ticket):
    acted: list[int] = []

    def act() -> str:
        acted.append(1)
        return "It restarts."

    first, again = (tools.use(ticket, REQUEST, act, by=world.agent, now=NOW) for _ in range(2))

    assert (len(acted), first.pk) == (1, ONCE)
    assert (again.state, again.result) == ("done", "It restarts.")
    text = ticket.messages.get(author="system").text
    assert text == "Restart, by agent@example.com. It restarts. Reason: Kim is stuck."


def test_a_refusal_is_a_result_and_is_kept(world: World, ticket: Ticket):
    def act() -> str:
        raise NotPossibleError("That session has ended already.")

    used = tools.use(ticket, REQUEST, act, by=world.agent, now=NOW)

    assert (used.state, used.result) == ("refused", "That session has ended already.")
    assert "Nothing was done: That session has ended already." in ticket.messages.get(author="system").text
    assert AuditEntry.objects.get(verb="ticket.tool_used").after["state"] == "refused"


def test_what_the_act_writes_down_names_the_ticket(world: World, ticket: Ticket):
    def act() -> str:
        audit.write("charger.reset", audit.Subject("charger", "CP1", "SUN001"), user=world.agent, now=NOW)
        return "Done."

    tools.use(ticket, REQUEST, act, by=world.agent, now=NOW)

    assert AuditEntry.objects.get(verb="charger.reset").reason == f"{ticket.label}: Kim is stuck."


def test_a_failure_is_no_result(world: World, ticket: Ticket):
    def act() -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        tools.use(ticket, REQUEST, act, by=world.agent, now=NOW)

    assert ToolUse.objects.get().state == "begun"
    assert not ticket.messages.filter(author="system").exists()


def test_only_agents_use_tools(world: World, ticket: Ticket):
    with pytest.raises(NotAllowedError):
        tools.use(ticket, REQUEST, lambda: "Done.", by=world.owner, now=NOW)

    assert not ToolUse.objects.exists()


def test_a_form_of_another_ticket_or_tool_is_not_taken_over(world: World, ticket: Ticket):
    tools.use(ticket, REQUEST, lambda: "Done.", by=world.agent, now=NOW)
    other = Use(tool="stop", label="Stop", reason="x", once=ONCE)

    for target, request in ((opened(), REQUEST), (ticket, other)):
        with pytest.raises(NotAllowedError):
            tools.use(target, request, lambda: "Done again.", by=world.agent, now=NOW)
    assert ToolUse.objects.count() == 1
