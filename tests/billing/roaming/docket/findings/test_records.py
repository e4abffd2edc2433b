"""Locations, tariffs, sessions and CDRs: whoever states them, and what OCPI allows."""

import pytest

from billing.roaming.docket.facts import Side
from billing.roaming.docket.findings import records
from tests.kit import planted
from tests.kit.exchanges import (
    cdr,
    credit,
    envelope,
    incoming,
    listed,
    location,
    price,
    pushed,
    session,
    stored,
    without,
)

OURS = ("cdrs", "sessions", "locations", "tariffs", "prices")


def codes(facts) -> list[str]:
    return [deviation.code for deviation in records.examine(facts)]


@pytest.mark.parametrize("case", [case for case in planted.OURS if case[0].startswith(OURS)], ids=planted.label)
def test_what_we_state_wrongly_is_ours(case):
    planted.assert_named(case, author=Side.US)


def test_in_a_list_that_we_answer_with_each_object_is_ours():
    facts = listed("cdrs", answer=envelope([cdr(), cdr(id="x" * 40)]))

    assert [(each.code, each.author, each.path) for each in records.examine(facts)] == [
        ("cdrs.id_too_long", Side.US, "$.data[1].id")
    ]


def test_an_object_of_another_version_deviates_in_that_alone():
    assert codes(stored("cdrs", without(cdr("2.1.1"), "currency"))) == ["cdrs.form_of_2_1_1"]


def test_our_2_1_1_cdrs_may_name_their_end_twice():
    both = cdr("2.1.1") | {"end_date_time": "2026-03-10T13:00:00Z"}

    assert codes(pushed("cdrs", both, version="2.1.1")) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"total_cost": price("2.2.1", 5.91)},
        {"total_cost": price("2.2.1", 7)},
        {"total_cost": price("2.2.1", 1), "remark": "With a discount."},
        {"total_fixed_cost": None, "total_energy_cost": None, "total_cost": price("2.2.1", 1)},
    ],
)
def test_totals_that_explain_themselves(changes):
    """A cent of rounding, parts that are not stated, a remark, and no parts at all."""
    assert codes(stored("cdrs", cdr(**changes))) == []


def test_a_total_above_all_of_its_parts():
    whole = {name: price("2.2.1", 1) for name in ("total_time_cost", "total_parking_cost")}

    assert codes(stored("cdrs", cdr(**whole))) == ["cdrs.total_not_sum"]
    assert codes(stored("cdrs", cdr(**whole, total_cost=price("2.2.1", 7.9)))) == []
    assert codes(stored("cdrs", cdr(**whole, total_cost=price("2.2.1", 9)))) == ["cdrs.total_not_sum"]


def test_a_credit_may_have_a_longer_id_and_negative_parts():
    parts = {name: price("2.2.1", -amount) for name, amount in (("total_fixed_cost", 0.5), ("total_energy_cost", 5.4))}

    assert codes(pushed("cdrs", credit(id="x" * 39))) == []
    assert codes(pushed("cdrs", credit(**parts))) == []


def test_a_session_without_an_end_or_a_price():
    assert codes(stored("sessions", without(session(), "total_cost"))) == []
    assert codes(stored("sessions", session(end_date_time=None))) == []
    assert codes(stored("sessions", session(end_date_time="2026-03-10T12:00:00Z"))) == []


def test_parts_of_a_location_are_examined_as_what_they_are():
    evse = location()["evses"][0]

    assert codes(pushed("locations", evse)) == []
    assert codes(pushed("locations", evse | {"status": "FREE"})) == ["locations.value_unknown"]
    assert codes(pushed("locations", evse["connectors"][0] | {"format": "PLUG"})) == ["locations.value_unknown"]


def test_charging_preferences_are_not_a_changed_session():
    facts = incoming("PUT", "sessions/s-1/charging_preferences", request={}, is_unadvertised=True, http_status=404)

    assert codes(facts) == []


def test_a_location_that_is_absent_is_not_asked_for_wrongly():
    absent = {"http_status": 404, "answer": envelope(status=2003)}

    assert codes(incoming("GET", "locations/nowhere", **absent)) == []
    assert codes(incoming("GET", "locations/a/b/c", **absent)) == []
