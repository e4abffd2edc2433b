"""The tools of a ticket's page, used as an agent does."""

import uuid
from datetime import UTC, datetime

from django.test import Client

from chargers.models import Charger
from support.models import Ticket, ToolUse


def address(ticket: Ticket, key: str) -> str:
    return f"/admin/support/ticket/{ticket.pk}/tools/{key}/"


def look(client: Client, ticket: Ticket, key: str, **values: str) -> str:
    """Returns the preview that the page shows."""
    response = client.post(address(ticket, key), {"reason": "Kim is stuck.", **values}, follow=True)
    assert response.status_code == 200, response.content.decode()[-3000:]
    return response.content.decode()


def refusal(client: Client, ticket: Ticket, key: str, **values: str) -> str:
    """Returns the page that tells why the tool does nothing."""
    response = client.post(address(ticket, key), {"reason": "Kim is stuck.", **values}, follow=True)
    assert response.status_code == 409, response.content.decode()[-3000:]
    return response.content.decode()


def confirm(client: Client, ticket: Ticket, key: str, *, once: str = "", **values: str) -> ToolUse:
    """Reads the preview, and confirms it unchanged."""
    sent = {"reason": "Kim is stuck.", **values}
    read = client.post(address(ticket, key), sent, follow=True).context
    assert read["preview"] is not None, (read["obstacle"], read["form"].errors)
    sent |= {"confirmed": "1", "once": once or str(read["once"]), "stamp": read["preview"].stamp}
    assert client.post(address(ticket, key), sent).status_code == 302
    return ToolUse.objects.filter(ticket=ticket, tool=key).latest("begun_at")


def connect(version: str = "1.6") -> None:
    """Connects every charger with this version."""
    Charger.objects.update(connection_id=uuid.uuid4(), connected_at=datetime.now(tz=UTC), ocpp_version=version)
