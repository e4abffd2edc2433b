"""The tools of a ticket's page: permission, reason, consequence, act, audit entry with the ticket's number, result."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from authorization.models import AuditEntry, User
from billing.models import Session
from chargers.models import Charger, Command, Property
from support.models import Ticket, ToolUse
from support.tickets.lifecycle import Facts
from tests.kit import charging
from tests.kit.admin import shown
from tests.kit.tickets import opened
from tests.pages.conftest import World


def now() -> datetime:
    return datetime.now(tz=UTC)


def address(ticket: Ticket, key: str) -> str:
    return f"/admin/support/ticket/{ticket.pk}/tools/{key}/"


def look(client: Client, ticket: Ticket, key: str, **values: str) -> str:
    """What the page says would happen."""
    response = client.post(address(ticket, key), {"reason": "Kim is stuck.", **values})
    assert response.status_code == 200, response.content.decode()[-3000:]
    return response.content.decode()


def confirm(client: Client, ticket: Ticket, key: str, *, once: str = "", **values: str) -> ToolUse:
    """Reads the preview, and confirms it as it stands."""
    sent = {"reason": "Kim is stuck.", **values}
    read = client.post(address(ticket, key), sent).context
    sent |= {"confirmed": "1", "once": once or str(read["once"]), "stamp": read["preview"].stamp}
    assert client.post(address(ticket, key), sent).status_code == 302
    return ToolUse.objects.filter(ticket=ticket, tool=key).latest("begun_at")


@pytest.fixture
def ticket(world: World) -> Ticket:
    Charger.objects.update(connection_id=uuid.uuid4(), connected_at=now(), ocpp_version="1.6")
    return opened(now=now(), facts=Facts(host=world.host, property=world.site, charger=world.charger))


@pytest.fixture
def running(world: World, ticket: Ticket) -> Session:
    """A guest who charges now: 40.00 held, 12 kWh so far."""
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    begun = now() - timedelta(hours=2)
    session = charging.paid_for(world.charger, at=begun)
    row = charging.start(world.charger, uid=session.id_token, at=begun + timedelta(minutes=1))
    charging.read(row, 13_000, at=now() - timedelta(minutes=1))
    Ticket.objects.filter(pk=ticket.pk).update(session=session)
    ticket.refresh_from_db()
    session.refresh_from_db()
    return session


def test_it_stops_a_car_after_saying_what_the_driver_pays(client: Client, ticket: Ticket, running: Session):
    car = str(running.transaction_id)

    preview = look(client, ticket, "stop", transaction=car)
    done = confirm(client, ticket, "stop", transaction=car)

    assert "This stops the car at SUN001, connector 1 now; the driver pays for 12.0 kWh, $5.80 as it stands." in preview
    assert (done.state, Command.objects.get().action) == ("done", "RemoteStopTransaction")
    assert "RemoteStopTransaction was sent to SUN001" in ticket.messages.get(author="system").text
    entry = AuditEntry.objects.get(verb="charger.command")
    assert entry.reason == f"{ticket.label}: Kim is stuck."
    assert AuditEntry.objects.get(verb="ticket.tool_used").after["tool"] == "stop"


def test_a_form_that_is_confirmed_twice_acts_once(client: Client, ticket: Ticket, running: Session):
    once, car = str(uuid.uuid4()), str(running.transaction_id)

    for _ in range(2):
        confirm(client, ticket, "stop", once=once, transaction=car)

    assert (Command.objects.count(), ToolUse.objects.count()) == (1, 1)


def test_without_a_reason_nothing_is_shown_or_done(client: Client, ticket: Ticket):
    response = client.post(address(ticket, "status"), {"confirmed": "1", "once": str(uuid.uuid4())})

    assert "Say why: without a reason nothing is done." in response.content.decode()
    assert not Command.objects.exists()


@pytest.mark.parametrize(
    ("version", "key", "values", "sentence"),
    [
        ("1.6", "unlock", {"evse": "1"}, "ends its session first. The driver pays for 12.0 kWh, $5.80"),
        ("2.0.1", "unlock", {"evse": "1"}, "the charger will refuse: stop it first"),
        ("2.0.1", "unlock", {"evse": "1"}, "It opens no door, gate or barrier"),
        ("1.6", "reset", {"kind": "soft"}, "its session ends; the driver pays for 12.0 kWh"),
        ("2.0.1", "reset", {"kind": "soft"}, "the restart waits for it"),
        ("2.0.1", "reset", {"kind": "hard"}, "its session ends"),
        ("1.6", "start", {"evse": "1", "uid": "04:A1:B2:C3:D4"}, "for the card 04A1B2C3D4"),
        ("1.6", "status", {}, "Nothing changes at the charger"),
    ],
)
def test_it_says_what_a_command_does_in_the_charger_s_version(
    client: Client, ticket: Ticket, running: Session, version: str, key: str, values: dict[str, str], sentence: str
):
    Charger.objects.update(ocpp_version=version)

    assert sentence in look(client, ticket, key, **values)
    assert confirm(client, ticket, key, **values).state == "done"


def test_a_charger_that_is_not_connected_gets_no_command(client: Client, ticket: Ticket):
    Charger.objects.update(connection_id=None)

    response = client.post(address(ticket, "reset"), {"reason": "Try it.", "kind": "soft"})

    assert (response.status_code, Command.objects.count()) == (409, 0)
    assert "SUN001 is not connected: no command reaches it." in response.content.decode()
    assert "SUN001 is not connected" in shown(client, f"/admin/support/ticket/{ticket.pk}/change/")


def test_a_start_for_a_blocked_card_is_refused_in_words(client: Client, ticket: Ticket, world: World):
    world.member.blocked = True
    world.member.save()

    done = confirm(client, ticket, "start", evse="1", uid="04A1B2C3D4")

    assert done.state == "refused"
    assert "The start was not sent." in ticket.messages.get(author="system").text


@pytest.mark.parametrize("who", ["owner", "teammate", "stranger"])
def test_only_agents_enter(client_of: Callable[[User], Client], ticket: Ticket, world: World, who: str):
    client = client_of(getattr(world, who))

    assert client.get(address(ticket, "stop")).status_code in {302, 403, 404}
    client.post(address(ticket, "status"), {"reason": "Mine.", "confirmed": "1", "once": str(uuid.uuid4())})
    assert not Command.objects.exists()


def test_an_unknown_tool_is_no_page(client: Client, ticket: Ticket):
    assert client.get(address(ticket, "teleport")).status_code == 404
