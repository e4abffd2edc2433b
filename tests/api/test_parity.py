"""What the portal can do, the API can: every act is reached by a route, or stands here with its reason."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.urls import reverse

ROOT = Path(__file__).resolve().parents[2]
APPS = ("chargers", "authorization", "billing", "support", "backoffice")
_NOBODY_IN = "A key lets nobody in and takes nobody out: it could make itself an owner. Owners do it in the portal."
_PERSON = "It is done by who holds a link or a password, and has no meaning for a key."
_SECOND = "Two people have to agree: the second one is a person who is logged in, never a program."
_GUEST = "Guests and drivers do it on their own pages, by an unguessable link."
_DESK = "The agents' desk in the admin: its drafts and undo belong to the person who reads the conversation."
_DESK_TEXTS = "Articles are written in the agents' admin, with a preview; the API reads them."
_OWNERS = "Who reads the guests' personal data is decided by an owner who is logged in, never by a program."
_DOMAIN = "Set up once, in the browser, by whoever changes the DNS entry."
_PLATFORM = "The platform's own money and duties: agents do it in the portal, behind a second factor."
_QUESTION = "It asks and changes nothing; acts and pages use it."
_OWN_MAIL = "What a person gets by mail is for that person to say; a program can leave its hooks out."
_WORKER = "A worker does it with what somebody asked for before."
_TALK = "A turn of the assistant's conversation on a page; an API opens the ticket at once."
EXCEPTIONS = {
    "authorization.accounts.acts": {"confirm_address": _PERSON, "use_enrolment_link": _PERSON},
    "authorization.members.acts.api_keys": {"make": _NOBODY_IN, "revoke": _NOBODY_IN, "revoke_of_member": _NOBODY_IN},
    "authorization.company_login.acts": {
        "resolve_user": _PERSON,
        "confirm_domain": _PLATFORM,
        "connect": _PERSON,
        "remove": _NOBODY_IN,
        "save": _NOBODY_IN,
    },
    "authorization.members.acts.data_grants": {"answer": _OWNERS, "ask": _DESK, "revoke": _OWNERS},
    "authorization.members.acts.people": {
        "accept_invitation": _PERSON,
        "change_role": _NOBODY_IN,
        "end": _NOBODY_IN,
        "extend": _NOBODY_IN,
        "invite": _NOBODY_IN,
        "let_in": _NOBODY_IN,
        "let_in_to": _NOBODY_IN,
        "remove": _NOBODY_IN,
        "describe_scope": _QUESTION,
        "withdraw_invitation": _NOBODY_IN,
    },
    "backoffice.portal.alerts.acts": {"set_mail_muted": _OWN_MAIL, "set_quiet_hours": _OWN_MAIL},
    "backoffice.portal.attention.acts": {"may_decide": _QUESTION},
    "billing.branding.acts": {"claim_domain": _DOMAIN, "confirm_domain": _DOMAIN, "remove_domain": _DOMAIN},
    "billing.payouts.bank_lines.acts.bank_lines": {
        "answer_clearing": _SECOND,
        "post_suspense": _PLATFORM,
        "return_to_suspense": _PLATFORM,
    },
    "billing.roaming.console.acts": {
        "connect": _PLATFORM,
        "disconnect": _PLATFORM,
        "invite": _PLATFORM,
        "push_everything": _PLATFORM,
        "send_again": _PLATFORM,
        "try_out": _PLATFORM,
    },
    "billing.sessions.refunds.acts.complaints": {"make": _GUEST},
    "billing.sessions.plans.acts.driver_accounts": {
        "delete": _GUEST,
        "delete_due": _WORKER,
        "end_plan": _DESK,
        "notify_of_change": _GUEST,
        "schedule_deletion": _GUEST,
        "withdraw_deletion": _GUEST,
        "send_address_link": _DESK,
    },
    "backoffice.portal.hosts.acts": {"add": "It invites the first owner. " + _NOBODY_IN},
    "billing.sessions.join_codes.acts": {"ask_for_role": _GUEST, "join": _GUEST, "leave": _GUEST},
    "billing.sessions.offers.acts": {"accept": _GUEST},
    "billing.sessions.settlement.acts.overrides": {"start": _DESK, "stop_billing": _DESK},
    "billing.payouts.sending.acts": {"make": _PLATFORM, "download": _PLATFORM, "withdraw": _PLATFORM},
    "billing.payouts.cycle.acts": {
        "approve": _SECOND,
        "close": "Beat closes payouts when they are due; `close_payouts` does it for operators. No page has it.",
    },
    "billing.payouts.payees.acts": {
        "confirm_account": _SECOND,
        "confirm_agreement": _SECOND,
        "remind_of_account": "A mail from one person to another, about what a program may not do.",
        "enter_account": "Two people who have just logged in do it; a key gets 403 with the page.",
    },
    "billing.pricing.rates.acts.rates": {
        "save": "The editor's name and version in one; by API they are `rename` and `publish`."
    },
    "billing.sessions.lifecycle.acts": {"correct": _GUEST, "leave_address": _GUEST, "send_again": _DESK},
    "billing.sessions.refunds.acts.refunds": {"approve": _SECOND},
    "billing.sessions.documents.acts.reservations": {"ended_by_maintenance": _WORKER},

    "billing.payouts.statements.acts": {
        "remove_threshold": _PLATFORM,
        "seller_report": _PLATFORM,
        "set_threshold": _PLATFORM,
    },
    "chargers.acts.fleet": {"register_all": "A file in the browser; the API registers each by its own call."},
    "chargers.acts.job_runs": {"advance": _WORKER, "run_due": _WORKER},
    "chargers.acts.jobs": {
        "is_open_to": _QUESTION,
        "may_steer": _QUESTION,
        "right_for": _QUESTION,
        "chargers_with_right": _QUESTION,
    },
    "chargers.acts.subject": {"of_charger": _QUESTION},
    "support.asking.acts": {
        "answer": _TALK,
        "begin": _TALK,
        "note": _TALK,
        "send_receipt_again": _TALK,
        "take_offer": _GUEST,
    },
    "support.knowledge.acts": {"answer": _GUEST, **dict.fromkeys(("add", "edit", "publish", "restore"), _DESK_TEXTS)},
    "support.incidents.acts.incidents": {"fingerprint": _QUESTION, "note": _DESK, "reply_to_all": _DESK},
    "support.tools.acts.access": dict.fromkeys(("assign", "enter_stay", "let_in", "whitelist"), _DESK),
    "support.tools.acts.charger": dict.fromkeys(
        ("ask_status", "override", "reset", "start", "stop", "stop_billing", "unlock"), _DESK
    ),
    "support.tools.acts.host": {"ask_to_see": _DESK},
    "support.tools.acts.arrivals": {"resend": _DESK},
    "support.tickets.acts.identities": {"answer": _GUEST, "ask": _DESK},
    "support.requests.acts.mails": {"receive": _WORKER, "retry": _WORKER, "process": _WORKER},
    "support.tools.acts.money": dict.fromkeys(("refund", "resend"), _DESK),
    "support.tickets.acts.tickets": dict.fromkeys(
        (
            "assign", "attach_charger", "attach_session", "link", "merge", "change_state", "note_detail", "open_ticket",
            "reply", "sort", "withdraw",
        ),
        _DESK,
    ),
    "support.tools.acts.property_systems": {"sync": _DESK},
    "support.tools.acts.person": dict.fromkeys(("ask_who", "change_address", "delete", "end_plan", "keep"), _DESK),
    "support.requests.acts.recoveries": {"report": _WORKER},
    "support.diagnosis.acts": {"answer_as_guest": _GUEST},
    "support.explain.acts": {"find": _PERSON},
    "support.tools.acts.tools": {"use": _DESK},
}  # fmt: skip
WITHOUT_ACT = {
    "authorization.pms.views.pms_events": "pms-sync",  # an event of a property system asks for a reading
    "chargers.views.any_command": "commands",
    "chargers.views.configuration": "commands",
    "chargers.views.console": "commands",
    "chargers.views.uploads": "commands",  # a charger posts its log, which a command asked for
}
"""Pages that post without an act, and the address of the API that does the same."""
Name = tuple[str, str]


def modules(kind: str) -> Iterator[Path]:
    """Modules of that name, and those in packages of that name, in any room; pages of guests have none of them."""
    for app in APPS:
        for file in (ROOT / app).rglob("*.py"):
            parts = file.relative_to(ROOT).with_suffix("").parts
            if kind in parts and "guest" not in parts and file.name != "__init__.py":
                yield file


@cache
def acts() -> set[Name]:
    return {
        (".".join(file.relative_to(ROOT).with_suffix("").parts), node.name)
        for file in modules("acts")
        for node in tree(file).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }


@cache
def used(file: Path) -> set[Name]:
    """The functions of modules that a file names, each with its module."""
    known = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    found = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
            found.add((known[node.value.id], node.attr))
        elif isinstance(node, ast.Name) and node.id in known:
            module, _, name = known[node.id].rpartition(".")
            found.add((module, name))
    return found


@cache
def reached() -> set[Name]:
    """By a module of the API, also through an act of the same module that it calls."""
    direct = {name for file in modules("api") for name in used(file)} & acts()
    inner = {(module, name) for module, caller in direct for name in called_beside(module, caller)}
    return direct | (inner & acts())


def called_beside(module: str, function: str) -> Iterator[str]:
    """The names that an act uses of its own module."""
    file = ROOT / Path(*module.split(".")).with_suffix(".py")
    for node in tree(file).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            yield from (one.id for one in ast.walk(node) if isinstance(one, ast.Name))


def posting(file: Path) -> bool:
    """Whether a view of it takes a POST."""
    return any(
        "require_POST" in text or "POST" in text
        for node in ast.walk(tree(file))
        if isinstance(node, ast.FunctionDef)
        for text in (ast.unparse(one) for one in node.decorator_list)
    )


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text())


def test_every_act_is_reached_by_a_route_or_has_its_reason():
    excepted = {(module, name) for module, names in EXCEPTIONS.items() for name in names}

    assert sorted(acts() - reached() - excepted) == []
    assert sorted(excepted - acts()) == [], "These are no acts any more: take them off the list."
    assert sorted(excepted & reached()) == [], "These are reached: take them off the list."


def test_every_page_that_posts_calls_an_act_or_has_an_address_beside_it():
    silent = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for file in modules("views")
        if posting(file) and not used(file) & acts()
    }

    assert silent == set(WITHOUT_ACT)
    assert all(reverse(f"api:{name}", args=["CP1"]) for name in WITHOUT_ACT.values())
