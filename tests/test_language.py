"""One language: names in the apps, local ones too, use the words of the field (docs/architecture.md)."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
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
NEVER_RIGHT = {
    "one": 585,
    "found": 656,
    "wanted": 409,
    "known": 240,
    "kept": 92,
    "shown": 107,
    "place": 470,
    "again": 9,
    "of": 242,
    "go_on": 13,
    "look": 27,
}
"""Whole names that say nothing, and how often each is bound. The numbers only fall: lower them with each rename."""
PHRASES = {
    "It keeps {{": "After … in fees",
    "is owed by you": "You owe",
    "As things stand": "No payout is due",
    "Owed then": "Balance",
    "Owed before": "Opening balance",
    "Owed at its end": "Closing balance",
    "Beside it<": "Other balances",
    "Routing and account number ending": "bank account ending",
    "Has it come": "Connection status",
    ">Come in": "Join",
    ">Particulars<": "Details",
    ">What became": "Timeline",
    ">Take it": "Accept",
    "Nobody’s": "Unassigned",
    "with reimbursement": "Employees (reimbursed), reimbursed employees",
    "Free minutes first": "Grace period (minutes)",
    "Money to look at": "Needs a decision",
    "Own act": "Charger decided offline",
    "Days of UTC": "Days in UTC",
    "lately<": "Recently, Recent",
    "If it were so": "What if",
    "How they liked it": "Feedback",
    "Worth a look": "Warnings",
    "Say what it was<": "Classify",
    "Nothing differs": "No differences",
    "given back</": "refunded",
}
"""What no page says, and what stands instead."""


@cache
def sources() -> dict[str, str]:
    """The text of every module of the apps by its dotted name, but for migrations."""
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file.read_text()
        for file in sorted(file for app in APPS for file in (ROOT / app).rglob("*.py"))
        if "migrations" not in file.parts
    }


@dataclass(frozen=True)
class Names:
    """What a module calls things: its classes and functions, and every name that is bound or passed in it."""

    classes: tuple[str, ...]
    functions: tuple[str, ...]
    bound: tuple[str, ...]


@cache
def modules() -> dict[str, Names]:
    """The names of every module by its dotted name. No tree is kept: a thousand of them would slow down all that
    follows in this process."""
    return {module: names(ast.parse(text)) for module, text in sources().items()}


def names(tree: ast.AST) -> Names:
    nodes = list(ast.walk(tree))
    return Names(
        classes=tuple(node.name for node in nodes if isinstance(node, ast.ClassDef)),
        functions=tuple(node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)),
        bound=tuple(name for node in nodes for name in bound(node)),
    )


@cache
def texts() -> dict[str, str]:
    """What may be shown: every template by its path, every module by its name."""
    templates = {str(file.relative_to(ROOT)): file.read_text() for file in (ROOT / "templates").rglob("*.html")}
    return templates | sources()


def named() -> Iterator[tuple[str, str]]:
    """The dotted name and the last word of every module, class, function and method."""
    for module, its in modules().items():
        yield module, module.rpartition(".")[2]
        for name in (*its.classes, *its.functions):
            yield f"{module}.{name}", name


def bound(node: ast.AST) -> Iterator[str]:
    """The name that a node binds or passes: a parameter, keyword, variable, attribute or alias."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
            yield name
        case ast.arg(arg=str(name)) | ast.keyword(arg=str(name)) | ast.alias(asname=str(name)):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name


def local() -> Iterator[tuple[str, str]]:
    """The dotted name of the module with each name bound in it, and that name."""
    for module, its in modules().items():
        for name in sorted(set(its.bound)):
            yield f"{module}.{name}", name


@cache
def words(name: str) -> frozenset[str]:
    return frozenset(word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name))


@pytest.mark.parametrize(("name", "expected"), [("TokenRow", {"token", "row"}), ("_is_told", {"is", "told"})])
def test_it_splits_names_into_words(name, expected):
    assert words(name) == expected


def test_no_name_in_code_uses_a_banned_word():
    found = {full: sorted(BANNED.keys() & words(last)) for full, last in named()}
    wrong = {full: banned for full, banned in found.items() if banned}

    assert wrong == {}


@pytest.mark.parametrize(
    "code",
    [
        "told = 1",
        "def act(*, told): ...",
        "act(told=1)",
        "row.told = 1",
        "for told in rows: ...",
        "[told for told in rows]",
        "import json as told",
        "if told := found: ...",
        "try: ...\nexcept ValueError as told: ...",
        "match row:\n    case told: ...",
    ],
)
def test_it_finds_local_names_however_they_are_bound(code):
    assert "told" in names(ast.parse(code)).bound


def test_no_parameter_or_variable_uses_a_banned_word():
    found = {full: sorted(BANNED.keys() & words(last)) for full, last in local()}
    wrong = {full: banned for full, banned in found.items() if banned}

    assert wrong == {}


@pytest.mark.parametrize(("phrase", "instead"), PHRASES.items())
def test_pages_speak_plainly(phrase, instead):
    assert [name for name, text in texts().items() if phrase in text] == [], f"write: {instead}"


def test_names_that_say_nothing_become_fewer():
    counts = Counter(name for its in modules().values() for name in (*its.bound, *its.functions))

    assert {name: counts[name] for name in NEVER_RIGHT} == NEVER_RIGHT, (
        "write what it is; where it is fewer, say so here"
    )
