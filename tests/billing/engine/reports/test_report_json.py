"""What lines say of themselves: sums that can be checked, roundings that are named, energy where it flowed."""

import re

import pytest

from billing.engine import price
from billing.engine.reports.report_json import report_json
from billing.engine.values.facts import parse_session


def priced(rate, events, *, currency="USD", driver=None):
    asked = {"currency": currency, "timezone": "UTC", "rate": rate, "events": events}
    known = parse_session(asked | ({"driver": driver} if driver else {}))
    return report_json(price.price(rate=known.rate, facts=known.facts, zone=known.zone))


def at(clock, kind, wh=None, status=None):
    event = {"t": f"2026-03-10T{clock}:00Z", "type": kind}
    return event | ({"wh": wh} if wh is not None else {}) | ({"status": status} if status else {})


def line(report, kind, nth=0):
    return [one for one in report["lines"] if one["kind"] == kind][nth]


def test_a_share_beside_a_fixed_fee_says_that_it_is_not_of_that_fee():
    rate = {
        "connection_fee": "1.00",
        "energy": [{"name": "day", "price": "0.40"}],
        "processing_fee": "0.25",
        "processing_pct": "1.5",
    }
    report = priced(rate, [at("10:00", "start", 0), at("11:00", "stop", 6550)])

    share = line(report, "processing", 1)

    assert "1.5 % of 3.62 USD" in share["reason"]
    assert "without the fixed processing fee" in share["reason"]
    above = report["lines"][: report["lines"].index(share)]
    assert sum(one["amount"] for one in above) - line(report, "processing")["amount"] == 362
    alone = priced(rate | {"processing_fee": "0"}, [at("10:00", "start", 0), at("11:00", "stop", 6550)])
    assert "the sum of the lines above, for" in line(alone, "processing")["reason"]


def test_an_amount_that_is_not_its_own_rounding_says_so():
    rate = {
        "energy": [{"name": "day", "price": "5.5", "from": "00:00", "to": "11:00"}, {"name": "late", "price": "5.5"}],
    }
    events = [at("10:00", "start", 0), at("11:00", "meter", 3000), at("12:00", "stop", 6000)]
    report = priced(rate, events, currency="JPY")

    amounts = [one["amount"] for one in report["lines"]]

    assert sorted(amounts) == [16, 17]
    for one in report["lines"]:
        assert "It is 16.5 JPY before rounding" in one["reason"]
    plain = priced(
        {"energy": [{"name": "day", "price": "0.3333"}]}, [at("10:00", "start", 0), at("11:00", "stop", 3000)]
    )
    assert "rounding" not in line(plain, "energy")["reason"], "1.00 is what 0.9999 comes to by itself"


def test_energy_did_not_flow_through_idle_minutes():
    events = [
        at("22:00", "start", 0), at("22:01", "status", status="Charging"), at("22:05", "status", status="SuspendedEV"),
        at("22:15", "meter", 3000), at("22:30", "meter", 3000), at("22:30", "stop", 3000),
    ]  # fmt: skip
    report = priced({"energy": [{"name": "day", "price": "0.40"}]}, events)

    told = line(report, "energy")["reason"]

    assert re.search(r"22:00\b.*22:05", told)
    assert "22:15" not in told
    assert "22:30" not in told


def test_energy_that_flowed_while_the_car_said_it_was_done_is_told_as_it_was_read():
    events = [at("22:00", "start", 0), at("22:00", "status", status="SuspendedEV"), at("22:14", "stop", 3000)]

    told = line(priced({"energy": [{"name": "day", "price": "0.40"}]}, events), "energy")["reason"]

    assert "22:14" in told


@pytest.mark.parametrize(("after", "amount"), [("11:02", 0), ("11:31", 100), ("10:59", 100)])
def test_one_connection_is_charged_where_the_next_session_paid_for_it(after, amount):
    rate = {"connection_fee": "1.00", "connection_restart_min": 30, "energy": [{"name": "day", "price": "0.40"}]}
    driver = {"followed_at": f"2026-03-10T{after}:00Z"}

    report = priced(rate, [at("10:00", "start", 0), at("11:00", "stop", 6000)], driver=driver)

    assert line(report, "connection")["amount"] == amount
    assert ("next session began 2 min after" in line(report, "connection")["reason"]) is (amount == 0)
