"""What the tests of commands.api, commands.forms, commands.ordering and commands.results share."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from chargers.commands import queue
from chargers.models import Charger, Licence
from tests.billing.roaming.conftest import connect
from tests.kit import ocpi_tables

TOKEN = {
    "country_code": "NL",
    "party_id": "EMS",
    "uid": "APP0001",
    "type": "APP_USER",
    "contract_id": "NL-EMS-C001",
    "issuer": "Example eMSP",
    "valid": True,
    "whitelist": "NEVER",
    "last_updated": "2026-03-10T12:00:00Z",
}


@pytest.fixture(autouse=True)
def connected(ours, msp, partner, site):
    connect(msp)
    Licence.objects.create(charger=site.charger)
    partner.requests.clear()


def order(partner, name, body, *, version="2.2.1"):
    body = {"response_url": f"{partner.url}/ocpi/{version}/results/{name}/1"} | body
    url = partner.endpoint("commands").replace("2.2.1", version)
    response = partner.call("POST", f"{url}/{name}", body=body, X_Correlation_ID="correlation-of-command")
    if response.json().get("data"):
        ocpi_tables.check("CommandResponse", response.json()["data"], version=version, complaints=partner.complaints)
    return response


def start(partner, **fields):
    return order(partner, "START_SESSION", {"token": TOKEN, "location_id": "sunset-1", "evse_uid": "CP1-1"} | fields)


def result(response):
    return response.json()["data"]["result"]


def charger_answers(status="Accepted", state="accepted"):
    """Applies to the newest command what the gateway would do with this answer."""
    charger = Charger.objects.get(charger_id="CP1")
    now = datetime.now(tz=UTC)
    command = queue.take_next(charger, connection_id=charger.connection_id or uuid.uuid4(), now=now)
    assert queue.close(command.pk, state=state, outcome=(), reply={"status": status}, now=now)
    return command


def reserve(partner, **fields):
    until = (datetime.now(tz=UTC) + timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = {"token": TOKEN, "expiry_date": until, "reservation_id": "theirs-1", "location_id": "sunset-1"}
    return order(partner, "RESERVE_NOW", body | {"evse_uid": "CP1-1"} | fields)
