"""`manage.py enrolment_link`: a one-time link to set up an agent's second factor."""

import io

import pytest
from django.core.management import CommandError, call_command

from authorization.models import User
from tests.kit.logging_in import by_password, enrol
from tests.kit.world import World


@pytest.fixture
def agent(world: World) -> User:
    return world.agent


def test_the_command_line_issues_a_link(agent: User):
    out = io.StringIO()
    call_command("enrolment_link", "Agent@example.com", stdout=out)
    link = out.getvalue().strip().removeprefix("http://127.0.0.1:8000")

    assert by_password(agent).post(link).headers["Location"] == "/accounts/2fa/totp/activate/"


@pytest.mark.parametrize("email", ["owner@example.com", "nobody@example.com"])
def test_the_command_line_issues_no_link_to_who_is_no_agent(agent: User, email: str):
    with pytest.raises(CommandError, match="No support agent has the address"):
        call_command("enrolment_link", email)


def test_the_command_line_issues_no_link_to_who_has_a_factor(agent: User):
    enrol(agent)

    with pytest.raises(CommandError, match="has a second factor already"):
        call_command("enrolment_link", agent.email)
