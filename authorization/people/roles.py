"""The permissions of each role at a host, in one table. Pure.

`access` reads it for every page, API view and act of the admin; the page "People" shows it. An outsider's grant never
gives more than seeing, operating and connecting, whatever role it names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """The role of a host's member, or of an outsider with temporary access."""

    OWNER = "owner"
    MANAGER = "manager"
    OPERATOR = "operator"
    FINANCE = "finance"
    READ_ONLY = "read_only"
    INSTALLER = "installer"


class Right(StrEnum):
    """One kind of thing that people do."""

    SEE = "see"
    OPERATE = "operate"
    CONNECT = "connect"
    MANAGE = "manage"
    SEE_MONEY = "see_money"
    HANDLE_MONEY = "handle_money"
    PEOPLE = "people"


MEANS: Final[Mapping[Right, str]] = {
    Right.SEE: "See properties, chargers, cards, decisions and rates",
    Right.OPERATE: "Give chargers commands and change their settings",
    Right.CONNECT: "Connect chargers: passwords, security profiles, certificates",
    Right.MANAGE: "Decide who is admitted: access, cards, groups, stays, rates; add chargers",
    Right.SEE_MONEY: "See sessions, amounts and receipts",
    Right.HANDLE_MONEY: "Bill nothing, refund, and whatever else moves money",
    Right.PEOPLE: "Invite people, change roles, let outsiders in",
}
RIGHTS: Final[Mapping[Role, frozenset[Right]]] = {
    Role.OWNER: frozenset(Right),
    Role.MANAGER: frozenset(Right) - {Right.PEOPLE},
    Role.OPERATOR: frozenset({Right.SEE, Right.OPERATE}),
    Role.FINANCE: frozenset({Right.SEE, Right.SEE_MONEY, Right.HANDLE_MONEY}),
    Role.READ_ONLY: frozenset({Right.SEE, Right.SEE_MONEY}),
    Role.INSTALLER: frozenset({Right.SEE, Right.OPERATE, Right.CONNECT}),
}


class AgentLevel(StrEnum):
    """The level of a support agent, who acts for every host."""

    FIRST = "first"
    SECOND = "second"


AGENT_RIGHTS: Final[Mapping[AgentLevel, frozenset[Right]]] = {
    AgentLevel.FIRST: frozenset(Right) - {Right.CONNECT, Right.PEOPLE},
    AgentLevel.SECOND: frozenset(Right),
}
"""The first line sees no password, certificate or API key, lets no users in, and has a limit on refunds."""
GRANTABLE: Final = frozenset({Right.SEE, Right.OPERATE, Right.CONNECT})
"""The rights that an outsider can be given."""


class KeyScope(StrEnum):
    """The purpose of an API key."""

    READ = "read"
    OPERATE = "operate"
    MONEY = "money"


KEY_SCOPES: Final[Mapping[KeyScope, frozenset[Right]]] = {
    KeyScope.READ: frozenset({Right.SEE, Right.SEE_MONEY}),
    KeyScope.OPERATE: frozenset({Right.OPERATE, Right.CONNECT, Right.MANAGE, Right.PEOPLE}),
    KeyScope.MONEY: frozenset({Right.HANDLE_MONEY}),
}
"""Whatever its scopes, a key cannot invite users or change roles: no act on people accepts a key."""
SCOPE_MEANS: Final[Mapping[KeyScope, str]] = {
    KeyScope.READ: "See everything of the host, also sessions and amounts",
    KeyScope.OPERATE: "Command chargers and change settings, cards, groups, stays and rates",
    KeyScope.MONEY: "Refund, answer complaints and bank lines, and whatever else moves money",
}


def scope_of(right: Right) -> KeyScope:
    """Returns the scope that a key needs for this right."""
    return next(scope for scope, rights in KEY_SCOPES.items() if right in rights)


@dataclass(frozen=True, slots=True)
class GrantKind:
    """A way to let an outsider in: with which role, and for how long."""

    role: Role
    name: str
    lasts: timedelta
    means: str


GRANTS: Final[Mapping[str, GrantKind]] = {
    "support": GrantKind(
        Role.OPERATOR, "Support", timedelta(days=7), "Somebody who looks into a problem: the manufacturer, a partner."
    ),
    "installer": GrantKind(
        Role.INSTALLER, "Installer", timedelta(days=14), "Somebody who builds or repairs: connects, sets up, tests."
    ),
}


def holding(right: Right) -> frozenset[Role]:
    """Returns the members' roles that have this right."""
    return frozenset(role for role, rights in RIGHTS.items() if right in rights)


_WHO: Final[Mapping[Role, str]] = {
    Role.OWNER: "an owner", Role.MANAGER: "a manager", Role.OPERATOR: "an operator", Role.FINANCE: "finance",
    Role.READ_ONLY: "anybody who reads", Role.INSTALLER: "an installer",
}  # fmt: skip


def describe_holders(right: Right) -> str:
    """Returns the members with this right, as the subject of a sentence: "an owner, a manager or finance"."""
    names = [_WHO[role] for role in Role if right in RIGHTS[role]]
    return " or ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def holding_as_outsider(right: Right) -> frozenset[Role]:
    """Returns the roles in which a grant has this right."""
    return holding(right) if right in GRANTABLE else frozenset()


def grant_name(role: str) -> str:
    """Returns the name of a grant in this role: "Support", "Installer", or the role's own name."""
    kind = next((kind for kind in GRANTS.values() if kind.role == role), None)
    return kind.name if kind else role.replace("_", " ").capitalize()
