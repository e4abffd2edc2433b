"""A support agent's password alone opens nothing: every address asks for the second factor first."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from authorization.models import AuditEntry, EnrolmentLink, User
from backoffice import demo
from tests.kit import addresses as architecture
from tests.kit.logging_in import by_password, code, enrol, logged_in
from tests.kit.sampling import sampled
from tests.kit.world import PASSWORD, World

ASK, SET_UP = "/accounts/second-factor/", "/accounts/2fa/totp/activate/"
OPEN_TO_ALL = {"accounts/login/", "accounts/logout/"}
TO_ASK = OPEN_TO_ALL | {"accounts/second-factor/"}
TO_CONFIRM = OPEN_TO_ALL | {"accounts/2fa/reauthenticate/"}


def addresses(*, but: set[str]) -> Iterator[str]:
    for route in architecture.routes():
        if architecture.kind(route) == "partners":  # who calls there shows a token, and no session is looked at
            continue
        if architecture.kind(route) in {"agents", "accounts"} and ("<" in route or "^" in route or route in but):
            continue
        yield architecture.example(route)


def answers(client: Client, *, but: set[str], leads_to: str = "/accounts/2fa/") -> set[tuple[str, int, str]]:
    """Every address, of those drawn for this run, that did something else than lead to a page of the second factor."""
    return {
        (address, answer.status_code, answer.headers.get("Location", ""))
        for address in sampled(addresses(but=but), of=leads_to, share=3)
        for answer in (client.get(address), client.post(address))
        if not (answer.status_code == 302 and answer.headers["Location"].startswith(leads_to))
    }


def test_it_answers_no_agent_who_has_no_second_factor(world: World):
    assert answers(by_password(world.agent), but=TO_ASK, leads_to=ASK) == set()


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


@pytest.fixture
def agent(world: World, settings: Any) -> User:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    User.objects.filter(pk=world.agent.pk).update(email_confirmed_at=datetime.now(tz=UTC))
    world.agent.refresh_from_db()
    return world.agent


def with_password(user: User, *, client: Client | None = None) -> Client:
    client = client or Client()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return client


def mailed_link(client: Client) -> str:
    client.post(ASK)
    found = re.search(r"https?://[^/]+(/\S+)", mail.outbox[-1].body)
    assert found is not None
    return found[1]


def test_it_enrols_no_agent_who_shows_a_password_only(agent: User):
    client = with_password(agent)

    page, sent = client.get(SET_UP), client.post(SET_UP, {"code": code()})

    assert (page.headers["Location"], sent.headers["Location"]) == (ASK, ASK)
    assert not agent.authenticator_set.exists()


@pytest.mark.django_db(transaction=True)
def test_it_enrols_an_agent_by_the_link_in_the_mailbox_without_a_second_password(agent: User):
    client = with_password(agent)
    link = mailed_link(client)

    assert "Set up the app" in client.get(link).content.decode()
    assert client.post(link).headers["Location"] == SET_UP
    secret = client.get(SET_UP).context["form"].secret
    client.post(SET_UP, {"code": code(secret)})

    assert mail.outbox[-1].to == [agent.email]
    assert client.get("/admin/").status_code == 200
    assert AuditEntry.objects.filter(verb="user.enrolment_link_used", user=agent).count() == 1


def test_a_link_enrols_once(agent: User):
    client, other = with_password(agent), with_password(agent)
    link = mailed_link(client)
    client.post(link)

    assert other.post(link).status_code == 404
    assert other.get(link).status_code == 404
    assert other.get(SET_UP).headers["Location"] == ASK


def test_a_link_that_was_only_opened_still_works(agent: User):
    client = with_password(agent)
    link = mailed_link(client)

    client.get(link)

    assert client.post(link).headers["Location"] == SET_UP


def test_a_link_ends_after_a_day_and_when_a_newer_one_is_sent(agent: User):
    client = with_password(agent)
    first, second = mailed_link(client), mailed_link(client)

    assert client.post(first).status_code == 404
    EnrolmentLink.objects.update(made_at=_ago(hours=25), expires_at=_ago(hours=1))
    assert client.post(second).status_code == 404


def test_a_link_needs_the_password_of_its_own_account(agent: User):
    link = mailed_link(with_password(agent))
    colleague = User.objects.create(email="second@example.com", password=agent.password, is_agent=True)

    assert Client().post(link).headers["Location"].startswith("/accounts/login/")
    assert with_password(colleague).post(link).status_code == 404


def test_a_used_link_opens_the_set_up_for_half_an_hour(agent: User):
    client = with_password(agent)
    client.post(mailed_link(client))
    session = client.session
    session["enrolment_permitted_until"] = _ago(minutes=1).timestamp()
    session.save()

    assert client.get(SET_UP).headers["Location"] == ASK


@pytest.mark.django_db(transaction=True)
def test_it_asks_for_a_new_link_once_the_factor_was_removed(agent: User):
    client = with_password(agent)
    client.post(mailed_link(client))
    secret = client.get(SET_UP).context["form"].secret
    client.post(SET_UP, {"code": code(secret)})
    agent.authenticator_set.all().delete()

    assert client.get(SET_UP).headers["Location"] == ASK


def test_it_sends_no_link_to_an_address_that_is_not_confirmed(agent: User):
    User.objects.filter(pk=agent.pk).update(email_confirmed_at=None)
    client = with_password(agent)

    page = client.post(ASK).content.decode()

    assert mail.outbox == []
    assert "is not confirmed" in page
    assert "manage.py enrolment_link agent@example.com" in page


def test_the_demo_prints_a_link_for_its_agent_until_the_factor_is_set_up(agent: User):
    told = demo.summary("http://127.0.0.1:8000", seconds=1, demo=True)
    found = re.search(r"http://127.0.0.1:8000(/accounts/second-factor/\S+)", told)
    assert found is not None
    assert with_password(agent).post(found[1]).headers["Location"] == SET_UP

    enrol(agent)

    assert "/accounts/second-factor/" not in demo.summary("http://127.0.0.1:8000", seconds=1, demo=True)


def test_a_fresh_log_in_counts_as_confirmed(world: World):
    assert with_password(world.owner).get("/accounts/email/").status_code == 200


def test_an_older_log_in_is_confirmed_on_a_page_of_ours(world: World):
    client = with_password(world.owner)
    _age(client)

    page = client.get("/accounts/email/", follow=True)
    text = page.content.decode()

    assert page.redirect_chain[-1][0].startswith("/accounts/reauthenticate/")
    assert "Confirm that it is you" in text
    assert "Confirm Access" not in text
    done = client.post(page.redirect_chain[-1][0], {"password": PASSWORD, "next": "/accounts/email/"})
    assert done.headers["Location"] == "/accounts/email/"
    assert client.get("/accounts/email/").status_code == 200


def test_it_asks_for_the_code_on_pages_of_ours(agent: User):
    enrol(agent)
    asked = with_password(agent).get("/accounts/2fa/authenticate/").content.decode()
    again = by_password(agent).get("/", follow=True).content.decode()

    assert "Enter a code" in asked
    assert "Two-Factor Authentication" not in asked
    assert "Confirm that it is you" in again
    assert "Confirm Access" not in again


def _age(client: Client) -> None:
    """As if the log-in were ten minutes ago."""
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 600
    session.save()


def _ago(**span: int) -> datetime:
    return datetime.now(tz=UTC) - timedelta(**span)
