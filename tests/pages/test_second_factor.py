"""A support agent's password alone opens nothing: every address asks for the second factor first."""

from collections.abc import Iterator

import pytest
from django.test import Client

from tests import test_architecture as architecture
from tests.logging_in import by_password, enrol, logged_in
from tests.pages.conftest import World

OPEN_TO_ALL = {"accounts/login/", "accounts/logout/"}
TO_SET_UP = OPEN_TO_ALL | {"accounts/reauthenticate/", "accounts/2fa/totp/activate/"}
TO_CONFIRM = OPEN_TO_ALL | {"accounts/2fa/reauthenticate/"}


def addresses(*, but: set[str]) -> Iterator[str]:
    for route in architecture.routes():
        if architecture.kind(route) in {"agents", "accounts"} and ("<" in route or "^" in route or route in but):
            continue
        yield architecture.example(route)


def answers(client: Client, *, but: set[str]) -> set[tuple[str, int, str]]:
    """Every address that did something else than lead to a page of the second factor."""
    return {
        (address, answer.status_code, answer.headers.get("Location", ""))
        for address in addresses(but=but)
        for answer in (client.get(address), client.post(address))
        if not (answer.status_code == 302 and answer.headers["Location"].startswith("/accounts/2fa/"))
    }


def test_it_answers_no_agent_who_has_no_second_factor(world: World):
    assert answers(by_password(world.agent), but=TO_SET_UP) == set()


def test_it_answers_no_agent_whose_session_did_not_show_the_factor(world: World):
    enrol(world.agent)

    assert answers(by_password(world.agent), but=TO_CONFIRM) == set()


def test_it_hides_the_page_that_removes_the_factor_from_a_session_that_did_not_show_it(world: World):
    enrol(world.agent)

    answer = by_password(world.agent).post("/accounts/2fa/totp/deactivate/")

    assert answer.headers["Location"].startswith("/accounts/2fa/reauthenticate/")
    assert world.agent.authenticator_set.filter(type="totp").exists()


def test_it_says_once_why_an_agent_must_set_up_a_factor(world: World):
    client = by_password(world.agent)
    client.get("/sessions/")
    client.get("/books/")
    client.post("/accounts/reauthenticate/", {"password": "x"})

    page = client.get("/", follow=True).content.decode()

    assert page.count("Support agents need a second factor") == 1


def test_it_opens_the_portal_to_an_agent_who_showed_the_factor(world: World):
    client = logged_in(world.agent)

    assert [client.get(page).status_code for page in ("/", "/books/", "/chargers/CP1/", "/admin/")] == [200] * 4


@pytest.mark.parametrize("person", ["owner", "teammate", "stranger"])
def test_it_asks_nobody_else_for_a_second_factor(world: World, person: str):
    assert by_password(getattr(world, person)).get("/chargers/").status_code == 200
