"""What the tests of rates.rate_form and views.rates share."""

import pytest

from billing.models import Rate
from tests.kit import charging


@pytest.fixture
def priced(world):
    version = charging.make_rate(world.host)
    charging.assign(version, world.site, "guest", "member")
    return world


@pytest.fixture
def rate(priced):
    return Rate.objects.get()


EVERYTHING = {
    "connection_fee": "0.50",
    "connection_restart_min": 20,
    "processing_fee": "0.30",
    "processing_pct": "1.5",
    "processing_paid_by": "host",
    "min_billable_wh": 200,
    "min_total": "1.00",
    "max_total": "40.00",
    "energy": [
        {
            "name": "summer", "price": "0.55", "from": "17:00", "to": "21:00", "from_date": "2026-06-01",
            "to_date": "2026-08-31", "days": ["MON"],
        },
        {"name": "first", "price": "0.45", "to_kwh": "10"},
        {"name": "beyond", "price": "0.35", "from_kwh": "10"},
    ],
    "connection_windows": [{"days": ["SAT", "SUN"]}, {"days": ["FRI"], "from": "18:00"}],
    "time": {"per_min": "0.02", "count": "started", "cap": "6.00", "windows": [{"from": "08:00", "to": "20:00"}]},
    "idle": {
        "per_min": "0.20", "grace_min": 10, "cap": "12.00", "count": "started",
        "windows": [{"from": "07:00", "to": "22:00"}], "exempt_audiences": ["member"], "exempt_groups": ["staff"],
    },
    "tax": {"mode": "inclusive", "rates": {"energy": "21", "time": "21"}},
}  # fmt: skip


TYPED = {
    "name": "Plain",
    "energy.0.name": "all day",
    "energy.0.price": "0.40",
    "connection_fee": "1.00",
    "idle.per_min": "0.20",
    "idle.grace_min": "10",
    "idle.cap": "10.00",
    "tax.mode": "exclusive",
    "based_on": "1",
    "do": "save",
}


def post(client, rate, **changes):
    typed = TYPED | {name.replace("__", "."): value for name, value in changes.items()}
    return client.post(f"/rates/{rate.pk}/", typed)


@pytest.fixture
def billed(world):
    charging.assign(charging.make_rate(world.host), world.site, "member", "guest")
    charging.charge(world.charger)
    return world
