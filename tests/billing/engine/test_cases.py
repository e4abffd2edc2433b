"""The cases of tests/rating_cases: a rate and a session, and what their price must say.

`expected` names only what its rule is about; each key is one of `STATED`, compared with the priced report.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from billing.engine.price import price
from billing.engine.rate.tariff import Component
from billing.engine.reports.report import PriceReport
from billing.engine.values.facts import parse_session
from tests.kit.rating_sessions import amounts, energies

FOLDER = Path(__file__).resolve().parents[2] / "rating_cases"
CASES = sorted(FOLDER.rglob("*.json"))
Json = dict[str, Any]


def taxes(report: PriceReport) -> list[list[Any]]:
    return [[str(group.rate_pct), group.base_minor, group.tax_minor] for group in report.taxes]


def connection_minor(report: PriceReport) -> int:
    [line] = [line for line in report.lines if line.component is Component.CONNECTION]
    return line.amount_minor


STATED: Mapping[str, Callable[[PriceReport], Any]] = {
    "amounts": lambda report: [list(one) for one in amounts(report)],
    "connection_minor": connection_minor,
    "costs": lambda report: report.total_minor > 0,
    "energies": lambda report: [list(one) for one in energies(report)],
    "energy_wh": lambda report: report.energy_wh,
    "exact": lambda report: [str(line.exact) for line in report.lines],
    "has_lines": lambda report: bool(report.lines),
    "held": lambda report: [str(found.doubt) for found in report.held],
    "is_held": lambda report: report.is_held,
    "last_line": lambda report: [report.lines[-1].label, report.lines[-1].amount_minor],
    "net_minor": lambda report: report.net_minor,
    "notes": lambda report: [str(note.code) for note in report.notes],
    "subtotal_minor": lambda report: report.subtotal_minor,
    "sum_of_lines": lambda report: sum(line.amount_minor for line in report.lines),
    "tax_minor": lambda report: report.tax_minor,
    "taxes": taxes,
    "total_minor": lambda report: report.total_minor,
}
INCLUDED: Mapping[str, Callable[[PriceReport], list[str]]] = {
    "notes_include": lambda report: [str(note.code) for note in report.notes],
    "reasons_include": lambda report: [line.reason for line in report.lines],
    "sentences": lambda report: [note.sentence for note in report.notes],
}
EXCLUDED: Mapping[str, Callable[[PriceReport], list[str]]] = {"reasons_exclude": INCLUDED["reasons_include"]}


def is_in(word: str, texts: list[str]) -> bool:
    return any(word in text for text in texts)


@pytest.mark.parametrize("file", CASES, ids=lambda file: str(file.relative_to(FOLDER).with_suffix("")))
def test_it_prices_the_case(file: Path) -> None:
    case: Json = json.loads(file.read_text())
    found = parse_session({**case["session"], "rate": case["rate"]})
    expected: Json = case["expected"]

    report = price(rate=found.rate, facts=found.facts, zone=found.zone)

    stated = {key: expected[key] for key in expected if key in STATED}
    assert {key: STATED[key](report) for key in stated} == stated
    for key, texts in INCLUDED.items():
        assert [word for word in expected.get(key, []) if not is_in(word, texts(report))] == []
    for key, texts in EXCLUDED.items():
        assert [word for word in expected.get(key, []) if is_in(word, texts(report))] == []


def test_every_case_expects_something_that_is_compared() -> None:
    known = {*STATED, *INCLUDED, *EXCLUDED}
    for file in CASES:
        expected = json.loads(file.read_text())["expected"]
        assert expected, file
        assert set(expected) <= known, file
