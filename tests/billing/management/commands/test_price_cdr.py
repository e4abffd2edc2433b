"""CDRs priced on the command line, against the totals that their sources state."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.kit import command_line

REQUEST = {
    "tariff": {"elements": [{"price_components": [{"type": "ENERGY", "price": 0.25, "vat": 21, "step_size": 1}]}]},
    "cdr": {
        "start_date_time": "2026-03-10T14:00:00Z",
        "end_date_time": "2026-03-10T15:30:00Z",
        "charging_periods": [
            {"start_date_time": "2026-03-10T14:00:00Z", "dimensions": [{"type": "ENERGY", "volume": 10.001}]}
        ],
    },
    "timezone": "Europe/Amsterdam",
    "ocpi_version": "2.2.1",
}


def cases() -> list[Any]:
    folder = command_line.shared("ocpi_tariffs")
    if folder is None:
        return command_line.missing("ocpi_tariffs")
    paths = sorted(path for path in folder.glob("*.json") if path.name != "index.json")
    return [pytest.param(json.loads(path.read_text(encoding="utf-8")), id=path.stem) for path in paths]


@pytest.mark.parametrize("case", cases())
def test_it_reaches_the_stated_totals(case: dict[str, Any]) -> None:
    code, printed = command_line.run("price_cdr", json.dumps(case["input"]))

    assert code == 0
    rounded = {name: round(Decimal(printed[name]), 4) for name in case["expected"]}
    assert rounded == {name: round(Decimal(str(total)), 4) for name, total in case["expected"].items()}


def test_it_prints_exact_numbers() -> None:
    code, printed = command_line.run("price_cdr", json.dumps(REQUEST))

    assert code == 0
    assert printed == {
        "total_excl_vat": Decimal("2.50025"),
        "total_incl_vat": Decimal("3.025303"),
        "total_energy": Decimal("10.001"),
        "total_time": Decimal("1.5"),
        "total_parking_time": 0,
    }


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"ocpi_version": "1.0"}, "ocpi_version", "version of OCPI"),
        ({"tariff": {}}, "tariff.elements", "missing"),
        ({"tariff": {"elements": [{}]}}, "tariff.elements[0].price_components", "missing"),
        ({"cdr": {"start_date_time": "2026-03-10T14:00:00Z", "charging_periods": []}}, "cdr", "end_date_time"),
        (
            {"tariff": {"elements": [{"price_components": [{"type": "ENERGI", "price": 1}]}]}},
            "tariff.elements[0].price_components[0].type",
            "did you mean ENERGY?",
        ),
        (
            {"cdr": {**REQUEST["cdr"], "end_date_time": "2026-03-10T13:00:00Z"}},
            "cdr.end_date_time",
            "ends before it starts",
        ),
    ],
)
def test_it_names_what_is_wrong_and_exits_with_2(changes: dict[str, Any], path: str, words: str) -> None:
    code, printed = command_line.run("price_cdr", json.dumps({**REQUEST, **changes}))

    assert (code, printed["path"]) == (2, path)
    assert words in printed["error"]
