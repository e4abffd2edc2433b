"""The price engine on the command line: JSON in, JSON out, no database."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest
from cryptography.fernet import Fernet

from tests.kit import command_line

EXACT_AS_DECIMALS = ("exact", "unit_price", "rate_pct")

SESSION = {
    "currency": "EUR",
    "timezone": "Europe/Amsterdam",
    "rate": {
        "connection_fee": "1.00",
        "energy": [{"name": "all day", "price": 0.45}],
        "tax": {"mode": "inclusive", "rates": {"connection": "21", "energy": 21}},
    },
    "events": [
        {"t": "2026-03-10T14:00:00Z", "type": "start", "wh": 0},
        {"t": "2026-03-10T15:00:00Z", "type": "stop", "wh": 10000},
    ],
}


def run(text: str) -> tuple[int, dict[str, Any]]:
    return command_line.run("price_session", text)


def session_examples() -> list[Any]:
    path = command_line.shared("price_sessions.json")
    if path is None:
        return command_line.missing("price_sessions.json")
    found = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)["examples"]
    return [pytest.param(example, id=example["id"]) for example in found if example["kind"] == "session"]


def normal(value: Any, *, key: str = "") -> Any:
    """Decimals compare by value; labels are free."""
    if isinstance(value, dict):
        return {name: normal(inner, key=name) for name, inner in value.items() if name != "label"}
    if isinstance(value, list):
        return [normal(inner) for inner in value]
    return Decimal(value) if key in EXACT_AS_DECIMALS else value


def stated(found: Any, *, as_in: Any) -> Any:
    """Of what was printed, the parts that the example states."""
    if isinstance(as_in, dict):
        return {key: stated(found[key], as_in=inner) for key, inner in as_in.items()}
    if isinstance(as_in, list) and len(as_in) == len(found):
        return [stated(one, as_in=other) for one, other in zip(found, as_in, strict=True)]
    return found


@pytest.mark.parametrize("example", session_examples())
def test_it_reproduces_the_worked_session(example: dict[str, Any]) -> None:
    code, printed = run(json.dumps(example["input"], default=str))

    assert code == 0
    assert normal(stated(printed, as_in=example["expected"])) == normal(example["expected"])


def test_it_prints_every_line_with_its_reason() -> None:
    code, printed = run(json.dumps(SESSION))

    assert code == 0
    assert (printed["subtotal"], printed["net"], printed["tax"], printed["total"]) == (550, 455, 95, 550)
    assert printed["lines"][1] == {
        "kind": "energy",
        "label": "all day",
        "amount": 450,
        "exact": "450",
        "quantity": "10.000",
        "unit": "kWh",
        "unit_price": "0.45",
        "tax_pct": "21",
        "reason": "10.000 kWh flowed from 2026-03-10 15:00 to 2026-03-10 16:00.",
        "reasons": [
            {
                "code": "energy.flowed",
                "facts": {"energy_wh": 10000, "spans": [["2026-03-10T14:00:00Z", "2026-03-10T15:00:00Z"]]},
            }
        ],
        "wh": 10000,
        "estimated": False,
    }
    assert printed["inputs"]["meter_stop_wh"] == 10000


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"timezone": "Europe/Amsterdm"}, "timezone", "did you mean Europe/Amsterdam?"),
        ({"currency": "EURO"}, "currency", "ISO 4217"),
        ({"rate": {"energy": [{"name": "x", "price": -1}]}}, "rate.energy[0].price", "negative"),
        ({"member_discount_pct": "120"}, "member_discount_pct", "between 0 and 100"),
        ({"included_wh": -1}, "included_wh", "not between"),
        ({"currncy": "EUR"}, "currncy", "did you mean currency?"),
        ({"events": []}, "events", "needs its start"),
        ({"events": [{"t": "2026-03-10T14:00:00", "type": "start", "wh": 0}]}, "events[0].t", "no offset"),
        ({"events": [{"t": "yesterday", "type": "start", "wh": 0}]}, "events[0].t", "Expected a time"),
        ({"events": [{"t": "2026-03-10T14:00:00Z", "type": "begin", "wh": 0}]}, "events[0].type", "type of event"),
        ({"events": [{"t": "2026-03-10T14:00:00Z", "type": "start"}]}, "events[0]", "needs wh"),
        ({"events": [{"t": "2026-03-10T14:00:00Z", "type": "start", "wh": -5}]}, "events[0].wh", "not between"),
        (
            {"events": [*SESSION["events"], {"t": "2026-03-10T15:00:01Z", "type": "stop", "wh": 1}]},
            "events",
            "Two stop events differ",
        ),
        (
            {"events": [*SESSION["events"], {"t": "2026-03-10T15:00:01Z", "type": "status", "status": "Avail"}]},
            "events[2].status",
            "did you mean Available?",
        ),
    ],
)
def test_it_names_what_is_wrong_and_exits_with_2(changes: dict[str, Any], path: str, words: str) -> None:
    code, printed = run(json.dumps({**SESSION, **changes}))

    assert (code, printed["path"]) == (2, path)
    assert words in printed["error"]


@pytest.mark.parametrize("text", ["", "{", "NaN", '{"currency": "EUR", "currency": "USD"}', "[" * 100_000, "\x00"])
def test_it_refuses_what_is_no_json(text: str) -> None:
    code, printed = run(text)

    assert code == 2
    assert printed["error"]


def test_it_runs_where_no_database_answers() -> None:
    environment = {
        "DATABASE_URL": "postgres://nobody:none@127.0.0.1:1/nothing",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SECRET_KEY": "x" * 50,
        "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    }

    done = subprocess.run(
        [sys.executable, "manage.py", "price_session"],
        input=json.dumps(SESSION).encode(),
        capture_output=True,
        cwd=command_line.ROOT,
        env={**os.environ, **environment},
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["total"] == 550
