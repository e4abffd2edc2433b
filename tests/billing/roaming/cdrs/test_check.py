"""A CDR priced again by the tariff in it, as its receiver would. Pure."""

from zoneinfo import ZoneInfo

import pytest

from billing.roaming.cdrs import check
from tests.kit.own_cdrs import RATES, cdr_of

ZONE = ZoneInfo("Europe/Amsterdam")
PLUG = {"id": "1", "standard": "IEC_62196_T2", "format": "SOCKET", "power_type": "AC_3_PHASE"}
TAX = {"mode": "exclusive", "rates": {"connection": "21", "energy": "21", "time": "21", "idle": "21"}}
DAY = [{"name": "night", "price": "0.20", "from": "22:00", "to": "06:00"}, {"name": "day", "price": "0.45"}]


@pytest.mark.parametrize("name", RATES)
def test_a_partner_reckons_what_the_receipt_says(name):
    body, report = cdr_of(RATES[name])
    difference = check.difference(body, time_zone=ZONE.key)
    assert difference is not None
    assert difference.is_none, (float(difference.stated), float(difference.reckoned), body["charging_periods"])
    assert report.lines


def test_a_cap_that_no_tariff_can_say_shows_as_a_difference():
    definition = {"energy": DAY, "idle": {"per_min": "0.10", "grace_min": 0, "cap": "1.00"}, "tax": TAX}
    body, _ = cdr_of(definition)
    difference = check.difference(body, time_zone=ZONE.key)
    assert not difference.is_none
    assert difference.reckoned > difference.stated


def test_a_cdr_without_a_tariff_is_not_judged():
    body, _ = cdr_of(RATES["two prices a day"])
    del body["tariffs"]
    assert check.difference(body, time_zone=ZONE.key) is None
