"""What the tests of knowledge.acts, knowledge.library and knowledge.reading share."""

from datetime import UTC, datetime

import pytest

from authorization.models import User
from support.knowledge import acts, article_files, library
from support.knowledge.article_files import ArticleFile
from support.knowledge.library import Content, Edit
from support.models import ArticleText

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FILE = ArticleFile(slug="cable", audience="guest", language="en", title="The cable", summary="", body="Pull.", topic=2)


@pytest.fixture
def released(monkeypatch: pytest.MonkeyPatch) -> list[ArticleFile]:
    """The articles of the release: one file, and none for reasons."""
    files = [FILE]
    monkeypatch.setattr(article_files, "read_all", lambda: iter(files))
    monkeypatch.setattr(library, "_list_reason_keys", lambda: iter(()))
    return files


def cable() -> ArticleText:
    return ArticleText.objects.select_related("article").get(article__slug="cable")


def changed(agent: User, body: str, *, seen: int, title: str = "The cable") -> ArticleText:
    edit = Edit(content=Content(title=title, body=body), seen=seen, reason="It was unclear.")
    return acts.edit(cable().article, "en", edit, by=agent, now=NOW)
