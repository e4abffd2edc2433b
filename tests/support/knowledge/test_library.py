"""Articles of a release are loaded once, follow its texts, and never replace what an agent wrote."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from authorization.decide import reasons
from authorization.models import AuditEntry
from authorization.people.access import NotAllowedError
from support.knowledge import acts, article_files, library
from support.knowledge.article_files import ArticleFile
from support.knowledge.library import LoadResult
from support.models import Article, ArticleText, ArticleVersion
from tests.kit.library import cable, changed, released
from tests.kit.world import World

__all__ = ["released"]
pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
FILE = ArticleFile(slug="cable", audience="guest", language="en", title="The cable", summary="", body="Pull.", topic=2)


def test_everything_is_loaded_once():
    first = library.load(now=NOW)

    assert first.added == ArticleText.objects.count() == ArticleVersion.objects.count()
    assert Article.objects.exclude(reason="").count() == 3 * len(reasons.CATALOGUE)
    assert ArticleText.objects.filter(search=None).count() == 0
    assert library.load(now=LATER) == LoadResult(added=0, updated=0, unchanged=0)


def test_the_command_says_what_it_did(released):
    out = StringIO()
    call_command("articles", stdout=out)
    call_command("articles", stdout=out)

    assert out.getvalue() == (
        "1 added, 0 updated, 0 left as agents wrote them\n0 added, 0 updated, 0 left as agents wrote them\n"
    )


def test_the_command_names_a_file_that_cannot_be_read(tmp_path, monkeypatch):
    (tmp_path / "en" / "guest").mkdir(parents=True)
    (tmp_path / "en" / "guest" / "x.md").write_text("no head")
    monkeypatch.setattr(article_files.read_all, "__defaults__", (tmp_path,))

    with pytest.raises(CommandError, match=r"en/guest/x\.md: it must begin with a head"):
        call_command("articles")


def test_a_new_text_of_the_release_is_a_new_version(released):
    library.load(now=NOW)
    released[0] = ArticleFile(
        slug="cable", audience="guest", language="en", title="The cable", summary="", body="Push."
    )

    assert library.load(now=LATER) == LoadResult(added=0, updated=1, unchanged=0)
    assert (cable().body, cable().version) == ("Push.", 2)


def test_what_an_agent_wrote_stays(released, world: World):
    library.load(now=NOW)
    changed(world.agent, "Never pull.", seen=1)
    released[0] = ArticleFile(slug="cable", audience="guest", language="en", title="New", summary="", body="Push.")

    assert library.load(now=LATER) == LoadResult(added=0, updated=0, unchanged=1)
    assert cable().body == "Never pull."
    assert [(one.number, one.author, one.reason) for one in ArticleVersion.objects.order_by("number")] == [
        (1, "release", ""),
        (2, world.agent.email, "It was unclear."),
    ]
    [entry] = AuditEntry.objects.filter(verb="article.edited")
    assert (entry.user, entry.reason, entry.after) == (
        world.agent,
        "It was unclear.",
        {"language": "en", "version": 2, "title": "The cable"},
    )


def test_only_agents_write(released, world: World):
    library.load(now=NOW)

    with pytest.raises(NotAllowedError):
        changed(world.owner, "Mine.", seen=1)
    with pytest.raises(NotAllowedError):
        acts.publish(cable().article, is_published=False, by=world.owner, now=NOW)
