"""Rates are refused with the place and the mend, and all at once."""

from decimal import Decimal
from typing import Any

import pytest

from billing.engine.rate.tariff import Component, RateSyntaxError, TaxMode, parse_rate, rate_problems

ALL_DAY = {"name": "all day", "price": "0.35"}


def timed(name: str, start: str, end: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "from": start, "to": end, "price": "0.40", **more}


def test_it_reads_every_part_of_a_rate() -> None:
    rate = parse_rate(
        {
            "connection_fee": "0.50",
            "min_billable_wh": 200,
            "energy": [timed("peak", "17:00", "21:00", days=["MON", "TUE"]), ALL_DAY],
            "idle": {"per_min": "0.40", "grace_min": 10, "cap": "20.00", "free_windows": [["22:00", "07:00"]]},
            "processing_fee": "0.35",
            "tax": {"mode": "inclusive", "rates": {"energy": "21", "idle": Decimal("9.5")}},
        },
        currency="EUR",
    )

    assert (rate.connection_fee, rate.processing_fee, rate.min_billable_wh) == (Decimal("0.50"), Decimal("0.35"), 200)
    assert rate.energy[0].window.weekdays == {0, 1}
    assert (rate.energy[0].window.start_minute, rate.energy[0].window.end_minute) == (17 * 60, 21 * 60)
    assert rate.idle is not None
    assert (rate.idle.grace_min, rate.idle.cap) == (10, Decimal("20.00"))
    assert rate.idle.free_windows[0].covers(weekday=6, minute=6 * 60 + 59)
    assert rate.taxes.mode is TaxMode.INCLUSIVE
    assert rate.taxes.percentage(Component.ENERGY) == 21
    assert rate.taxes.percentage(Component.CONNECTION) == 0


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"energy": [{"name": "all day", "price": "-0.35"}]}, "energy[0].price", "negative"),
        ({"connection_fee": -1}, "connection_fee", "negative"),
        ({"tax": {"mode": "exclusive", "rates": {"energy": "120"}}}, "tax.rates.energy", "between 0 and 100"),
        ({"tax": {"mode": "exclusive", "rates": {"engery": "20"}}}, "tax.rates.engery", "did you mean energy?"),
        ({"tax": {"mode": "included", "rates": {}}}, "tax.mode", "did you mean inclusive?"),
        ({"tax": {"mode": "exclusive"}}, "tax.rates", "missing"),
        ({"conection_fee": "1"}, "conection_fee", "did you mean connection_fee?"),
        ({"energy": []}, "energy", "at least one"),
        ({"energy": {"price": "1"}}, "energy", "Expected a list"),
        ({"energy": [{"name": "x"}]}, "energy[0].price", "missing"),
        ({"energy": [{"name": " ", "price": "1"}]}, "energy[0].name", "not empty"),
        ({"energy": [{"name": "x", "price": True}]}, "energy[0].price", "decimal number"),
        ({"energy": [{"name": "x", "price": "0,35"}]}, "energy[0].price", "decimal number"),
        ({"energy": [{"name": "x", "price": "NaN"}]}, "energy[0].price", "decimal number"),
        ({"energy": [{"name": "x", "price": "1e3"}]}, "energy[0].price", "decimal number"),
        ({"energy": [{"name": "x", "price": 0.35}]}, "energy[0].price", "decimal number"),
        ({"energy": [{"name": "x", "price": "0.1234567"}]}, "energy[0].price", "6 decimals"),
        ({"energy": [{"name": "x", "price": "99999999999"}]}, "energy[0].price", "too large"),
        ({"energy": [timed("x", "7:00", "21:00")]}, "energy[0].from", "17:00"),
        ({"energy": [timed("x", "17:00", "25:00")]}, "energy[0].to", "17:00"),
        ({"energy": [timed("x", "24:00", "07:00")]}, "energy[0].from", "write 00:00"),
        ({"energy": [timed("x", "17:00", "17:00")]}, "energy[0].from", "leave both out"),
        ({"energy": [timed("x", "17:00", "21:00", days=["MOM"])]}, "energy[0].days[0]", "did you mean MON?"),
        ({"energy": [timed("x", "17:00", "21:00", days=[])]}, "energy[0].days", "leave `days` out"),
        ({"energy": [timed("x", "17:00", "21:00", days=["MON", "MON"])]}, "energy[0].days", "twice"),
        ({"min_billable_wh": "100"}, "min_billable_wh", "whole number"),
        ({"min_billable_wh": Decimal("0.5")}, "min_billable_wh", "whole number"),
        ({"idle": {"grace_min": 10}}, "idle.per_min", "missing"),
        ({"idle": {"per_min": "1", "grace_min": -1}}, "idle.grace_min", "not between"),
        ({"idle": {"per_min": "1", "cap": "-5"}}, "idle.cap", "negative"),
        ({"idle": {"per_min": "1", "free_windows": [["22:00"]]}}, "idle.free_windows[0]", "two ends"),
        ({"idle": {"per_min": "1", "free_windows": ["22:00"]}}, "idle.free_windows[0]", "Expected a list"),
        ({"idle": {"per_min": "1", "windows": []}}, "idle.windows", "always applies"),
        ({"idle": {"per_min": "1", "windows": [{}]}}, "idle.windows[0]", "Name days or times"),
        ({"connection_windows": [{"from": "8"}]}, "connection_windows[0].from", "17:00"),
        ({"time": {"per_min": "1", "windows": [{"days": ["MOM"]}]}}, "time.windows[0].days[0]", "did you mean MON?"),
        (
            {"idle": {"per_min": "1", "windows": [{"days": ["SAT"]}], "free_windows": [["22:00", "07:00"]]}},
            "idle.free_windows",
            "drop one of the two",
        ),
    ],
)
def test_it_names_the_place_and_the_mend(changes: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(RateSyntaxError) as caught:
        parse_rate({"energy": [ALL_DAY], **changes}, currency="USD")

    assert caught.value.path == path
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (timed("a", "17:00", "21:00"), timed("b", "20:59", "22:00")),
        (timed("a", "22:00", "06:00"), timed("b", "05:00", "07:00")),
        (timed("a", "22:00", "06:00"), timed("b", "23:00", "02:00")),
        (timed("a", "17:00", "21:00", days=["MON", "TUE"]), timed("b", "18:00", "19:00", days=["TUE", "WED"])),
        (timed("a", "17:00", "21:00"), timed("b", "17:00", "21:00")),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_it_refuses_windows_that_overlap(first: dict[str, Any], second: dict[str, Any], turned: bool) -> None:
    windows = [second, first] if turned else [first, second]

    problems = rate_problems({"energy": [*windows, ALL_DAY]}, currency="USD")

    assert [problem.path for problem in problems] == ["energy[1]"]
    assert "overlaps with energy[0]" in problems[0].message


@pytest.mark.parametrize(
    "windows",
    [
        [timed("a", "17:00", "21:00"), timed("b", "21:00", "17:00")],
        [timed("a", "17:00", "21:00", days=["MON"]), timed("b", "17:00", "21:00", days=["TUE"])],
        [timed("a", "17:00", "21:00"), {"name": "weekend", "days": ["SAT", "SUN"], "price": "1"}, ALL_DAY],
        [timed("a", "00:00", "12:00"), timed("b", "12:00", "00:00")],
    ],
)
def test_it_takes_windows_that_meet_and_general_prices_beside_them(windows: list[dict[str, Any]]) -> None:
    assert rate_problems({"energy": windows}, currency="USD") == ()


def test_it_refuses_free_windows_that_overlap() -> None:
    idle = {"per_min": "1", "free_windows": [["22:00", "07:00"], ["06:00", "08:00"]]}

    problems = rate_problems({"energy": [ALL_DAY], "idle": idle}, currency="USD")

    assert [problem.path for problem in problems] == ["idle.free_windows[1]"]


def test_it_finds_every_problem_in_one_pass() -> None:
    problems = rate_problems(
        {"connection_fee": "-1", "energy": [{"price": "x"}], "idle": 5, "tax": {"mode": "no", "rates": {"idle": 101}}},
        currency="XXX",
        path="rates[2].rate",
    )

    assert {problem.path for problem in problems} == {
        "currency",
        "rates[2].rate.connection_fee",
        "rates[2].rate.energy[0].name",
        "rates[2].rate.energy[0].price",
        "rates[2].rate.idle",
        "rates[2].rate.tax.mode",
        "rates[2].rate.tax.rates.idle",
    }
    assert len(problems) == 7


@pytest.mark.parametrize("currency", ["usd", "EURO", "", "XXX"])
def test_it_refuses_what_is_no_currency(currency: str) -> None:
    with pytest.raises(RateSyntaxError, match="ISO 4217") as caught:
        parse_rate({"energy": [ALL_DAY]}, currency=currency)
    assert caught.value.path == "currency"


@pytest.mark.parametrize("obj", [None, [], "rate", 5, True])
def test_it_refuses_what_is_no_object(obj: object) -> None:
    with pytest.raises(RateSyntaxError, match="Expected an object"):
        parse_rate(obj, currency="USD")
