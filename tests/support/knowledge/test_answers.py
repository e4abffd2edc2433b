"""Whether articles helped: one answer a visitor, of whom only a hash is stored."""

import pytest

from support.knowledge import answers
from support.knowledge.answers import Answer
from support.models import Article, ArticleAnswer
from tests.kit.drivers import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def article(db: None) -> Article:
    return Article.objects.create(slug="cable", audience="guest", topic=2, added_at=NOW)


def keep(article: Article, visitor: str, *, helped: bool, text: str = "") -> ArticleAnswer:
    return answers.keep(article, Answer(visitor=visitor, language="en", helped=helped, text=text), now=NOW)


def test_a_second_answer_replaces_the_first(article: Article):
    keep(article, "kim", helped=True)
    keep(article, "kim", helped=False, text="x" * 400)
    keep(article, "lee", helped=True)

    counted = answers.annotate_counts(Article.objects.all()).get()

    assert (counted.helped, counted.not_helped) == (1, 1)
    assert ArticleAnswer.objects.get(helped=False).text == "x" * 300


def test_a_visitor_finds_their_own_answer(article: Article):
    kept = keep(article, "kim", helped=True)

    assert answers.of_visitor(article, "kim") == kept
    assert answers.of_visitor(article, "lee") is None
    assert answers.of_visitor(article, "") is None
    assert kept.visitor != "kim"
