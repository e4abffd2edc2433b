"""One language: names in the apps, local ones too, use the words of the field (docs/architecture.md)."""

import ast
import re
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
NEVER_RIGHT = {"one", "found", "wanted", "known", "kept", "shown", "place", "again", "of", "go_on", "look"}
"""Whole names that say nothing."""
NO_VERBS = {
    *(
        "about",
        "across",
        "after",
        "around",
        "at",
        "before",
        "behind",
        "beside",
        "between",
        "beyond",
        "by",
        "for",
        "from",
    ),
    *("in", "into", "of", "off", "on", "out", "over", "since", "to", "under", "until", "up", "when", "with", "within"),
    *("without", "begun", "bought", "broken", "brought", "built", "chosen", "done", "drawn", "forbidden", "foreseen"),
    *(
        "freed",
        "given",
        "gone",
        "heard",
        "held",
        "hidden",
        "kept",
        "led",
        "left",
        "lost",
        "made",
        "meant",
        "met",
        "paid",
    ),
    *("seen", "sent", "sold", "spoken", "stuck", "taken", "told", "understood", "unpaid", "unsent", "withdrawn"),
    *("withheld", "written"),
}
"""Prepositions and participles that do not end in -ed: no name of a function."""
IN_ED = {"embed", "exceed", "feed", "need", "proceed"}
NOT_ACTS = {
    "authorization.decide.trace": {"failed", "passed", "skipped"},
    "backoffice.tls": {"_tlsShutdownFinished"},
}
"""What a rule returns is called by its outcome; a hook is called as Twisted does."""
OUTWARD = {
    "backoffice.portal.alerts.incidents": {"place"},
    "backoffice.portal.hosts.api": {"wanted"},
    "billing.models.alerts": {"place"},
    "billing.models.bank": {"place"},
    "billing.models.day_sums": {"of"},
    "billing.payouts.bank_lines.imports": {"place"},
    "billing.payouts.cycle.views.payouts": {"place"},
    "billing.payouts.payees.views.payout_agreements": {"place"},
    "billing.pricing.rates.resolver": {"place"},
    "chargers.api.local_lists": {"kept"},
    "chargers.models.upstreams": {"shown"},
    "chargers.views.proxy_forms": {"shown"},
    "support.assistant.record": {"known"},
    "support.desk.admin.tools.access": {"place"},
    "support.desk.admin.tools.money": {"again"},
    "support.desk.admin.tools.property_systems": {"place"},
    "support.diagnosis.acts": {"place"},
    "support.management.commands.ask": {"known"},
    "support.models.assistant": {"known"},
    "support.models.signs": {"place"},
}
"""Columns, fields of forms and of the API, and facts of stored sentences that bear such a name, by
module: others hold it."""
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
    """What a module calls things: its classes and functions, and every name that is bound or passed in it.

    `acts` are functions at its top and private methods, without properties.
    """

    classes: tuple[str, ...]
    functions: tuple[str, ...]
    acts: tuple[str, ...]
    bound: tuple[str, ...]


@cache
def modules() -> dict[str, Names]:
    """The names of every module by its dotted name. No tree is kept: a thousand of them would slow down all that
    follows in this process."""
    return {module: names(ast.parse(text)) for module, text in sources().items()}


def names(tree: ast.AST) -> Names:
    nodes = list(ast.walk(tree))
    of_django = {keyword for node in nodes for keyword in row_locks(node)}
    return Names(
        classes=tuple(node.name for node in nodes if isinstance(node, ast.ClassDef)),
        functions=tuple(node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)),
        acts=tuple(acts(tree)),
        bound=tuple(name for node in nodes if node not in of_django for name in bound(node)),
    )


def acts(parent: ast.AST, *, is_class: bool = False) -> Iterator[str]:
    for node in ast.iter_child_nodes(parent):
        match node:
            case ast.ClassDef():
                yield from acts(node, is_class=True)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                is_property = any("property" in ast.unparse(decorator) for decorator in node.decorator_list)
                if not is_property and (name.startswith("_") or not is_class):
                    yield name
            case ast.If() | ast.Try():
                yield from acts(node, is_class=is_class)


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


def row_locks(node: ast.AST) -> Iterator[ast.keyword]:
    """The keywords of a call of `select_for_update`: Django names them."""
    match node:
        case ast.Call(func=ast.Attribute(attr="select_for_update"), keywords=keywords):
            yield from keywords


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


def test_it_leaves_the_keywords_of_a_row_lock_to_django():
    assert names(ast.parse('rows.select_for_update(of=("self",))')).bound == ()
    assert names(ast.parse("ratio(rows, of=1)")).bound == ("of",)


def test_no_parameter_or_variable_uses_a_banned_word():
    found = {full: sorted(BANNED.keys() & words(last)) for full, last in local()}
    wrong = {full: banned for full, banned in found.items() if banned}

    assert wrong == {}


@pytest.mark.parametrize(("phrase", "instead"), PHRASES.items())
def test_pages_speak_plainly(phrase, instead):
    assert [name for name, text in texts().items() if phrase in text] == [], f"write: {instead}"


def has_no_verb(name: str) -> bool:
    word = name.strip("_")
    return word in NO_VERBS or (word.endswith("ed") and "_" not in word and word not in IN_ED)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("_made", True), ("narrowed", True), ("_of", True), ("feed", False), ("find_paid", False), ("read", False)],
)
def test_it_finds_names_without_a_verb(name, expected):
    assert has_no_verb(name) is expected


def test_a_function_is_a_verb_and_its_object():
    wrong = {module: {name for name in its.acts if has_no_verb(name)} for module, its in modules().items()}

    assert {module: bad for module, bad in wrong.items() if bad} == NOT_ACTS, "write what it does"


def test_no_name_says_nothing():
    wrong = {
        module: NEVER_RIGHT & {*its.bound, *(name.strip("_") for name in its.functions)}
        for module, its in modules().items()
    }

    assert {module: bad for module, bad in wrong.items() if bad} == OUTWARD, "write what it is"
