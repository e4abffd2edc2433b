"""Open pages cost next to nothing while nothing happens: one query says that what they show is current."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import Session
from chargers.models import Charger, Connector, Transaction
from tests.kit import charging
from tests.kit.world import World, tap

pytestmark = pytest.mark.django_db
LOG_IN = 2
"""Queries for the session of the log-in and its person."""


@pytest.fixture(autouse=True)
def still():
    with time_machine.travel(datetime(2026, 11, 2, 12, 0, 10, tzinfo=UTC), tick=False) as clock:
        yield clock


def poll(client, address: str, target: str, version: str = ""):
    headers = {"HX-Request": "true", "HX-Target": target} | ({"Live-Version": version} if version else {})
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = client.get(address, headers=headers)
    return answer, len(captured)


@pytest.fixture
def session(world: World) -> Session:
    charging.assign(charging.make_rate(world.host), world.site, "member")
    row = charging.start(world.charger, uid="04A1B2C3D4", at=datetime.now(tz=UTC) - timedelta(hours=1))
    return Session.objects.get(transaction=row)


@pytest.mark.parametrize(
    ("address", "target", "extra"),
    [
        ("/", "live", 2),
        ("/attention/", "live", 2),
        ("/chargers/", "fleet", 1),
        ("/chargers/CP1/", "live", 1),
        ("/chargers/CP1/head/", "head", 1),
        ("/sessions/", "live", 2),
        ("/properties/sunset-1/power/", "live", 1),
        ("SESSION", "live", 1),
    ],
)
def test_an_idle_poll_costs_one_query_and_answers_nothing(address, target, extra, session, world, client_of):
    address = f"/sessions/{session.pk}/" if address == "SESSION" else address
    client = client_of(world.owner)
    first, full = poll(client, address, target)
    assert first.status_code == 200

    again, queries = poll(client, address, target, first.headers["Live-Version"])

    assert (again.status_code, again.content) == (204, b"")
    assert queries <= LOG_IN + extra < full


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", ["/chargers/CP1/", "/chargers/CP1/head/"])
def test_every_change_of_a_charger_is_another_version(address, world, client_of):
    client = client_of(world.owner)
    changes = (
        lambda: Charger.objects.update(connection_id=uuid.uuid4(), connected_at=datetime.now(tz=UTC)),
        lambda: Connector.objects.update(status="Faulted"),
        lambda: tap(world.charger, "04DEADBEEF01"),
        lambda: Charger.objects.update(connection_id=None, disconnected_at=datetime.now(tz=UTC)),
    )
    versions = [poll(client, address, "live")[0].headers["Live-Version"]]
    for change in changes:
        change()
        versions.append(poll(client, address, "live", versions[-1])[0].headers.get("Live-Version", "the same"))

    assert "the same" not in versions


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", ["/chargers/", "/", "/chargers/CP1/"])
def test_a_change_of_state_is_another_version_of_a_fleet_and_a_message_is_none(address, world, client_of):
    client = client_of(world.owner)
    Charger.objects.update(connection_id=uuid.uuid4(), connected_at=datetime.now(tz=UTC))
    Connector.objects.update(status="Available")
    seen = poll(client, address, "live")[0].headers["Live-Version"]
    Charger.objects.update(last_message_at=datetime.now(tz=UTC))
    assert poll(client, address, "live", seen)[0].status_code == 204

    for change in (
        lambda: Connector.objects.update(status="Faulted"),
        lambda: Connector.objects.update(status="Available"),
        lambda: Charger.objects.update(connection_id=None, disconnected_at=datetime.now(tz=UTC)),
    ):
        change()
        answer, _ = poll(client, address, "live", seen)
        assert answer.status_code == 200
        seen = answer.headers["Live-Version"]


@pytest.mark.parametrize("brought", ["x", ".", "a.zz", "1-2.1+1", "a." + "f" * 3000, "a.ffffffffffffffffff"])
def test_a_version_that_nobody_gave_is_answered_with_the_list(brought, world, client_of):
    assert poll(client_of(world.owner), "/chargers/", "fleet", brought)[0].status_code == 200


@pytest.mark.django_db(transaction=True)
def test_energy_and_state_of_a_session_are_another_version(session, world, client_of):
    client = client_of(world.owner)
    for address in ("/sessions/", f"/sessions/{session.pk}/"):
        seen = poll(client, address, "live")[0].headers["Live-Version"]
        Transaction.objects.update(register_wh=5000)
        answer, _ = poll(client, address, "live", seen)
        assert answer.status_code == 200
        Session.objects.update(state="stopped")
        assert poll(client, address, "live", answer.headers["Live-Version"])[0].status_code == 200


def test_what_no_version_covers_is_shown_within_half_a_minute(world, client_of, still):
    client = client_of(world.owner)
    seen = poll(client, "/chargers/", "fleet")[0].headers["Live-Version"]

    still.shift(30)

    assert poll(client, "/chargers/", "fleet", seen)[0].status_code == 200
