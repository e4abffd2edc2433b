"""One language: names of modules, classes and functions use the words of the field (docs/architecture.md)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("authorization", "backoffice", "billing", "chargers", "support")
BANNED = {
    "bury": "expire",
    "foresight": "prefetch",
    "knock": "handshake",
    "knocks": "handshakes",
    "mend": "repair, remedy",
    "mended": "repaired",
    "said": "reply, status, text: by what it is",
    "saying": "text",
    "seat": "outlet, slot",
    "seats": "outlets, slots",
    "supposed": "what_if",
    "supposing": "what_if",
    "tell": "notify, publish, report, render: by what it does",
    "tells": "notifies, reports",
    "told": "rendered, notified, reported, reply: by what it is",
    "whoever": "the caller, the user",
    "wish": "command, request",
    "wished": "commanded, requested",
}
KEPT = {
    # Names of periodic tasks stand in queues.
    "chargers.tasks.forget_old_knocks",
    "chargers.tasks.bury_dead_gateways",
}


def named() -> Iterator[tuple[str, str]]:
    """The dotted name and the last word of every module, class, function and method, but for migrations."""
    for file in sorted(file for app in APPS for file in (ROOT / app).rglob("*.py")):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if ".migrations" in module:
            continue
        yield module, module.rpartition(".")[2]
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{module}.{node.name}", node.name


def words(name: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)]


@pytest.mark.parametrize(("name", "expected"), [("TokenRow", ["token", "row"]), ("_is_told", ["is", "told"])])
def test_it_splits_names_into_words(name, expected):
    assert words(name) == expected


def test_no_name_in_code_uses_a_banned_word():
    found = {full: sorted(BANNED.keys() & set(words(last))) for full, last in named()}
    wrong = {full: banned for full, banned in found.items() if banned and full not in KEPT}

    assert wrong == {}


def test_what_is_kept_is_still_there():
    assert {full for full, _ in named()} >= KEPT
