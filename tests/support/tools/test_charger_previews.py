"""What a command would do at the ticket's charger, and to the sessions that run there."""

import pytest
from django.test import Client

from billing.models import Session
from chargers.models import Charger, Connector
from support.models import Ticket
from tests.kit import charging
from tests.kit.admin import client, enrolled
from tests.kit.tools import confirm, look, refusal
from tests.kit.tools_charging import running, ticket
from tests.kit.world import World

__all__ = ["client", "enrolled", "running", "ticket"]


@pytest.mark.parametrize(
    ("version", "key", "values", "sentence"),
    [
        ("1.6", "unlock", {"evse": "1"}, "ends its session first. The driver pays for 12.0 kWh, $5.80"),
        ("2.0.1", "unlock", {"evse": "1"}, "the charger will refuse: stop it first"),
        ("2.0.1", "unlock", {"evse": "1"}, "It opens no door, gate or barrier"),
        ("1.6", "reset", {"kind": "soft"}, "its session ends; the driver pays for 12.0 kWh"),
        ("2.0.1", "reset", {"kind": "soft"}, "the restart waits for it"),
        ("2.0.1", "reset", {"kind": "hard"}, "its session ends"),
        ("1.6", "status", {}, "Nothing changes at the charger"),
    ],
)
def test_it_says_what_a_command_does_in_the_charger_s_version(
    client: Client, ticket: Ticket, running: Session, version: str, key: str, values: dict[str, str], sentence: str
):
    Charger.objects.update(ocpp_version=version)

    assert sentence in look(client, ticket, key, **values)
    assert confirm(client, ticket, key, **values).state == "done"


def test_a_restart_says_that_the_car_paused_and_which_connectors_are_faulted(
    client: Client, ticket: Ticket, world: World, running: Session
):
    for number, status in ((1, "SuspendedEV"), (2, "Faulted")):
        evse, _ = world.charger.evses.get_or_create(number=number)
        Connector.objects.update_or_create(evse=evse, number=1, defaults={"status": status})

    preview = look(client, ticket, "reset", kind="soft")

    assert "A session runs at SUN001, connector 1 (paused by the car): its session ends" in preview
    assert "Faulted now: connector 2." in preview


def test_a_start_says_who_would_pay_by_which_rate(client: Client, ticket: Ticket, world: World):
    free = look(client, ticket, "start", evse="1", uid="04A1B2C3D4")
    charging.assign(charging.make_rate(world.host), world.site, "member")
    priced = look(client, ticket, "start", evse="1", uid="04A1B2C3D4")

    assert "Nobody pays: " in free
    assert "with no payment card behind it: " in priced
    assert "Members pay “" in priced


def test_a_taken_connector_is_not_promised(client: Client, ticket: Ticket, running: Session):
    taken = "That connector is taken: somebody charges there"

    limits = {"kwh": "20", "minutes": "60", "begins_within": "15"}
    assert taken in refusal(client, ticket, "start", evse="1", uid="04A1B2C3D4")
    assert taken in refusal(client, ticket, "override", evse="1", payer="host", **limits)
