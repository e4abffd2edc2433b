"""Articles for hosts, in the portal's search."""

from collections.abc import Iterator
from typing import Final

from backoffice.portal.search.hits import Hit
from support.knowledge import finding, reading
from support.models import Article

_LIMIT: Final = 3


def find(text: str) -> Iterator[Hit]:
    """Yields up to three articles, best first."""
    for row in finding.find(text, audiences=[Article.Audience.HOST], language=reading.ENGLISH, limit=_LIMIT):
        article = reading.render(row)
        yield Hit(
            kind="page",
            id=f"article-{row.article.slug}",
            title=article.title,
            url=reading.address(row),
            why="An article about it.",
            is_sure=False,
        )
