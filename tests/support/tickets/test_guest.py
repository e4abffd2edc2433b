"""The page behind the link to an account's address: opening it answers nothing."""

import pytest
from django.test import Client

from support.models import IdentityCheck, Ticket
from support.tickets import identity
from tests.kit.drivers import NOW
from tests.kit.person import driver, ticket
from tests.kit.world import World

__all__ = ["driver", "ticket"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def address(world: World, ticket: Ticket) -> str:
    return f"/help/i/{identity.make(ticket, 'kim@example.com', by=world.agent, now=NOW).secret}/"


def given() -> str:
    return IdentityCheck.objects.get().answer


def test_mail_programs_that_open_the_link_answer_nothing(address: str, ticket: Ticket):
    page = Client().get(address)

    assert (page.status_code, given()) == (200, "")
    assert ticket.label in page.content.decode()


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_a_button_answers_once(address: str, answer: str):
    assert Client().post(address, {"answer": answer}).status_code == 200
    assert given() == answer

    again = Client().post(address, {"answer": "yes"})

    assert (again.status_code, given()) == (404, answer)
    assert "answered already" in again.content.decode()


@pytest.mark.parametrize("posted", [{}, {"answer": ""}, {"answer": "perhaps"}])
def test_anything_else_is_no_answer(address: str, posted: dict[str, str]):
    assert Client().post(address, posted).status_code == 200
    assert given() == ""


def test_a_link_that_nobody_got_says_no_more_than_one_that_is_over(address: str):
    assert Client().get("/help/i/guessed/").status_code == 404
