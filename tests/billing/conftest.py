"""A site with rates, and what its charger leaves behind."""

import itertools
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from authorization.models import Decision, Token
from billing.models import Rate, RateAssignment, RateVersion, Session
from billing.sessions.lifecycle import lifecycle
from billing.sessions.settlement import settle
from chargers.lib import ids
from chargers.models import (
    Charger,
    Connector,
    Evse,
    Host,
    Message,
    MeterValue,
    Property,
    StatusReport,
    Transaction,
)

_numbers = itertools.count(1000)
NOON = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)  # 13:00 in New York
PLAIN = {
    "energy": [{"name": "all day", "price": "0.40"}],
    "connection_fee": "1.00",
    "idle": {"per_min": "0.20", "grace_min": 10, "cap": "10.00"},
}


@dataclass
class Site:
    host: Host
    place: Property
    charger: Charger
    member: Token

    def rate(self, *audiences: str, slug: str = "plain", definition: Any = PLAIN, charger: Any = None) -> RateVersion:
        rate = Rate.objects.create(host=self.host, slug=slug, name=slug.capitalize(), currency="USD")
        version = RateVersion.objects.create(rate=rate, number=1, definition=definition, created_at=NOON)
        for audience in audiences:
            RateAssignment.objects.create(rate=rate, property=self.place, charger=charger, audience=audience)
        return version

    def decision(self, *, granted_by: str = "local_group", token: Token | None = None) -> Decision:
        return Decision.objects.create(
            id=uuid.uuid4(),
            at=NOON,
            event_at=NOON,
            kind="start",
            host=self.host,
            charger=self.charger,
            uid="04A1",
            token=token or self.member,
            verdict="accepted",
            granted_by=granted_by,
            status_16="Accepted",
            status_2x="Accepted",
            trace=[],
        )

    def transaction(self, *, id_token: str = "04A1", at: datetime = NOON, **fields: Any) -> Transaction:
        values = {"ocpp_version": "1.6", "evse_number": 1, "connector_number": 1, "meter_start_wh": 1000} | fields
        return Transaction.objects.create(
            charger=self.charger,
            transaction_id=str(next(_numbers)),
            id_token=id_token,
            started_at=at,
            start_received_at=at,
            authorization_status="Accepted",
            **values,
        )

    def begin(self, row: Transaction, decision: Decision | None = None) -> Session:
        lifecycle.begin(row, charger=self.charger, decision=decision or self.decision(), now=row.started_at)
        return Session.objects.get(transaction=row)

    def reading(self, row: Transaction, wh: int, *, at: datetime) -> None:
        MeterValue.objects.create(
            id=ids.derive_from_key(at=at, key=f"{row.pk}|{wh}"),
            charger=self.charger,
            transaction=row,
            at=at,
            received_at=at,
            register_wh=wh,
            samples=[],
        )
        Transaction.objects.filter(pk=row.pk).update(register_wh=wh, register_at=at)

    def stop(self, row: Transaction, wh: int, *, at: datetime, reason: str = "Local") -> None:
        row.stopped_at = row.stop_received_at = at
        row.meter_stop_wh, row.stop_reason = wh, reason
        row.save()
        lifecycle.stop(row)

    def status(self, word: str, *, at: datetime) -> None:
        StatusReport.objects.create(
            charger=self.charger, evse_number=1, connector_number=1, status=word, at=at, received_at=at
        )
        Connector.objects.filter(evse__charger=self.charger, evse__number=1).update(status=word, status_at=at)
        lifecycle.status(self.charger, evse_number=1, word=word, at=at)

    def heard(self, *, since: datetime, until: datetime) -> None:
        """Heartbeats every five minutes: the contact that idle time needs."""
        at = since
        while at <= until:
            Message.objects.create(
                id=ids.generate(now=at),
                charger=self.charger,
                direction="in",
                ocpp_version="1.6",
                message_type=2,
                action="Heartbeat",
                request_at=at,
                request="[]",
            )
            at += timedelta(minutes=5)
        Charger.objects.filter(pk=self.charger.pk).update(last_message_at=until)

    def work(self, *, now: datetime) -> None:
        """What beat does every few seconds."""
        settle.fail_unstarted(now=now)
        settle.catch_up(now=now)
        settle.settle_due(now=now)
        settle.resolve_holds(now=now)


@pytest.fixture
def site(db: None) -> Site:
    host = Host.objects.create(slug="sunset", name="Sunset Stays", currency="USD", country="US")
    place = Property.objects.create(host=host, slug="sunset-1", name="Sunset 1", time_zone="America/New_York")
    charger = Charger.objects.create(charger_id="CP1", station_id="SUN001", property=place)
    for number in (1, 2):
        evse = Evse.objects.create(charger=charger, number=number)
        Connector.objects.create(evse=evse, number=1, standard="IEC_62196_T2", max_power_w=11000)
    member = Token.objects.create(host=host, uid="04A1", canonical_uid="04A1")
    return Site(host=host, place=place, charger=charger, member=member)


def minutes(count: float) -> datetime:
    """So many minutes after the start of the stories, 13:00 in New York."""
    return NOON + timedelta(minutes=count)
