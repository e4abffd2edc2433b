"""The rules of OCPI tariffs, one by one."""

from fractions import Fraction
from typing import Any

import pytest

from billing.engine.ocpi.cdr import CdrReport, parse_cdr_request, price_cdr

Json = dict[str, Any]


def element(*components: Json, **restrictions: Any) -> Json:
    found: Json = {"price_components": list(components)}
    return {**found, "restrictions": restrictions} if restrictions else found


def component(dimension: str, price: str, *, step: int = 1, vat: str | None = None) -> Json:
    return {"type": dimension, "price": price, "step_size": step, "vat": vat}


def period(clock: str, **volumes: str) -> Json:
    dimensions = [{"type": name, "volume": volume} for name, volume in volumes.items()]
    return {"start_date_time": f"2026-03-10T{clock}:00Z", "dimensions": dimensions}


def report(
    *elements: Json, periods: list[Json], zone: str = "UTC", version: str = "2.2.1", end: str = "20:00", **tariff: Any
) -> CdrReport:
    request = parse_cdr_request(
        {
            "tariff": {"elements": list(elements), **tariff},
            "cdr": {
                "start_date_time": periods[0]["start_date_time"],
                "end_date_time": f"2026-03-10T{end}:00Z",
                "charging_periods": periods,
            },
            "timezone": zone,
            "ocpi_version": version,
        }
    )
    return price_cdr(tariff=request.tariff, cdr=request.cdr, zone=request.zone, version=request.version)


ONE_KWH = [period("17:30", ENERGY="1")]
DEAR, CHEAP = component("ENERGY", "0.60"), component("ENERGY", "0.20")


@pytest.mark.parametrize(
    ("restrictions", "holds"),
    [
        ({"start_time": "17:30", "end_time": "18:00"}, True),
        ({"start_time": "17:00", "end_time": "17:30"}, False),
        ({"start_time": "17:00"}, True),
        ({"end_time": "17:00"}, False),
        ({"start_time": "22:00", "end_time": "18:00"}, True),
        ({"start_time": "17:00", "end_time": "00:00"}, True),
        ({"day_of_week": ["TUESDAY"]}, True),
        ({"day_of_week": ["MONDAY"]}, False),
        ({"start_date": "2026-03-10", "end_date": "2026-03-11"}, True),
        ({"start_date": "2026-03-09", "end_date": "2026-03-10"}, False),
        ({"reservation": "RESERVATION"}, False),
        ({"start_time": "17:00", "end_time": "18:00", "day_of_week": ["MONDAY"]}, False),
    ],
)
def test_it_takes_the_first_element_whose_restrictions_all_hold(restrictions: Json, holds: bool) -> None:
    found = report(element(DEAR, **restrictions), element(CHEAP), periods=ONE_KWH)
    assert found.total_excl_vat == Fraction("0.6" if holds else "0.2")


def test_it_reads_restrictions_in_local_time() -> None:
    found = report(
        element(DEAR, start_time="13:00", end_time="14:00"), element(CHEAP), periods=ONE_KWH, zone="America/New_York"
    )
    assert found.total_excl_vat == Fraction("0.6")


@pytest.mark.parametrize(
    ("restrictions", "dear_kwh"),
    [
        ({"max_kwh": "2"}, 2),
        ({"min_kwh": "2"}, 1),
        ({"max_duration": 3600}, 2),
        ({"min_duration": 3600}, 1),
        ({"min_power": "20"}, 1),
        ({"max_power": "20"}, 2),
        ({"min_current": "16"}, 1),
        ({"max_current": "16"}, 2),
    ],
)
def test_it_judges_each_period_as_it_began(restrictions: Json, dear_kwh: int) -> None:
    """The least is inclusive and the greatest exclusive."""
    weak = {"MIN_POWER": "7", "MAX_POWER": "7", "MIN_CURRENT": "8", "MAX_CURRENT": "8"}
    strong = {"MIN_POWER": "20", "MAX_POWER": "20", "MIN_CURRENT": "16", "MAX_CURRENT": "16"}
    periods = [period("10:00", ENERGY="2", **weak), period("11:00", ENERGY="1", **strong)]

    found = report(element(component("ENERGY", "1"), **restrictions), periods=periods)

    assert found.total_excl_vat == dear_kwh
    assert found.total_energy == 3


def test_it_takes_each_dimension_from_its_own_first_element() -> None:
    found = report(
        element(component("TIME", "1")),
        element(component("TIME", "9"), CHEAP),
        periods=[period("10:00", ENERGY="10", TIME="2")],
    )
    assert found.total_excl_vat == 4


def test_it_takes_a_flat_fee_once_for_the_reservation_and_once_for_the_session() -> None:
    found = report(
        element(component("FLAT", "2"), component("TIME", "6", step=900), reservation="RESERVATION"),
        element(component("FLAT", "1")),
        periods=[
            period("10:00", RESERVATION_TIME="0.2"),
            period("10:12", TIME="1"),
            period("11:12", TIME="1"),
        ],
    )
    assert found.total_excl_vat == 2 + Fraction("1.5") + 1


@pytest.mark.parametrize(("is_used", "total"), [(True, 3), (False, 7)])
def test_it_takes_the_price_of_expiry_only_where_nothing_followed(is_used: bool, total: int) -> None:
    periods = [period("10:00", RESERVATION_TIME="1"), *([period("11:00", TIME="1")] if is_used else [])]
    found = report(
        element(component("TIME", "7"), reservation="RESERVATION_EXPIRES"),
        element(component("TIME", "3"), reservation="RESERVATION"),
        periods=periods,
    )
    assert found.total_excl_vat == total


@pytest.mark.parametrize(
    ("hours", "step", "billed_s"),
    [("0.166667", 600, 600), ("0.17", 600, 1200), ("0.166667", 1, 600), ("0.5", 0, 1800), ("0.0834", 1, 301)],
)
def test_it_rounds_time_up_to_a_step_but_not_for_lack_of_decimals(hours: str, step: int, billed_s: int) -> None:
    found = report(element(component("TIME", "3600", step=step)), periods=[period("10:00", TIME=hours)])
    assert found.total_excl_vat == billed_s


def test_it_steps_only_parking_where_there_was_any_and_leaves_free_minutes_out() -> None:
    found = report(
        element(component("TIME", "1", step=1800)),
        element(component("PARKING_TIME", "3600", step=900), end_time="12:00"),
        periods=[period("11:00", TIME="0.7"), period("11:42", PARKING_TIME="0.3"), period("12:00", PARKING_TIME="0.3")],
    )
    assert found.total_excl_vat == Fraction("0.7") + 1800
    assert found.total_parking_time == Fraction("0.6")


def test_it_bills_what_a_step_adds_at_the_last_price() -> None:
    found = report(
        element(component("ENERGY", "1", step=500), end_time="17:00"),
        element(component("ENERGY", "2", step=500)),
        periods=[period("16:00", ENERGY="4.3"), period("17:00", ENERGY="1.1")],
    )
    assert found.total_excl_vat == Fraction("4.3") + 2 * Fraction("1.2")


def test_it_limits_both_totals_each_on_its_own() -> None:
    limits = {"max_price": {"excl_vat": "1.00", "incl_vat": "1.15"}, "min_price": {"excl_vat": "0.50"}}
    dear, cheap = (
        report(element(component("ENERGY", price, vat="10")), periods=ONE_KWH, **limits) for price in ("1.02", "0.10")
    )

    assert (dear.total_excl_vat, dear.total_incl_vat) == (1, Fraction("1.122"))
    assert (cheap.total_excl_vat, cheap.total_incl_vat) == (Fraction("0.5"), Fraction("0.11"))


@pytest.mark.parametrize(
    ("version", "included", "vat", "totals"),
    [
        ("2.2.1", None, None, (11, 11)),
        ("2.2.1", None, "10", (11, Fraction("12.1"))),
        ("2.1.1", None, None, (11, None)),
        ("2.3.0", "NO", None, (11, None)),
        ("2.3.0", "YES", None, (None, 11)),
        ("2.3.0", "YES", "10", (10, 11)),
        ("2.3.0", "N/A", None, (11, 11)),
    ],
)
def test_it_leaves_a_total_open_whose_tax_nobody_stated(
    version: str, included: str | None, vat: str | None, totals: tuple[Any, Any]
) -> None:
    found = report(element(component("ENERGY", "11", vat=vat)), periods=ONE_KWH, version=version, tax_included=included)
    assert (found.total_excl_vat, found.total_incl_vat) == totals


def test_it_adds_up_the_hours_that_the_periods_state_where_they_are_the_elapsed_ones() -> None:
    rounded = report(element(CHEAP), periods=[period("10:00", TIME="0.333"), period("10:20", TIME="0.5")], end="10:50")
    other = report(element(CHEAP), periods=[period("10:00", TIME="0.2"), period("10:20", TIME="0.5")], end="10:50")

    assert rounded.total_time == Fraction("0.833")
    assert other.total_time == Fraction(50, 60)
