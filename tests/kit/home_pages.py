"""What the tests of home.home_files and home.views share."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from authorization.models import ReimbursementContract, Token
from authorization.visits import reimbursement
from billing.models import HomeInvoice, Session
from tests.kit import charging
from tests.kit.world import World

PAGE, UID = "/home-charging/", "04FFEE0042"


@pytest.fixture
def at_home(world: World) -> World:
    """Kim charged at home, in a past month."""
    card = Token.objects.create(host=world.host, uid=UID, canonical_uid=UID)
    contract = ReimbursementContract.objects.create(
        host=world.host,
        token=card,
        name="=Kim",
        employer="Acme",
        currency="USD",
        monthly_cap_minor=500,
        active_from=datetime(2026, 1, 1, tzinfo=UTC),
    )
    contract.chargers.add(world.charger)
    reimbursement.set_rate(contract, per_kwh=Decimal("0.30"), from_date=contract.active_from.date())
    last_month = datetime.now(tz=UTC).replace(day=1, hour=18, minute=0, second=0, microsecond=0) - timedelta(days=14)
    charging.charge(world.charger, uid=UID, at=last_month)
    return world


def text_of(response) -> str:
    return response.content.decode()


def bill(client) -> HomeInvoice:
    session = Session.objects.get()
    done = client.post(f"{PAGE}sunset/{session.stopped_at:%Y-%m}/close/", follow=True)
    invoice = HomeInvoice.objects.get()
    assert invoice.label in text_of(done)
    return invoice
