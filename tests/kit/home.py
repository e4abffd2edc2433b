"""Home charging under a reimbursement contract."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from authorization.models import ReimbursementContract, Token
from authorization.visits import reimbursement
from tests.billing.conftest import NOON

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def contract(site):
    return employee(site, "Kim", "04A1", per_kwh="0.31")


def employee(site, name, uid, *, per_kwh, employer="Acme", cap=None):
    token, _ = Token.objects.get_or_create(host=site.host, uid=uid, canonical_uid=uid)
    made = ReimbursementContract.objects.create(
        host=site.host,
        token=token,
        name=name,
        employer=employer,
        currency="USD",
        active_from=BEGUN,
        monthly_cap_minor=cap,
    )
    made.chargers.add(site.charger)
    reimbursement.set_rate(made, per_kwh=Decimal(per_kwh), from_date=BEGUN.date())
    return made


def charge(site, token, wh, *, at=NOON, hours=1.0):
    row = site.transaction(id_token=token.uid, at=at)
    session = site.begin(row, site.decision(granted_by="reimbursement", token=token))
    end = at + timedelta(hours=hours)
    site.stop(row, 1000 + wh, at=end, reason="EVDisconnected")
    site.work(now=end + timedelta(minutes=1))
    session.refresh_from_db()
    return session
