"""Articles as guests, hosts and agents see them: read, searched, answered, edited, and linked from where they help."""

import re
from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from authorization.models import AuditEntry
from support.knowledge import article_files, library
from support.models import Article, ArticleAnswer, ArticleText, ArticleVersion
from support.tickets.lifecycle import Facts
from tests.kit.admin import client, enrolled
from tests.kit.tickets import opened
from tests.kit.world import World, tap

__all__ = ["client", "enrolled"]

pytestmark = pytest.mark.django_db
LIST = "/help/articles/"
OFFLINE = f"{LIST}charger-offline/"


@pytest.fixture(autouse=True)
def _loaded():
    cache.clear()
    library.load(now=datetime.now(tz=UTC))


def get(address: str, language: str = "en") -> str:
    return Client(headers={"accept-language": language}).get(address).content.decode()


def admin_page(slug: str, audience: str = "guest") -> str:
    return f"/admin/support/article/{Article.objects.get(slug=slug, audience=audience).pk}/change/"


def saved(client: Client, slug: str, **changes: str):
    text = ArticleText.objects.get(article__slug=slug, article__audience="guest", language="en")
    form = {"title": text.title, "summary": text.summary, "body": text.body, "seen": text.version, "do": "save"}
    return client.post(admin_page(slug) + "?language=en", form | changes)


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


def test_an_agents_edit_is_seen_at_once_and_so_is_going_back(client: Client, world: World):
    assert saved(client, "charger-offline", body="**Wait** a minute.", reason="Shorter").status_code == 302
    assert "<strong>Wait</strong> a minute." in get(OFFLINE)
    assert AuditEntry.objects.filter(verb="article.edited", reason="Shorter").count() == 1

    client.post(admin_page("charger-offline"), {"do": "restore", "version": "1", "seen": "2"})

    assert "How long to wait" in get(OFFLINE)
    page = client.get(admin_page("charger-offline")).content.decode()
    assert "Version 1 again." in page
    guests = ArticleVersion.objects.filter(text__article__slug="charger-offline", text__article__audience="guest")
    assert guests.filter(text__language="en").count() == 3


def test_a_preview_stores_nothing(client: Client):
    page = saved(client, "charger-offline", body="## New\n\n<script>alert(1)</script>", do="preview").content.decode()

    assert "<h2>New</h2>" in page
    assert "<script>alert(1)</script>" not in page
    assert "How long to wait" in get(OFFLINE)


def test_an_edit_upon_an_old_text_is_refused_and_keeps_what_was_typed(client: Client):
    saved(client, "charger-offline", body="First.")
    refused = saved(client, "charger-offline", body="Second.", seen="1")

    assert refused.status_code == 409
    assert "Somebody else has changed this text meanwhile" in refused.content.decode()
    assert ">Second.</textarea>" in refused.content.decode()


def test_an_agent_adds_one_and_takes_it_from_readers(client: Client):
    new = {
        "audience": "guest",
        "language": "en",
        "slug": "cable-stuck",
        "topic": "2",
        "title": "Stuck",
        "body": "Push.",
    }
    assert client.post("/admin/support/article/add/", new | {"slug": "No good"}).status_code == 409
    assert client.post("/admin/support/article/add/", new).status_code == 302
    assert "Push." in get(f"{LIST}cable-stuck/")
    assert "not there in your language" not in get(f"{LIST}cable-stuck/")
    assert "Dit antwoord is er nog niet in uw taal." in get(f"{LIST}cable-stuck/", "nl")

    client.post(admin_page("cable-stuck"), {"do": "withdraw"})

    assert Client().get(f"{LIST}cable-stuck/").status_code == 404
    listed = client.get("/admin/support/article/?q=Stuck").content.decode()
    assert "Stuck" in listed


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
