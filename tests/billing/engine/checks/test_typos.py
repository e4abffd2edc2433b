"""Prices that look mistyped are asked about once: jumps, unusual amounts, a maximum that most sessions reach."""

from typing import Any

import pytest

from billing.engine.checks import typos
from billing.engine.checks.linting import Severity
from billing.engine.rate.tariff import Rate
from tests.kit.rating_sessions import rate, session, start


def typed(currency: str = "USD", **changes: Any) -> Rate:
    return session(start("10:00"), currency=currency, rate=rate(**changes)).rate


def codes(now: Rate, before: Rate | None = None) -> list[str]:
    return [finding.code for finding in typos.findings(now, before=before)]


def energy(price: str) -> dict[str, Any]:
    return {"energy": [{"name": "all day", "price": price}]}


def test_usual_prices_are_not_asked_about():
    assert codes(typed()) == []
    assert codes(typed(), before=typed()) == []


@pytest.mark.parametrize(
    ("old", "new", "is_asked"),
    [
        ("0.35", "3.49", False),
        ("0.35", "3.50", True),
        ("3.50", "0.36", False),
        ("3.50", "0.35", True),
        ("0.35", "0", False),
    ],
)
def test_ten_times_the_last_versions_price_or_a_tenth_of_it_is_a_jump(old: str, new: str, is_asked: bool):
    assert ("jump:Price per kWh, the highest" in codes(typed(**energy(new)), typed(**energy(old)))) is is_asked


def test_a_jump_is_told_with_both_prices_and_is_not_an_error():
    [finding] = typos.findings(typed(**energy("3.50")), before=typed(**energy("0.35")))

    assert finding.severity is Severity.CONFIRM
    assert finding.what == "“Price per kWh, the highest” is 10 times the last version's: 0.35 USD becomes 3.5 USD."


def test_prices_of_another_currency_are_not_compared():
    assert codes(typed(**energy("3.50")), typed("EUR", **energy("0.35"))) == []


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        (energy("5.01"), "Price per kWh, the highest"),
        ({"connection_fee": "20.01"}, "Connection fee"),
        ({"idle": {"per_min": "5.01"}}, "Idle fee per minute"),
        ({"tax": {"mode": "exclusive", "rates": {"energy": "30.1"}}}, "Tax on energy (%)"),
    ],
)
def test_what_such_a_price_hardly_ever_exceeds_is_asked_about_once(changes: dict[str, Any], label: str):
    dear = typed(**changes)

    assert f"unusual:{label}" in codes(dear)
    assert f"unusual:{label}" not in codes(dear, before=dear)


@pytest.mark.parametrize("changes", [energy("5"), {"connection_fee": "20"}])
def test_the_most_that_is_usual_is_usual(changes: dict[str, Any]):
    assert codes(typed(**changes)) == []


def test_bounds_follow_the_everyday_unit_of_the_currency():
    assert codes(typed("JPY", connection_fee="0", **energy("300"))) == []
    assert codes(typed("USD", connection_fee="0", **energy("300"))) == ["unusual:Price per kWh, the highest"]


def test_a_maximum_that_a_typical_charge_exceeds_is_asked_about():
    assert codes(typed(max_total="7.50")) == []  # 20 kWh at 0.35 and 0.50
    [finding] = typos.findings(typed(max_total="7.49"), before=None)
    assert finding.code == "unusual:Maximum per session"
    assert "A typical charge of 20 kWh comes to" in finding.why
    assert codes(typed(max_total="7.49"), before=typed(max_total="7.49")) == []
