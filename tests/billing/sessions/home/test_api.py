"""Employees' home charging by the REST API."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from authorization.models import AuditEntry, ReimbursementContract, Token
from authorization.visits import reimbursement
from tests.kit import charging
from tests.kit.callers import Callers
from tests.kit.world import World

pytestmark = pytest.mark.django_db
UID = "04FFEE0042"


def test_it_bills_a_month_and_notes_who_was_paid(callers: Callers, world: World):
    card = Token.objects.create(host=world.host, uid=UID, canonical_uid=UID)
    contract = ReimbursementContract.objects.create(
        host=world.host,
        token=card,
        name="Kim",
        employer="Acme",
        currency="USD",
        active_from=datetime(2026, 1, 1, tzinfo=UTC),
    )
    contract.chargers.add(world.charger)
    reimbursement.set_rate(contract, per_kwh=Decimal("0.30"), from_date=contract.active_from.date())
    at = datetime.now(tz=UTC).replace(day=1, hour=18, minute=0) - timedelta(days=14)
    session = charging.charge(world.charger, uid=UID, at=at)
    month = f"{session.stopped_at:%Y-%m}"

    billed = callers.owner.post("home-invoices/", {"month": month})
    again = callers.owner.post("home-invoices/", {"month": month})
    this = callers.owner.post("home-invoices/", {"month": f"{datetime.now(tz=UTC):%Y-%m}"})
    wrong = callers.owner.post("home-invoices/", {"month": "2026-13"})

    assert (billed.status_code, again.json(), this.status_code, wrong.status_code) == (201, [], 400, 400)
    (invoice,) = billed.json()
    assert (invoice["number"][-6:], invoice["month"], invoice["total_minor"]) == ("000001", month, 600)
    (payout,) = invoice["payouts"]
    assert payout["charges"] == [
        {"session": str(session.pk), "energy_wh": 20_000, "price_minor": 600, "paid_minor": 600}
    ]
    assert callers.owner.get("home-invoices/").json()["results"] == [invoice]

    paid = callers.owner.post(f"home-invoices/{invoice['id']}/paid/", {"reference": "SEPA 1"}).json()
    out = callers.owner.post(f"home-payouts/{payout['id']}/paid/", {"reference": "SEPA 2"}).json()
    assert (paid["paid_reference"], out["paid_reference"]) == ("SEPA 1", "SEPA 2")
    assert AuditEntry.objects.filter(verb__startswith="home_charging.").count() == 3
    for address in (f"home-invoices/{invoice['id']}/paid/", f"home-payouts/{payout['id']}/paid/"):
        assert callers.stranger.post(address, {}).status_code == 404
    assert callers.stranger.get("home-invoices/").json()["results"] == []
