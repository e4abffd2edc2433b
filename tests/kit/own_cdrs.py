"""What the tests of cdrs.check and cdrs.own_cdrs share."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from authorization.roaming.transport.routing import Party
from billing.engine.rate import tariff as rates
from billing.engine.values import units
from billing.pricing import session_facts
from billing.roaming.cdrs import stored_form
from billing.roaming.sessions import usage
from billing.roaming.sessions.stored_form import Cost, TokenFacts
from billing.roaming.tariffs import rendering

ZONE = ZoneInfo("Europe/Amsterdam")
PLUG = {"id": "1", "standard": "IEC_62196_T2", "format": "SOCKET", "power_type": "AC_3_PHASE"}
LOCATION = {
    "id": "l", "name": "L", "address": "A", "city": "C", "country": "NLD",
    "coordinates": {"latitude": "52.00000", "longitude": "4.00000"},
    "evses": [{"uid": "e", "evse_id": "NL*SUN*E1", "connectors": [PLUG]}],
}  # fmt: skip
TAX = {"mode": "exclusive", "rates": {"connection": "21", "energy": "21", "time": "21", "idle": "21"}}
DAY = [{"name": "night", "price": "0.20", "from": "22:00", "to": "06:00"}, {"name": "day", "price": "0.45"}]
RATES = {
    "flat and energy": {"connection_fee": "0.50", "energy": [{"name": "all", "price": "0.45"}], "tax": TAX},
    "two prices a day": {"energy": DAY, "tax": TAX},
    "tiers": {
        "energy": [{"name": "first", "price": "0.50", "to_kwh": 5}, {"name": "rest", "price": "0.30"}], "tax": TAX
    },
    "idle with a grace": {"energy": DAY, "idle": {"per_min": "0.10", "grace_min": 10}, "tax": TAX},
    "idle at once": {"energy": DAY, "idle": {"per_min": "0.10", "grace_min": 0}, "tax": TAX},
    "idle with free hours": {
        "energy": DAY, "idle": {"per_min": "0.10", "grace_min": 0, "free_windows": [["23:00", "07:00"]]}, "tax": TAX
    },
    "time by the minute": {"energy": DAY, "time": {"per_min": "0.05"}, "tax": TAX},
    "time by the hour, and idle": {
        "energy": DAY, "time": {"per_hour": "1.20"}, "idle": {"per_min": "0.10", "grace_min": 0}, "tax": TAX
    },
    "with tax in it": {"energy": DAY, "tax": {"mode": "inclusive", "rates": {"energy": "21"}}},
    "a least price": {"energy": DAY, "min_total": "20.00", "tax": TAX},
}  # fmt: skip


def inputs(definition, *, begins="2026-03-10T20:30:00Z", idle_min=95):
    """Returns a session of two hours with 12 kWh, after which the car stays without charging."""
    start = datetime.fromisoformat(begins)
    at = lambda minutes: units.utc_text(start + timedelta(minutes=minutes))  # noqa: E731
    events = [{"t": at(0), "type": "start", "wh": 1000}]
    events += [{"t": at(minutes), "type": "meter", "wh": 1000 + minutes * 100} for minutes in range(10, 121, 10)]
    events += [
        {"t": at(120), "type": "stop", "wh": 13000},
        {"t": at(120), "type": "status", "status": "Finishing"},
        {"t": at(120 + idle_min), "type": "status", "status": "Available"},
    ]
    session = {"currency": "EUR", "timezone": ZONE.key, "rate": definition, "events": events}
    return {"session": session, "contact_gaps": [], "max_power_w": None, "as_of": None}


def cdr_of(definition, **options):
    stored = inputs(definition, **options)
    report = session_facts.replay(stored)
    rate = rates.parse_rate(definition, currency="EUR")
    used = usage.of_rating(stored, tariff_id="t")
    tariff = rendering.build_tariff(rate, tariff_id="t", party=Party("NL", "SUN")) | {
        "last_updated": "2026-01-01T00:00:00Z"
    }
    facts = stored_form.CdrFacts(
        id="c", session_id="s", party=Party("NL", "SUN"), started_at=used.start, ended_at=used.end,
        token=TokenFacts(party=Party("NL", "EMS"), uid="U", type="RFID", contract_id="C"), auth_method="WHITELIST",
        authorization_reference="", location=LOCATION, evse_uid="e", connector_id="1", currency="EUR",
        tariffs=[tariff], periods=used.periods,
        cost=Cost(net_minor=report.net_minor, total_minor=report.total_minor, digits=2, tax_is_stated=True),
        parts={}, energy_wh=report.energy_wh, idle_s=used.idle_s,
    )  # fmt: skip
    return stored_form.cdr(facts), report
