"""The two hosts of the page tests with a key each, an agents' key, and a session that was paid and has a receipt."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from authorization.decide import decisions
from authorization.models import ApiKey, Decision
from billing.models import Rate, RateAssignment, RateVersion, Session
from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from billing.sessions.settlement import settle
from chargers.lib import ids
from chargers.models import Charger, Connector, Host, MeterValue, StatusReport, Transaction
from tests.kit.world import World

PLAIN = {"energy": [{"name": "all day", "price": "0.40"}], "connection_fee": "1.00"}
YESTERDAY = datetime.now(tz=UTC).replace(microsecond=0) - timedelta(days=1)


class Api:
    """A caller with a key, or without one."""

    def __init__(self, key: str | None = None) -> None:
        self.client = Client(headers={"Authorization": f"Api-Key {key}"} if key else {})

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", query)

    def post(self, path: str, data: Any) -> Any:
        return self.client.post(f"/api/v1/{path}", data, content_type="application/json")

    def patch(self, path: str, data: Any) -> Any:
        return self.client.patch(f"/api/v1/{path}", data, content_type="application/json")

    def put(self, path: str, data: Any) -> Any:
        return self.client.put(f"/api/v1/{path}", data, content_type="application/json")

    def delete(self, path: str) -> Any:
        return self.client.delete(f"/api/v1/{path}")


@dataclass(frozen=True)
class Callers:
    owner: Api
    stranger: Api
    agent: Api
    nobody: Api


@pytest.fixture
def callers(world: World) -> Callers:
    return Callers(
        owner=Api(make_key(world.host)),
        stranger=Api(make_key(world.stranger.memberships.get().host)),
        agent=Api(make_key(None)),
        nobody=Api(),
    )


def make_key(host: Host | None) -> str:
    _, key = ApiKey.objects.create_key(name="test", host=host, is_agent=host is None)
    return str(key)


@pytest.fixture
def rate(world: World) -> RateVersion:
    made = Rate.objects.create(host=world.host, slug="plain", name="Plain", currency="USD")
    RateAssignment.objects.create(rate=made, property=world.site, audience="guest")
    return RateVersion.objects.create(rate=made, number=1, definition=PLAIN, created_at=YESTERDAY - timedelta(days=30))


@pytest.fixture
def paid(world: World, rate: RateVersion) -> Session:
    return paid_session(world.charger)


@pytest.fixture
def more_sessions(world: World, rate: RateVersion) -> Callable[[int], None]:
    def add(count: int) -> None:
        for number in range(1, count + 1):
            paid_session(world.charger, at=YESTERDAY - timedelta(days=number))

    return add


def paid_session(charger: Charger, *, at: datetime = YESTERDAY) -> Session:
    """A guest holds 40.00, takes 20 kWh in two hours for 9.00 and leaves at once: settled and captured."""
    session = lifecycle.open_for_guest(
        lifecycle.GuestOrder(charger=charger, evse_number=1, email="kim@example.com"), now=at
    )
    hold = holds.open_hold(session, amount_minor=4000, now=at)
    holds.authorize(hold, card="4242 4242 4242 4242", now=at)
    row = Transaction.objects.create(
        charger=charger,
        transaction_id=f"{at:%d%H%M%S}",
        id_token=session.id_token,
        started_at=at,
        start_received_at=at,
        authorization_status="Accepted",
        ocpp_version="1.6",
        evse_number=1,
        connector_number=1,
        meter_start_wh=1000,
    )
    asked = decisions.Question(kind="start", uid=session.id_token, at=at)
    decided = decisions.decide(charger=charger, question=asked, now=at)
    lifecycle.begin(row, charger=charger, decision=Decision.objects.get(pk=decided.id), now=at)
    _status(charger, "Charging", at=at + timedelta(seconds=10))
    stopped = at + timedelta(hours=2)
    MeterValue.objects.create(
        id=ids.derive_from_key(at=stopped, key=str(row.pk)),
        charger=charger,
        transaction=row,
        at=stopped,
        received_at=stopped,
        register_wh=21_000,
        samples=[],
    )
    row.stopped_at = row.stop_received_at = stopped
    row.meter_stop_wh, row.stop_reason = 21_000, "Local"
    row.save()
    lifecycle.stop(row)
    settle.catch_up(now=stopped + timedelta(seconds=5))
    _status(charger, "Available", at=stopped + timedelta(minutes=1))
    settle.settle_due(now=stopped + timedelta(minutes=1, seconds=5))
    settle.resolve_holds(now=stopped + timedelta(minutes=2))
    return Session.objects.get(pk=session.pk)


def _status(charger: Charger, word: str, *, at: datetime) -> None:
    StatusReport.objects.create(charger=charger, evse_number=1, connector_number=1, status=word, at=at, received_at=at)
    Connector.objects.filter(evse__charger=charger).update(status=word, status_at=at)
    lifecycle.status(charger, evse_number=1, word=word, at=at)
