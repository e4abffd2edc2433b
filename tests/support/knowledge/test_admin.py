"""The knowledge base as agents edit it: each language's text with its versions, a preview, and whether it helped."""

import pytest
from django.test import Client

from authorization.models import AuditEntry
from support.models import Article, ArticleText, ArticleVersion
from tests.kit.admin import client, enrolled
from tests.kit.articles_pages import _loaded, get
from tests.kit.world import World

__all__ = ["_loaded", "client", "enrolled"]
pytestmark = pytest.mark.django_db
LIST = "/help/articles/"
OFFLINE = f"{LIST}charger-offline/"


def admin_page(slug: str, audience: str = "guest") -> str:
    return f"/admin/support/article/{Article.objects.get(slug=slug, audience=audience).pk}/change/"


def saved(client: Client, slug: str, **changes: str):
    text = ArticleText.objects.get(article__slug=slug, article__audience="guest", language="en")
    form = {"title": text.title, "summary": text.summary, "body": text.body, "seen": text.version, "do": "save"}
    return client.post(admin_page(slug) + "?language=en", form | changes)


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
