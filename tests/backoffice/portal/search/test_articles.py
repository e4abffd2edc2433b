"""Articles for hosts, as the portal's search finds them: never those for guests, and never opened at once."""

import pytest

from backoffice.portal.search import articles
from support.knowledge import library
from support.models import Article
from tests.kit.drivers import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _read(db: None) -> None:
    library.load(now=NOW)


def test_at_most_three_are_found_and_each_is_for_hosts():
    hits = list(articles.find("payout bank account"))

    assert 1 <= len(hits) <= 3
    slugs = [hit.id.removeprefix("article-") for hit in hits]
    assert all(Article.objects.filter(slug=slug, audience=Article.Audience.HOST).exists() for slug in slugs)
    assert not any(hit.is_sure for hit in hits)
    assert all(hit.url.startswith("/") and hit.title for hit in hits)


@pytest.mark.parametrize("text", ["", "   ", "zzzzqqqq"])
def test_what_no_article_is_about_finds_none(text: str):
    assert list(articles.find(text)) == []


def test_what_is_not_published_is_not_found():
    Article.objects.update(is_published=False)

    assert list(articles.find("payout bank account")) == []
