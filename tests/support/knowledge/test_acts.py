"""What agents do with articles, and what readers answer. Agents' acts raise NotAllowedError for everybody else."""

from datetime import UTC, datetime, timedelta

import pytest

from support.knowledge import acts, library
from support.knowledge.acts import ArticleError, NewArticle
from support.knowledge.article_files import ArticleFile
from support.knowledge.library import Content
from support.models import ArticleVersion
from tests.kit.library import cable, changed, released
from tests.kit.world import World

__all__ = ["released"]
pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
FILE = ArticleFile(slug="cable", audience="guest", language="en", title="The cable", summary="", body="Pull.", topic=2)


def test_an_earlier_version_stands_again_as_a_new_one(released, world: World):
    library.load(now=NOW)
    changed(world.agent, "Never pull.", seen=1)
    first = ArticleVersion.objects.get(number=1)

    acts.restore(first, seen_version=2, by=world.agent, now=LATER)

    assert (cable().body, cable().version) == ("Pull.", 3)
    assert ArticleVersion.objects.count() == 3


def test_two_agents_do_not_overwrite_each_other(released, world: World):
    library.load(now=NOW)
    changed(world.agent, "Never pull.", seen=1)

    with pytest.raises(ArticleError, match="Somebody else has changed this text meanwhile"):
        changed(world.agent, "Always pull.", seen=1)

    assert cable().body == "Never pull."


def test_what_is_wrong_is_refused_with_a_sentence(released, world: World):
    library.load(now=NOW)
    for body, title, complaint in [
        ("Pull.", "The cable", "Nothing was changed"),
        ("x", "", "Write a title"),
        ("x" * 20_001, "The cable", "It is too long"),
    ]:
        with pytest.raises(ArticleError, match=complaint):
            changed(world.agent, body, seen=1, title=title)
    new = NewArticle(slug="cable", audience="guest", topic=2, language="en", content=Content(title="x", body="x"))
    with pytest.raises(ArticleError, match="There is an article with this address"):
        acts.add(new, by=world.agent, now=NOW)
    assert ArticleVersion.objects.count() == 1
