"""Budgets for tests, and sessions that use them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from authorization.models import Budget, Token, TokenGroup
from billing.models import RateVersion, Session
from chargers.models import Charger, Host, Property, Transaction
from tests.kit import charging

MARCH = datetime(2026, 3, 10, 16, tzinfo=UTC)
"""12:00 in New York, in the month of the tests' budgets."""


def limit(owner: Token | TokenGroup, *, kwh: int = 0, **fields: Any) -> Budget:
    """Sets a budget in kWh, or in money by `limit_minor` and `currency`."""
    own = {"token": owner} if isinstance(owner, Token) else {"group": owner}
    energy = {"limit_wh": kwh * 1000} if kwh else {}
    return Budget.objects.create(host=owner.host, **own, **energy, **fields)


def use(charger: Charger, uid: str, *, wh: int, at: datetime = MARCH) -> Session:
    """The card charges for two hours and leaves; settled."""
    return charging.charge(charger, uid=uid, at=at, wh=wh)


def run(charger: Charger, uid: str, *, wh: int, at: datetime = MARCH) -> Transaction:
    """The card charges, has taken so much after an hour, and goes on."""
    row = charging.start(charger, uid=uid, at=at)
    charging.read(row, 1000 + wh, at=at + timedelta(hours=1))
    return row


def price(host: Host, site: Property, *audiences: str) -> None:
    """Members pay 1.00 and 0.40 a kWh, since a year before `MARCH`."""
    charging.assign(charging.make_rate(host), site, *(audiences or ("member",)))
    RateVersion.objects.update(created_at=MARCH - timedelta(days=365))


def this_month() -> datetime:
    """A moment of the month that pages and the API show."""
    return datetime.now(tz=UTC).replace(microsecond=0)
