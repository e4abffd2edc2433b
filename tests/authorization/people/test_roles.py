"""Which role has which right: of members, of outsiders, of agents, of keys."""

import pytest

from authorization.people import roles
from authorization.people.roles import AGENT_RIGHTS, GRANTABLE, GRANTS, KEY_SCOPES, RIGHTS, AgentLevel, Right, Role


def test_every_role_and_every_right_has_its_row():
    assert set(RIGHTS) == set(Role)
    assert set(roles.MEANS) == set(Right)
    assert set(AGENT_RIGHTS) == set(AgentLevel)


def test_every_role_sees_and_the_owner_alone_lets_people_in():
    assert roles.holding(Right.SEE) == frozenset(Role)
    assert roles.holding(Right.PEOPLE) == {Role.OWNER}


def test_who_handles_money_also_sees_it():
    assert roles.holding(Right.HANDLE_MONEY) == {Role.OWNER, Role.MANAGER, Role.FINANCE}
    assert roles.holding(Right.HANDLE_MONEY) <= roles.holding(Right.SEE_MONEY)


@pytest.mark.parametrize(
    ("right", "subject"),
    [
        (Right.PEOPLE, "an owner"),
        (Right.MANAGE, "an owner or a manager"),
        (Right.HANDLE_MONEY, "an owner, a manager or finance"),
        (Right.CONNECT, "an owner, a manager or an installer"),
    ],
)
def test_it_names_who_has_a_right_as_the_subject_of_a_sentence(right: Right, subject: str):
    assert roles.describe_holders(right) == subject


@pytest.mark.parametrize("right", sorted(set(Right) - GRANTABLE))
def test_no_grant_opens_money_people_or_admission_to_an_outsider(right: Right):
    assert roles.holding_as_outsider(right) == frozenset()


def test_a_grant_opens_what_its_role_has_and_lasts_for_days():
    assert roles.holding_as_outsider(Right.CONNECT) == roles.holding(Right.CONNECT)
    assert {kind.role: kind.lasts.days for kind in GRANTS.values()} == {Role.OPERATOR: 7, Role.INSTALLER: 14}


@pytest.mark.parametrize(
    ("role", "name"), [("operator", "Support"), ("installer", "Installer"), ("read_only", "Read only")]
)
def test_a_grant_is_called_by_its_kind_and_else_by_its_role(role: str, name: str):
    assert roles.grant_name(role) == name


def test_each_right_needs_one_scope_of_a_key():
    assert sum(len(rights) for rights in KEY_SCOPES.values()) == len(Right)
    assert {right: roles.scope_of(right) for right in (Right.SEE_MONEY, Right.CONNECT, Right.HANDLE_MONEY)} == {
        Right.SEE_MONEY: "read",
        Right.CONNECT: "operate",
        Right.HANDLE_MONEY: "money",
    }


def test_the_first_line_of_agents_handles_no_secrets_and_lets_nobody_in():
    assert frozenset(Right) - AGENT_RIGHTS[AgentLevel.FIRST] == {Right.CONNECT, Right.PEOPLE}
    assert AGENT_RIGHTS[AgentLevel.SECOND] == frozenset(Right)
