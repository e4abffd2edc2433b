"""What the tests of partners.versions and tariffs.elements share."""

from authorization.roaming.transport.routing import Party
from billing.engine.rate import tariff as rates
from billing.roaming.tariffs import rendering
from billing.roaming.versions import catalogue

ENERGY = [{"name": "all day", "price": "0.40"}]
RATES = {
    "plain": {"energy": ENERGY},
    "free": {"energy": [{"name": "all day", "price": "0"}]},
    "everything": {
        "connection_fee": "1.00",
        "energy": [
            {"name": "night", "price": "0.20", "from": "22:00", "to": "06:00"},
            {"name": "weekend", "price": "0.25", "days": ["SAT", "SUN"]},
            {"name": "day", "price": "0.45"},
        ],
        "time": {"per_min": "0.05"},
        "idle": {"per_min": "0.10", "grace_min": 10, "cap": "12.00", "free_windows": [["22:00", "07:00"]]},
        "processing_fee": "0.35",
        "min_total": "2.00",
        "max_total": "50.00",
        "tax": {"mode": "exclusive", "rates": dict.fromkeys(("connection", "energy", "idle", "processing"), "21")},
    },
    "inclusive": {"energy": ENERGY, "tax": {"mode": "inclusive", "rates": {"energy": "21"}}, "max_total": "60.50"},
}


def parsed(definition):
    return rates.parse_rate(definition, currency="EUR")


def body(name, version=catalogue.ALL["2.2.1"]):
    written = rendering.build_tariff(parsed(RATES[name]), tariff_id="t", party=Party("NL", "SUN"))
    return rendering.tariff(written | {"last_updated": "2026-03-10T12:00:00Z"}, version=version)
