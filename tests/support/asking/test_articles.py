"""Articles for guests and hosts' people: found, read, and whether they helped. Guests need no account."""

import pytest
from django.test import Client

from support.models import ArticleAnswer
from tests.kit.articles_pages import _loaded, get

__all__ = ["_loaded"]
pytestmark = pytest.mark.django_db
LIST = "/help/articles/"
OFFLINE = f"{LIST}charger-offline/"


def test_a_guest_reads_it_in_their_language_without_login():
    assert "The charger is offline or stays dark" in get(LIST)
    assert "Was es bedeutet" in get(OFFLINE, "de")
    assert "Prüfen Sie, ob die Sicherung" in get(OFFLINE, "de")
    assert "Essayez d’abord ceci" in get(OFFLINE, "fr")
    assert "Deze laadpas is geblokkeerd" in get(f"{LIST}token_blocked/", "nl")
    assert Client().get(f"{LIST}payouts/").status_code == 404
    assert Client().get(f"{LIST}no-such/").status_code == 404


def test_a_guest_searches():
    found = get(f"{LIST}?q=the+charger+is+ofline")

    assert OFFLINE in found
    assert "Nothing was found" in get(f"{LIST}?q=zzzzzz")
    assert "&lt;script&gt;" in get(f"{LIST}?q=%3Cscript%3E")


def test_a_visitor_answers_once_and_may_change_their_mind():
    client, other = Client(), Client()

    assert client.post(f"{OFFLINE}answer", {"helped": "no", "text": "Too long"}).status_code == 302
    client.post(f"{OFFLINE}answer", {"helped": "yes"})
    other.post(f"{OFFLINE}answer", {"helped": "no", "text": "Card 4111 1111 1111 1111"})

    assert [one.helped for one in ArticleAnswer.objects.order_by("id")] == [True, False]
    assert "4111 1111" not in ArticleAnswer.objects.get(helped=False).text
    assert "You answered: yes." in client.get(OFFLINE).content.decode()
    assert client.post(f"{OFFLINE}answer", {"helped": "maybe"}).status_code == 404
