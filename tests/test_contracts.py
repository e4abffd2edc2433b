"""The import contracts of pyproject.toml: they hold, each fails when it is broken, and every package is in one."""

import ast
import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import grimp
import pytest
from importlinter import api
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = api.read_configuration(str(ROOT / "pyproject.toml"))
CONTRACTS: Mapping[str, Mapping[str, Any]] = {one["id"]: one for one in OPTIONS["contracts_options"]}
APPS = ("chargers", "authorization", "billing", "support")
PLAIN = {"apps", "migrations"}
KINDS = {"layers": LayersContract, "forbidden": ForbiddenContract}

# Two modules for each contract: an import of the second by the first breaks it.
BREAKS = {
    "apps": ("chargers.power.power_limit", "billing.books.ledger"),
    "composition": ("chargers.fleet.presence", "backoffice.settings"),
    "rooms-of-chargers": ("chargers.lib.ids", "chargers.gateway.exchange"),
    "rooms-of-authorization": ("authorization.decide.engine", "authorization.insight.refusals"),
    "rooms-of-billing": ("billing.books.ledger", "billing.settlement.settle"),
    "rooms-of-support": ("support.admin_site.base", "support.explain.timeline"),
    "edges": ("billing.refunds.refunds", "chargers.pages.frame"),
    "purity": ("billing.rating.price", "django"),
}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*OPTIONS["session_options"]["root_packages"], include_external_packages=True)


def is_kept(name: str, graph: grimp.ImportGraph) -> bool:
    """Checked as the linter does: on a copy, since a check takes the ignored imports out of its graph."""
    options = dict(CONTRACTS[name])
    contract = KINDS[options["type"]](
        name=options["name"], session_options=OPTIONS["session_options"], contract_options=options
    )
    return contract.check(copy.deepcopy(graph), verbose=False).kept


def test_every_contract_is_broken_here_on_purpose():
    assert set(BREAKS) == set(CONTRACTS)


@pytest.mark.parametrize("name", BREAKS)
def test_a_contract_holds_and_fails_when_it_is_broken(graph, name):
    importer, imported = BREAKS[name]
    assert importer in graph.modules, importer
    assert imported in graph.modules, imported
    assert is_kept(name, graph)

    graph.add_import(importer=importer, imported=imported)
    try:
        assert not is_kept(name, graph)
    finally:
        graph.remove_import(importer=importer, imported=imported)


def test_a_new_package_is_in_no_order_until_somebody_places_it():
    for app in APPS:
        contract = CONTRACTS[f"rooms-of-{app}"]
        assert str(contract["exhaustive"]) == "True"
        assert set(contract["exhaustive_ignores"]) == PLAIN


@pytest.mark.parametrize("file", sorted(ROOT.glob("*/templatetags/*.py")), ids=lambda file: file.stem)
def test_template_tags_only_register(file):
    defined = [
        node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]

    assert defined == []
