"""OCPI tariffs as they are read: their restrictions, their limits, and what is wrong in them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from billing.engine.ocpi import tariff
from billing.engine.ocpi.tariff import Dimension, Moment, OcpiTariff, Range, ReservationRestriction, TaxIncluded
from billing.engine.rate.calendar import EVERY_DAY
from billing.engine.rate.reading import Node, Problem

ENERGY = {"type": "ENERGY", "price": "0.45", "step_size": 1}


def read(**fields: Any) -> OcpiTariff:
    problems: list[Problem] = []
    made = tariff.read_tariff(Node(value=fields, path="tariff", problems=problems))
    assert problems == []
    return made


def complaints(**fields: Any) -> list[tuple[str, str]]:
    problems: list[Problem] = []
    tariff.read_tariff(Node(value=fields, path="tariff", problems=problems))
    return [(problem.path, problem.message) for problem in problems]


def moment(**changes: Any) -> Moment:
    values = {
        "wall": datetime(2026, 3, 10, 17, 30, tzinfo=UTC), "energy_kwh": Decimal(5), "duration_s": Decimal(600),
        "lowest_current": None, "highest_current": None, "lowest_power": None, "highest_power": None,
        "is_reservation": False, "is_expired": False, **changes,
    }  # fmt: skip
    return Moment(**values)


def restricted(**restrictions: Any) -> tariff.Restrictions:
    return read(elements=[{"price_components": [ENERGY], "restrictions": restrictions}]).elements[0].restrictions


def test_of_the_elements_the_first_that_holds_decides_for_its_dimension_alone():
    evening = {"price_components": [ENERGY | {"price": "0.60"}], "restrictions": {"start_time": "17:00"}}
    day = {"price_components": [ENERGY, {"type": "TIME", "price": "2", "vat": "21"}]}
    made = read(elements=[evening, day])

    def price(dimension: Dimension, at: Moment) -> Decimal:
        component = made.component_at(dimension, moment=at)
        assert component is not None
        return component.price

    assert price(Dimension.ENERGY, moment()) == Decimal("0.60")
    assert price(Dimension.ENERGY, moment(wall=datetime(2026, 3, 10, 16, 59, tzinfo=UTC))) == Decimal("0.45")
    assert price(Dimension.TIME, moment()) == 2
    assert made.component_at(Dimension.PARKING_TIME, moment=moment()) is None


def test_what_a_component_does_not_say_has_its_default():
    (component,) = read(elements=[{"price_components": [{"type": "FLAT", "price": 1}]}]).elements[0].components

    assert (component.vat, component.step_size) == (None, 1)


@pytest.mark.parametrize(
    ("least", "below", "low", "high", "holds"),
    [
        (5, None, 5, 5, True),
        (5, None, 4, 6, False),
        (None, 5, 4, 4, True),
        (None, 5, 5, 5, False),
        (5, 10, None, None, True),
        (None, None, 1, 1, True),
    ],
)
def test_a_range_begins_with_its_least_and_ends_below_its_greatest(least, below, low, high, holds):
    assert Range(least=least, below=below).holds(low=low, high=high) is holds


@pytest.mark.parametrize(
    ("restrictions", "changes", "holds"),
    [
        ({"min_kwh": 5}, {}, True),
        ({"max_kwh": 5}, {}, False),
        ({"min_duration": 601}, {}, False),
        ({"max_current": 16}, {"highest_current": Decimal(16)}, False),
        ({"max_current": 16}, {}, True),
        ({"min_power": 11}, {"lowest_power": Decimal(11)}, True),
        ({"start_date": "2026-03-11"}, {}, False),
        ({"end_date": "2026-03-10"}, {}, False),
        ({"day_of_week": ["TUESDAY"]}, {}, True),
        ({"day_of_week": ["MONDAY"]}, {}, False),
    ],
)
def test_all_restrictions_must_hold(restrictions: dict[str, Any], changes: dict[str, Any], holds: bool):
    assert restricted(**restrictions).hold(moment(**changes)) is holds


@pytest.mark.parametrize(
    ("reservation", "is_reservation", "is_expired", "holds"),
    [
        (None, False, False, True),
        (None, True, False, False),
        ("RESERVATION", True, False, True),
        ("RESERVATION", False, False, False),
        ("RESERVATION_EXPIRES", True, False, False),
        ("RESERVATION_EXPIRES", True, True, True),
    ],
)
def test_prices_of_reservations_are_for_reservations_alone(reservation, is_reservation, is_expired, holds):
    restrictions = restricted(reservation=reservation)

    assert restrictions.reservation == (ReservationRestriction(reservation) if reservation else None)
    assert restrictions.hold(moment(is_reservation=is_reservation, is_expired=is_expired)) is holds


def test_midnight_ends_a_day_and_no_days_are_all_days():
    restrictions = restricted(start_time="22:00", end_time="00:00", day_of_week=[], start_date="2026-03-01")

    assert (restrictions.window.start_minute, restrictions.window.end_minute) == (22 * 60, 24 * 60)
    assert restrictions.window.weekdays == EVERY_DAY
    assert restrictions.start_date == date(2026, 3, 1)


def test_limits_are_read_under_the_names_of_every_version():
    old = read(elements=[], min_price={"excl_vat": 2, "incl_vat": "2.42"})
    new = read(elements=[], max_price={"before_taxes": 50}, tax_included="YES")

    assert (old.min_price.before_taxes, old.min_price.after_taxes) == (2, Decimal("2.42"))
    assert (old.max_price, old.tax_included) == (tariff.Limit(), None)
    assert (new.max_price.before_taxes, new.max_price.after_taxes) == (50, None)
    assert new.tax_included is TaxIncluded.YES


def test_what_a_later_version_adds_is_passed_over():
    assert read(elements=[], preauthorize_amount="50", id="t").elements == ()


@pytest.mark.parametrize(
    ("fields", "path", "message"),
    [
        ({}, "tariff.elements", "elements is missing."),
        ({"elements": {}}, "tariff.elements", "Expected a list, found an object."),
        ({"elements": [{}]}, "tariff.elements[0].price_components", "price_components is missing."),
        (
            {"elements": [{"price_components": [{"type": "FLAT"}]}]},
            "tariff.elements[0].price_components[0].price",
            "price is missing.",
        ),
        (
            {"elements": [{"price_components": [], "restrictions": {"start_time": "24:00"}}]},
            "tariff.elements[0].restrictions.start_time",
            "Expected a local time of day such as 17:00.",
        ),
        (
            {"elements": [{"price_components": [], "restrictions": {"end_date": "31.3.2026"}}]},
            "tariff.elements[0].restrictions.end_date",
            "Expected a local date such as 2026-03-10.",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(fields: dict[str, Any], path: str, message: str):
    assert complaints(**fields) == [(path, message)]


def test_a_dimension_that_there_is_not_is_answered_with_the_one_that_was_meant():
    [(path, message)] = complaints(elements=[{"price_components": [{"type": "ENERGIE", "price": 1}]}])

    assert path == "tariff.elements[0].price_components[0].type"
    assert message == '"ENERGIE" is not a tariff dimension here: did you mean ENERGY?'
