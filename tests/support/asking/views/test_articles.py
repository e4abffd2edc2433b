"""Articles as guests, hosts and agents see them: read, searched, answered, edited, and linked from where they help."""

import re

import pytest
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from support.knowledge import article_files
from support.models import ArticleAnswer
from support.tickets.lifecycle import Facts
from tests.kit.admin import client, enrolled
from tests.kit.articles_pages import _loaded, get
from tests.kit.tickets import opened
from tests.kit.world import World, tap

__all__ = ["_loaded", "client", "enrolled"]
pytestmark = pytest.mark.django_db
LIST = "/help/articles/"
OFFLINE = f"{LIST}charger-offline/"


def test_answers_from_one_source_are_limited():
    statuses = [Client().post(f"{OFFLINE}answer", {"helped": "no"}).status_code for _ in range(31)]

    assert set(statuses[:30]) == {302}
    assert statuses[30] == 429
    assert ArticleAnswer.objects.count() == 30


def test_pages_of_help_and_prompts_lead_to_it(world: World):
    assert LIST in get("/help/")
    assert OFFLINE in get("/help/?topic=1")
    assert re.search(rf'href="{LIST}[a-z_]+/">More about it', get(f"/c/{world.charger.station_id}"))


def test_a_host_reads_their_own_and_is_led_there_from_a_refusal(world: World, client_of):
    client, decision = client_of(world.owner), tap(world.charger, "FFFFFFFF").decision_id

    why = client.get(f"/authorization/decisions/{decision}/").content.decode()
    assert "/support/articles/token_unknown/" in why
    article = client.get("/support/articles/token_unknown/").content.decode()
    assert "ask who holds it before you whitelist it" in article
    assert "/help/articles/token_unknown/" in article
    assert "Payouts, statements and usage history" in client.get("/support/articles/").content.decode()
    assert "/support/articles/payouts/" in client.get("/support/articles/?q=payuot+differs").content.decode()
    client.post("/support/articles/payouts/answer/", {"helped": "yes"})
    client.post("/support/articles/payouts/answer/", {"helped": "no"})
    assert [one.helped for one in ArticleAnswer.objects.all()] == [False]
    assert client.get("/support/articles/not-there/").status_code == 404


def test_the_portals_search_finds_articles_where_it_finds_no_thing(world: World, client_of):
    page = client_of(world.owner).get("/find/?q=payout+differs+from+the+dashboard", follow=True).content.decode()

    assert "Payouts, statements and usage history" in page


def test_a_ticket_suggests_the_agents_note_and_what_to_send(client: Client, world: World):
    ticket = opened(topic=1, facts=Facts(host=world.host, property=world.site, charger=world.charger), language="nl")
    page = client.get(f"/admin/support/ticket/{ticket.pk}/change/").content.decode()

    assert "Offline: what to do in this order" in page
    assert "Het laadpunt is offline of blijft donker" in page


def test_the_article_of_what_is_meant_comes_first_also_in_other_words(client):
    page = client.get("/help/articles/", {"q": "the thing is dead, no lights at the station"}).content.decode()

    assert page.count("/help/articles/charger-offline/") == 1
    assert re.findall(r"/help/articles/([a-z-]+)/", page)[0] == "charger-offline"


@pytest.mark.parametrize("language", ["en", "nl", "de", "fr", "es"])
def test_the_choice_that_an_article_names_is_on_the_receipt(language: str):
    text = next(
        one
        for one in article_files.read_all()
        if (one.slug, one.audience, one.language) == ("charged-too-much", "guest", language)
    )
    with translation.override(language):
        assert gettext("Tell the host what is wrong") in text.body
