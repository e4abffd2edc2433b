"""Our own CDRs, priced again by the tariff in them: what the partner reckons is what the receipt says."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from billing.engine import price
from billing.engine.values.facts import parse_session
from tests.kit.own_cdrs import RATES, cdr_of, inputs

ZONE = ZoneInfo("Europe/Amsterdam")
PLUG = {"id": "1", "standard": "IEC_62196_T2", "format": "SOCKET", "power_type": "AC_3_PHASE"}
TAX = {"mode": "exclusive", "rates": {"connection": "21", "energy": "21", "time": "21", "idle": "21"}}
DAY = [{"name": "night", "price": "0.20", "from": "22:00", "to": "06:00"}, {"name": "day", "price": "0.45"}]


@pytest.mark.parametrize("name", RATES)
def test_the_energy_of_its_periods_is_the_energy_of_the_session(name):
    body, _ = cdr_of(RATES[name])
    volumes = [
        Decimal(str(used["volume"]))
        for period in body["charging_periods"]
        for used in period["dimensions"]
        if used["type"] == "ENERGY"
    ]
    assert sum(volumes) == 12
    starts = [period["start_date_time"] for period in body["charging_periods"]]
    assert starts == sorted(starts)


def test_parking_time_is_all_the_time_in_which_the_car_asked_for_nothing():
    body, _ = cdr_of(RATES["idle with a grace"])
    assert body["total_parking_time"] == round(95 / 60, 6)
    assert body["total_time"] == round((120 + 95) / 60, 6)


def test_the_engine_priced_the_same_session():
    stored = inputs(RATES["two prices a day"])
    priced = parse_session(stored["session"])
    assert (
        price.price(rate=priced.rate, facts=priced.facts, zone=priced.zone).net_minor
        == cdr_of(RATES["two prices a day"])[1].net_minor
    )
