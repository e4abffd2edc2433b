"""What the portal's search finds: things and pages, and where it finds no thing, articles for hosts."""

from typing import Final

from authorization.people.access import Viewer
from billing.portal.search import finding
from billing.portal.search.hits import Hit
from support.knowledge import finding as articles
from support.knowledge import reading
from support.models import Article

_MOST: Final = 3


def find(viewer: Viewer, text: str) -> list[Hit]:
    """The best first: what `billing.portal.search` finds, then up to three articles."""
    hits = finding.find(viewer, text)
    if any(hit.kind != "page" for hit in hits) or len(hits) >= finding.MOST:
        return hits
    rows = articles.find(text, audiences=[Article.Audience.HOST], language=reading.ENGLISH, most=_MOST)
    return [*hits, *(_hit(row.article.slug, reading.shown(row), url=reading.address(row)) for row in rows)]


def _hit(slug: str, shown: reading.Shown, *, url: str) -> Hit:
    return Hit(kind="page", id=f"article-{slug}", title=shown.title, url=url, why="An article about it.", is_sure=False)
