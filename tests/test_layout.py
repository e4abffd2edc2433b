"""How the tests lie: shared support in tests/kit, no test module imports another, pure modules have their mirror."""

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
    "authorization.decide.facts",
    "authorization.decide.reasons.cards",
    "authorization.decide.reasons.limits",
    "authorization.decide.reasons.links",
    "authorization.decide.reasons.partners",
    "authorization.decide.reasons.parts",
    "authorization.decide.reasons.places",
    "authorization.decide.reasons.stays",
    "authorization.decide.rules.charger",
    "authorization.decide.rules.token",
    "authorization.decide.rules.visitor",
    "authorization.decide.rules.words",
    "authorization.decide.trace",
    "authorization.people.roles",
    "chargers.properties.countries",
    "billing.formatting.decimals",
    "billing.proration.periods",
    "billing.engine.charging",
    "billing.engine.checks.comparison",
    "billing.engine.checks.example",
    "billing.engine.checks.typos",
    "billing.engine.fees",
    "billing.engine.lines",
    "billing.engine.ocpi.tariff",
    "billing.engine.periods",
    "billing.engine.plausibility",
    "billing.engine.rate.json_input",
    "billing.engine.rate.reading",
    "billing.engine.rate.windows",
    "billing.engine.reports.report",
    "billing.engine.values.facts",
    "chargers.commands.forms.charging_profiles",
    "chargers.commands.forms.display",
    "chargers.commands.forms.files",
    "chargers.commands.forms.form",
    "chargers.commands.forms.local_list",
    "chargers.commands.forms.maintenance",
    "chargers.commands.forms.sessions",
    "chargers.commands.schedules",
    "chargers.handshake.trusted_proxies",
    "chargers.lib.i18n",
    "chargers.protocol.events",
    "chargers.protocol.fields",
    "chargers.protocol.replies",
    "chargers.protocol.versions.notices",
    "chargers.protocol.versions.notices_v201",
    "chargers.protocol.versions.notices_v21",
    "chargers.protocol.versions.translator",
    "chargers.protocol.versions.v21",
    "chargers.settings.own_decision_settings",
}


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
    assert [str(file.relative_to(TESTS)) for file in found] == ["chargers/gateway/test_connections.py"]
