"""Any command at all: a form made of the official schema, or the payload as JSON."""

import json

import pytest

from chargers.models import Command
from chargers.protocol import schemas
from chargers.protocol.frames import Version
from chargers.protocol.schemas import Sender
from tests.kit.console_pages import connect, online, post

__all__ = ["online"]
CONSOLE = "/chargers/CP1/commands/"


@pytest.mark.parametrize(("person", "status"), [("owner", 200), ("agent", 200), ("teammate", 404), ("stranger", 404)])
def test_it_gives_the_form_of_any_command_to_those_who_may_order(online, client_of, person, status):
    client = client_of(getattr(online, person))

    assert client.get(f"{CONSOLE}any/").status_code == status
    assert client.get(f"{CONSOLE}any/Reset/").status_code == status


@pytest.mark.parametrize("version", Version)
def test_it_has_a_page_for_every_action(online, client_of, version):
    connect(version.value)
    client = client_of(online.owner)

    for action in schemas.actions(version=version, sender=Sender.CENTRAL_SYSTEM):
        assert client.get(f"{CONSOLE}any/{action}/").status_code == 200, action
    assert client.get(f"{CONSOLE}any/Authorize/").status_code == 404


def test_it_says_what_the_schema_has_against_it(online, client_of):
    page = client_of(online.owner).post(f"{CONSOLE}any/UnlockConnector/", {"connectorId": "one", "check": "1"})

    assert b"connectorId is &quot;one&quot;: write a whole number." in page.content
    assert b'aria-invalid="true"' in page.content


@pytest.mark.parametrize("text", ["{", "[]", '"x"', "NaN", "[" * 5000])
def test_it_takes_no_json_that_is_no_payload(online, client_of, text):
    page = client_of(online.owner).post(f"{CONSOLE}any/Reset/", {"payload": text, "check_raw": "1"})

    assert page.status_code == 200
    assert not Command.objects.exists()
    assert post(client_of(online.owner), f"{CONSOLE}send/", action="Reset", payload=text).status_code == 302
    assert not Command.objects.exists()


def test_it_stays_json_where_the_form_cannot_show_all_of_it(online, client_of):
    connect("2.0.1")
    payload = json.dumps({"type": "OnIdle", "customData": {"vendorId": "x"}})

    page = client_of(online.owner).post(f"{CONSOLE}any/Reset/", {"payload": payload, "edit": "1"}).content.decode()

    assert "The form cannot show all of this payload" in page
    assert "customData" in page
