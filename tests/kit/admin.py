"""Agents in their admin."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from authorization.models import Decision, User
from billing.models import (
    Hold,
    ProcessorEvent,
    Rate,
    RateAssignment,
    RateVersion,
    Rating,
    Receipt,
    ReceiptSeries,
    Session,
)
from chargers.lib import ids
from chargers.models import Charger, Command, MeterValue, StatusReport, Transaction
from chargers.sentences import stored
from tests.kit.logging_in import SECRET, code
from tests.kit.world import PASSWORD, World, tap

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def log_in(user: User, *, with_code: bool) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    if with_code:
        client.post("/accounts/2fa/authenticate/", {"code": code()})
    return client


@pytest.fixture
def enrolled(world: World) -> User:
    cache.clear()
    TOTP.activate(world.agent, SECRET)
    return world.agent


@pytest.fixture
def client(enrolled: User) -> Client:
    return log_in(enrolled, with_code=True)


@dataclass(frozen=True)
class Charged:
    """A guest's session with all related rows."""

    session: Session
    transaction: Transaction
    hold: Hold
    receipt: Receipt
    decision: Decision


def charge(charger: Charger, uid: str, *, last4: str = "4242", number: int = 1) -> Charged:
    host = charger.property.host
    message = tap(charger, uid, at=NOW)
    decision = Decision.objects.get(id=message.decision_id)
    transaction = Transaction.objects.create(
        charger=charger,
        transaction_id=f"90{number}",
        ocpp_version="1.6",
        evse_number=1,
        id_token=uid,
        decision_id=decision.id,
        started_at=NOW,
        start_received_at=NOW,
        meter_start_wh=0,
        register_wh=8000,
    )
    rate, _ = Rate.objects.get_or_create(host=host, slug="guests", defaults={"name": "Guests", "currency": "USD"})
    version, _ = RateVersion.objects.get_or_create(rate=rate, number=1, defaults={"definition": {}, "created_at": NOW})
    RateAssignment.objects.get_or_create(rate=rate, property=charger.property, audience="guest")
    session = Session.objects.create(
        id=ids.generate(now=NOW),
        secret=uuid.uuid4().hex,
        host=host,
        property=charger.property,
        charger=charger,
        evse_number=1,
        transaction=transaction,
        audience="guest",
        id_token=f"GUEST{number}",
        decision_id=decision.id,
        rate_version=version,
        rate_sentences=stored.free("Guests pay this here."),
        state="settled",
        opened_at=NOW,
        started_at=NOW,
        stopped_at=NOW,
        settled_at=NOW,
        guest_email=f"guest{number}@example.com",
    )
    line = {"kind": "energy", "label": "Energy", "amount": 400, "quantity": "8", "unit": "kWh", "unit_price": "0.5",
            "tax_pct": "0", "reason": "8 kWh at 0.50"}  # fmt: skip
    rating = Rating.objects.create(
        session=session,
        kind="final",
        engine_version="1",
        inputs={},
        report={"lines": [line], "notes": []},
        currency="USD",
        total_minor=400,
        net_minor=400,
        tax_minor=0,
        energy_wh=8000,
        created_at=NOW,
    )
    hold = Hold.objects.create(
        id=ids.generate(now=NOW),
        session=session,
        processor="simulated",
        processor_ref=f"sim_{number}",
        amount_minor=5000,
        captured_minor=400,
        currency="USD",
        state="captured",
        last4=last4,
        created_at=NOW,
    )
    ReceiptSeries.objects.get_or_create(host=host, series="2026")
    receipt = Receipt.objects.create(
        host=host, series="2026", number=number, session=session, rating=rating, issued_at=NOW, document={}
    )
    hang_on(charger, transaction, number=number)
    return Charged(session, transaction, hold, receipt, decision)


def hang_on(charger: Charger, transaction: Transaction, *, number: int) -> None:
    MeterValue.objects.create(
        id=ids.generate(now=NOW),
        charger=charger,
        transaction=transaction,
        at=NOW,
        received_at=NOW,
        register_wh=8000,
        samples=[],
    )
    StatusReport.objects.create(charger=charger, evse_number=1, status="Charging", at=NOW, received_at=NOW)
    Command.objects.create(
        id=ids.generate(now=NOW),
        charger=charger,
        action="Reset",
        payload={"type": "Soft"},
        origin="user:a@example.com",
        created_at=NOW,
        expires_at=NOW + timedelta(minutes=1),
    )
    ProcessorEvent.objects.create(
        processor="simulated", event_id=f"evt_{number}", kind="payment.captured", raw="{}", received_at=NOW
    )


def shown(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def queries(client: Client, address: str) -> int:
    shown(client, address)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        shown(client, address)
    return len(captured)
