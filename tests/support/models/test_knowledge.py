"""What readers answered, and which article is for whom."""

import pytest

from support.models import Article, ArticleAnswer


@pytest.mark.parametrize(("helped", "words"), [(True, "It helped"), (False, "It did not help")])
def test_an_answer_is_said_in_words(helped: bool, words: str):
    assert str(ArticleAnswer(helped=helped)) == words


@pytest.mark.parametrize("audience", list(Article.Audience))
def test_an_article_is_named_with_its_readers(audience: Article.Audience):
    assert str(Article(slug="cable", audience=audience)) == f"cable for {audience.label.lower()}"
