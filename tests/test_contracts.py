"""The import contracts of pyproject.toml: they hold, each fails when it is broken, and every package is in one."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts_check import BREAKS, CONTRACTS

ROOT = Path(__file__).resolve().parent.parent
APPS = ("chargers", "authorization", "billing", "support")
PLAIN = {"apps", "migrations"}


@pytest.fixture(scope="module")
def checked() -> dict[str, list[bool]]:
    """Whether each contract holds, and whether it still does when broken on purpose."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.contracts_check"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_every_contract_is_broken_here_on_purpose():
    assert set(BREAKS) == set(CONTRACTS)


@pytest.mark.parametrize("name", BREAKS)
def test_a_contract_holds_and_fails_when_it_is_broken(checked, name):
    assert checked[name] == [True, False]


def test_a_new_package_is_in_no_order_until_somebody_places_it():
    for app in APPS:
        contract = CONTRACTS[f"rooms-of-{app}"]
        assert str(contract["exhaustive"]) == "True"
        assert set(contract["exhaustive_ignores"]) == PLAIN


def test_every_room_of_a_wing_is_in_an_order():
    assert {contract for contract in CONTRACTS if contract.startswith("rooms-of-")} == {
        *(f"rooms-of-{app}" for app in APPS),
        *(f"rooms-of-{wing}" for wing in ("roaming", "payouts", "sessions", "payments", "pricing", "portal")),
    }


@pytest.mark.parametrize("file", sorted(ROOT.glob("*/templatetags/*.py")), ids=lambda file: file.stem)
def test_template_tags_only_register(file):
    defined = [
        node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]

    assert defined == []
