"""What a person does is one function in `acts`: views, API and tasks call it and differ in how they ask and answer."""

import ast
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("chargers", "authorization", "billing", "support", "backoffice")
ASKS = ("views", "api", "tasks", "admin", "guest", "callbacks", "management", "templatetags", "urls", "pages")
KINDS = {*ASKS, "acts"}
DECORATORS = {"login_required", "require_safe", "require_POST", "require_http_methods", "csrf_exempt"}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*APPS)


def imports(graph: grimp.ImportGraph, *, of: str, imported: str) -> list[str]:
    """The imports of one kind of module by another. A package's `__init__` and addresses only list views."""
    return sorted(
        f"{importer} -> {one}"
        for importer in graph.modules
        if is_of(importer, of)
        for one in graph.find_modules_directly_imported_by(importer)
        if is_of(one, imported) and not one.startswith(f"{importer}.")
    )


def is_of(module: str, kind: str) -> bool:
    """By the first part of its name that is a kind: `billing.guest.views` is a guest's page."""
    app, *inner = module.split(".")
    return app in APPS and next((part for part in inner if part in KINDS), "") == kind


def called(file: Path, *, function: str) -> list[int]:
    """The lines where a file calls `module.function`."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == function
    ]


def files(kind: str) -> list[Path]:
    """Modules of that name, and those in packages of that name, in any room."""
    return sorted(
        file
        for app in APPS
        for file in (ROOT / app).rglob("*.py")
        if kind in file.relative_to(ROOT).with_suffix("").parts
    )


@pytest.mark.parametrize("importer", ["views", "api", "tasks", "admin", "guest", "pages", "acts"])
def test_no_edge_imports_a_view(graph, importer):
    assert imports(graph, of=importer, imported="views") == []


def test_a_view_that_imports_a_view_is_found(graph):
    importer, imported = "billing.sessions.refunds.views.refunds", "billing.sessions.settlement.views.sessions"
    assert importer in graph.modules
    assert imported in graph.modules

    graph.add_import(importer=importer, imported=imported)
    try:
        assert imports(graph, of="views", imported="views") == [f"{importer} -> {imported}"]
    finally:
        graph.remove_import(importer=importer, imported=imported)


@pytest.mark.parametrize("caller", ASKS)
def test_an_act_knows_none_of_its_callers(graph, caller):
    assert imports(graph, of="acts", imported=caller) == []


@pytest.mark.parametrize("file", files("pages"), ids=lambda file: f"{file.parent.parent.name}-{file.stem}")
def test_what_pages_share_holds_no_view(file):
    decorated = [
        node.name
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef)
        and any(ast.unparse(one).partition("(")[0] in DECORATORS for one in node.decorator_list)
    ]

    assert decorated == []


@pytest.mark.parametrize("kind", ["views", "api", "pages", "guest"])
def test_no_page_and_no_api_module_writes_the_audit_trail_itself(kind):
    found = [
        f"{file.relative_to(ROOT)}:{line}" for file in files(kind) for line in called(file, function="audit.write")
    ]

    assert found == []
