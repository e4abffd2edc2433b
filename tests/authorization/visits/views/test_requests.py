"""Access > Requests: who stands at a private charger and asks to be let in?"""

import pytest

from authorization.models import AccessRule, Token
from authorization.visits import access_requests
from authorization.visits.access_requests import Visitor
from tests.kit.asking import answer, asked, now, private, text_of

__all__ = ["asked", "private"]
pytestmark = pytest.mark.django_db


def test_a_visitor_with_a_card_charges_with_it(private, client_of):
    asked = access_requests.request(private.charger, Visitor(name="Kim", uid="de:ad:be:ef"), now=now())

    answer(client_of(private.owner), asked, "grant", days="1")

    token = Token.objects.get(canonical_uid="DEADBEEF")
    assert (token.host, token.owner) == (private.host, "Kim")
    assert AccessRule.objects.filter(token=token, charger=private.charger).exists()


def test_withdrawing_ends_the_named_card_s_access_too(private, client_of):
    asked = access_requests.request(private.charger, Visitor(name="Kim", uid="de:ad:be:ef"), now=now())
    for do in ("grant", "withdraw"):
        answer(client_of(private.owner), asked, do, days="1")

    assert not AccessRule.objects.filter(active_to__gt=now()).exists()


def test_a_request_is_answered_once(private, asked, client_of):
    owner = client_of(private.owner)
    answer(owner, asked, "decline")

    second = answer(owner, asked, "grant", days="365")

    assert "was answered already: declined" in text_of(second)
    assert not AccessRule.objects.exists()


def test_it_stands_on_the_dashboard_until_it_is_answered(private, asked, client_of):
    owner = client_of(private.owner)
    before = text_of(owner.get("/"))
    answer(owner, asked, "decline")

    assert "1 asks for access" in before
    assert "for access</a>" not in text_of(owner.get("/"))


def test_only_who_manages_the_host_answers(private, asked, client_of):
    address = f"/authorization/requests/{asked.pk}/"
    statuses = {
        name: client_of(getattr(private, name)).post(address, {"do": "decline"}).status_code
        for name in ("teammate", "stranger", "agent")
    }
    listed = {
        name: "Kim" in text_of(client_of(getattr(private, name)).get("/authorization/requests/"))
        for name in ("owner", "teammate", "stranger", "agent")
    }

    assert statuses == {"teammate": 404, "stranger": 404, "agent": 302}
    assert listed == {"owner": True, "teammate": True, "stranger": False, "agent": True}
    assert client_of(private.owner).post("/authorization/requests/999999/", {"do": "decline"}).status_code == 404
