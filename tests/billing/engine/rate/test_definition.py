from decimal import Decimal

import pytest

from billing.engine.rate.definition import WaivedFee, drop_charges, waive
from billing.engine.rate.tariff import parse_rate

RATE = {
    "energy": [{"name": "all day", "price": "0.30"}],
    "connection_fee": "1.00",
    "processing_fee": "0.35",
    "processing_pct": "2.5",
    "idle": {"per_min": "0.10", "grace_min": 10},
    "min_total": "2.00",
}


@pytest.mark.parametrize(
    ("kind", "fee", "gone"),
    [
        ("connection", WaivedFee(fixed="1.00"), {"connection_fee"}),
        ("processing", WaivedFee(fixed="0.35", share_pct="2.5"), {"processing_fee", "processing_pct"}),
        ("idle", WaivedFee(per_min="0.10"), set()),
    ],
)
def test_a_waived_fee_leaves_the_definition_and_is_named(kind, fee, gone):
    left, found = waive(RATE, kind)

    assert found == fee
    assert set(RATE) - set(left) == gone
    assert parse_rate(left, currency="USD").currency == "USD"


def test_idle_time_is_still_counted_when_its_fee_is_waived():
    left, _ = waive(RATE, "idle")

    assert left["idle"] == {"per_min": "0", "grace_min": 10}
    assert RATE["idle"]["per_min"] == "0.10", "the definition that was given stays as it is"


@pytest.mark.parametrize("kind", ["connection", "processing", "idle"])
def test_a_rate_without_the_fee_waives_nothing(kind):
    plain = {"energy": RATE["energy"], "connection_fee": "0", "idle": {"per_min": "0"}}

    assert waive(plain, kind) == (plain, None)


def test_a_processing_fee_that_the_host_bears_is_not_waived():
    borne = RATE | {"processing_paid_by": "host"}

    assert waive(borne, "processing") == (borne, None)


def test_what_is_refunded_costs_nothing_and_no_minimum_takes_it_all_the_same():
    rate = parse_rate(drop_charges(RATE, {"energy", "idle"}), currency="USD")

    assert [window.price for window in rate.energy] == [Decimal(0)]
    assert rate.idle is None
    assert rate.min_total is None
    assert rate.connection_fee == Decimal("1.00")
