"""How the tests lie: shared support in tests/kit, no test module imports another, modules have their mirror."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import conftest
from tests.kit import pure

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent

# Pure modules that only tests of others cover. This list only shrinks: a new pure module comes with its test module.
NOT_MIRRORED = {
    "authorization.decide.reasons.cards",
    "authorization.decide.reasons.limits",
    "authorization.decide.reasons.partners",
    "authorization.decide.reasons.chargers",
    "authorization.decide.reasons.stays",
    "authorization.decide.rules.token",
    "authorization.decide.trace",
    "chargers.commands.forms.display",
    "chargers.lib.i18n",
    "chargers.protocol.events",
    "chargers.protocol.versions.v21",
}


APPS = ("authorization", "backoffice", "billing", "chargers", "support")
MIRRORED_PERCENT = 92
"""Of the modules that decide something, so many have a test module of their name in the mirrored place. It only
rises."""


def imported(source: str) -> Iterator[str]:
    """Every module that is imported, and every name that is imported from one, with dots."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module or '.'}.{alias.name}" for alias in node.names)


def of_test_modules(source: str) -> list[str]:
    """Imports out of test modules; a test function of another package may be called as it likes."""
    return [
        name
        for name in imported(source)
        if name.startswith("tests.") and any(part.startswith("test_") for part in name.split("."))
    ]


def test_no_module_imports_a_test_module():
    files = {str(file.relative_to(TESTS)): of_test_modules(file.read_text()) for file in TESTS.rglob("*.py")}

    assert {file: imports for file, imports in files.items() if imports} == {}


@pytest.mark.parametrize(
    "source",
    [
        "from tests.billing.sessions.holds.test_holds import paid",
        "from tests.billing.payments import test_holds",
        "import tests.test_roles",
    ],
)
def test_it_finds_every_form_of_such_an_import(source: str):
    assert of_test_modules(source) != []


def pure_modules() -> Iterator[str]:
    """The modules that the contract "purity" names, those of its packages one by one."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [purity] = [one for one in contracts if one["id"] == "purity"]
    for name in purity["source_modules"]:
        path = name.replace(".", "/")
        files = (ROOT / path).rglob("*.py") if (ROOT / path).is_dir() else ROOT.glob(f"{path}.py")
        for file in files:
            if file.name != "__init__.py":
                yield ".".join(file.relative_to(ROOT).with_suffix("").parts)


def mirror(module: str) -> Path:
    *rooms, name = module.split(".")
    return TESTS.joinpath(*rooms, f"test_{name}.py")


def test_every_pure_module_has_a_test_module_of_its_name():
    assert {one for one in pure_modules() if not mirror(one).exists()} - NOT_MIRRORED == set()


def test_the_list_of_those_without_one_only_shrinks():
    assert {one for one in NOT_MIRRORED if mirror(one).exists()} == set()
    assert set(pure_modules()) >= NOT_MIRRORED


def decides(source: str) -> bool:
    """Whether a function in it branches. What only declares, lists or passes on (models without rules, addresses,
    tables, forms that are fields) needs no test module of its own.
    """
    branches = (ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.Match, ast.comprehension, ast.BoolOp)
    functions = (
        node for node in ast.walk(ast.parse(source)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    )
    return any(isinstance(node, branches) for function in functions for node in ast.walk(function))


def deciding_modules() -> Iterator[str]:
    for app in APPS:
        for file in (ROOT / app).rglob("*.py"):
            names = file.relative_to(ROOT).with_suffix("").parts
            if names[-1] not in {"__init__", "apps"} and "migrations" not in names and decides(file.read_text()):
                yield ".".join(names)


def test_the_share_of_modules_with_a_test_module_of_their_name_only_rises():
    modules = set(deciding_modules())
    without = sorted(module for module in modules if not mirror(module).exists())

    percent = 100 * (len(modules) - len(without)) // len(modules)

    assert percent >= MIRRORED_PERCENT, f"these have none: {', '.join(without)}"
    assert percent < MIRRORED_PERCENT + 2, "More of them have one now: raise the figure."


@pytest.mark.parametrize(
    ("source", "is_counted"),
    [
        ("LIMIT = 5 if True else 6\n", False),
        ("class Charger:\n    name = 'x'\n    def __str__(self):\n        return self.name\n", False),
        ("def total(rows):\n    return sum(row.price for row in rows)\n", True),
        ("class Hold:\n    def ends(self):\n        return self.until or self.at\n", True),
    ],
)
def test_a_module_counts_where_a_function_of_it_branches(source: str, is_counted: bool):
    assert decides(source) is is_counted


def test_every_line_of_the_pure_tests_is_a_place():
    assert [one for one in pure.PURE if not (TESTS / one).exists()] == []


def refused(item: pytest.Item) -> bool:
    """Whether the suite's own hook fails it once it counts as pure."""
    item.add_marker("pure")
    try:
        conftest.pytest_runtest_setup(item)
    except pytest.fail.Exception:
        return True
    return False


def test_a_pure_test_that_takes_the_database_fails(request: pytest.FixtureRequest, db: None):
    assert refused(request.node)


@pytest.mark.django_db
def test_a_pure_test_that_is_marked_for_the_database_fails(request: pytest.FixtureRequest):
    assert refused(request.node)


def test_a_pure_test_that_takes_nothing_runs(request: pytest.FixtureRequest):
    assert not refused(request.node)


def measures_time(source: str) -> bool:
    """Whether it takes a moment from the clock's present reading. To wait until a deadline is another thing."""
    return any(
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Sub)
        and ast.unparse(node.left) in {"time.monotonic()", "time.perf_counter()"}
        for node in ast.walk(ast.parse(source))
    )


def test_no_test_measures_how_long_something_takes():
    """But one: that a refusal is not sent before a time, which a slow machine cannot break."""
    found = [file for file in TESTS.rglob("test_*.py") if measures_time(file.read_text())]
    assert [str(file.relative_to(TESTS)) for file in found] == ["chargers/handshake/test_admission.py"]
