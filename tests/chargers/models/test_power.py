"""A property's limit in amperes per phase, whatever it was entered in."""

from decimal import Decimal

import pytest

from chargers.models import PowerLimit, Property

SITE = Property(name="Sunset 1")


@pytest.mark.parametrize(
    ("amount", "unit", "phases", "voltage_v", "limit_a"),
    [
        ("63", "A", 3, 230, "63"),
        ("22080", "W", 3, 230, "32"),
        ("22000", "W", 3, 230, "31.8"),
        ("7200", "W", 1, 240, "30"),
        ("7199", "W", 1, 240, "29.9"),
        ("50", "W", 3, 230, "0"),
    ],
)
def test_watts_become_amperes_rounded_down_to_a_tenth(
    amount: str, unit: str, phases: int, voltage_v: int, limit_a: str
):
    limit = PowerLimit(amount=Decimal(amount), unit=unit, phases=phases, voltage_v=voltage_v)

    assert limit.limit_a() == Decimal(limit_a)


@pytest.mark.parametrize(("drawn", "is_exceeded"), [(None, False), ("31.9", False), ("32", False), ("32.1", True)])
def test_it_is_exceeded_by_what_cannot_be_limited(drawn: str | None, is_exceeded: bool):
    limit = PowerLimit(amount=Decimal(32), unit="A", uncontrolled_a=drawn and Decimal(drawn))

    assert limit.is_exceeded() is is_exceeded


def test_it_is_named_without_zeros_that_say_nothing():
    assert str(PowerLimit(property=SITE, amount=Decimal("63.0"), unit="A")).startswith("63 ")
    assert str(PowerLimit(property=SITE, amount=Decimal("100.0"), unit="A")).startswith("100 ")
