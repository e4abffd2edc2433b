"""Pages for what goes wrong: ours, with a way on, whoever asks."""

import pytest
from django.test import Client

from billing.sessions.starting import landing

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address",
    ["/c/%00", "/c/SUN001%00", "/charge?station_id=%00", "/s/%00/", "/invitation/%00/", "/drive/enter/%00/"],
)
def test_it_answers_an_address_with_a_nul_by_400(address):
    answer = Client().get(address)

    assert answer.status_code == 400
    assert "This address cannot be read" in answer.content.decode()


def test_it_answers_a_search_for_a_nul_by_400(world, client_of):
    owner = client_of(world.owner)

    for address in (
        "/chargers/SUN001/logs/?q=%00",
        "/chargers/?q=%00",
        "/sessions/?q=%00",
        "/authorization/tokens/?q=%00",
    ):
        assert owner.get(address).status_code == 400, address


def test_the_api_answers_a_nul_itself():
    answer = Client().get("/api/v1/sessions/?property=%00")

    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.status_code in {400, 401}


def test_an_unknown_address_shows_a_page_of_ours_with_a_way_on():
    answer = Client().get("/s/no-such-session/")

    text = answer.content.decode()
    assert answer.status_code == 404
    assert "There is no such page" in text
    assert 'href="/charge"' in text


def test_a_guest_reads_it_in_their_language():
    text = Client().get("/s/no-such-session/", headers={"accept-language": "de"}).content.decode()

    assert "Diese Seite gibt es nicht" in text
    assert '<html lang="de">' in text


def test_a_fault_of_ours_shows_a_page_of_ours(monkeypatch, world):
    def breaks(*_args, **_kwargs):
        raise RuntimeError("broken")

    monkeypatch.setattr(landing, "find", breaks)
    answer = Client(raise_request_exception=False).get("/c/SUN001")

    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.content.decode()


def test_a_form_without_its_token_shows_a_page_of_ours(world):
    answer = Client(enforce_csrf_checks=True).post("/c/SUN001/1", {"card": "x"})

    assert answer.status_code == 403
    assert "This page was open for too long" in answer.content.decode()


def test_an_address_that_takes_a_form_says_so_to_who_opens_it(world, client_of):
    """As after a log-in that a form led to; a program that asks gets the bare answer of the API."""
    answer = client_of(world.owner).get("/chargers/columns/")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert "Nothing was changed" in answer.content.decode()


def test_a_form_that_was_sent_after_the_log_out_is_said_to_be_unsaved(world, client_of):
    client = client_of(world.owner)
    client.logout()

    page = client.post("/properties/sunset-1/", {"access": "guest"}, follow=True)

    assert page.redirect_chain[0][0].startswith("/accounts/login/?next=")
    assert "You were logged out, so nothing of what you sent was saved." in page.text
    assert "You were logged out" not in client.get("/accounts/login/").text


def test_who_opens_a_page_before_the_log_in_reads_nothing_of_the_kind(world):
    assert "You were logged out" not in Client().get("/properties/sunset-1/", follow=True).text
