"""Articles of a release are loaded once, follow its texts, and never replace what an agent wrote."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from authorization.decide import reasons
from authorization.models import AuditEntry, User
from authorization.people.access import NotAllowedError
from support.knowledge import acts, article_files, library, reading
from support.knowledge.acts import ArticleError, NewArticle
from support.knowledge.article_files import ArticleFile
from support.knowledge.library import Content, Edit, Loaded
from support.models import Article, ArticleText, ArticleVersion
from tests.kit.world import World

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
FILE = ArticleFile(slug="cable", audience="guest", language="en", title="The cable", summary="", body="Pull.", topic=2)


@pytest.fixture
def released(monkeypatch: pytest.MonkeyPatch) -> list[ArticleFile]:
    """What the release brings: one file, and no reasons."""
    files = [FILE]
    monkeypatch.setattr(article_files, "read_all", lambda: iter(files))
    monkeypatch.setattr(library, "_of_reasons", lambda: iter(()))
    return files


def cable() -> ArticleText:
    return ArticleText.objects.select_related("article").get(article__slug="cable")


def changed(agent: User, body: str, *, seen: int, title: str = "The cable") -> ArticleText:
    edit = Edit(content=Content(title=title, body=body), seen=seen, reason="It was unclear.")
    return acts.edit(cable().article, "en", edit, by=agent, now=NOW)


def test_everything_is_loaded_once():
    first = library.load(now=NOW)

    assert first.added == ArticleText.objects.count() == ArticleVersion.objects.count()
    assert Article.objects.exclude(reason="").count() == 3 * len(reasons.CATALOGUE)
    assert ArticleText.objects.filter(search=None).count() == 0
    assert library.load(now=LATER) == Loaded(added=0, updated=0, unchanged=0)


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

    assert library.load(now=LATER) == Loaded(added=0, updated=1, unchanged=0)
    assert (cable().body, cable().version) == ("Push.", 2)


def test_what_an_agent_wrote_stays(released, world: World):
    library.load(now=NOW)
    changed(world.agent, "Never pull.", seen=1)
    released[0] = ArticleFile(slug="cable", audience="guest", language="en", title="New", summary="", body="Push.")

    assert library.load(now=LATER) == Loaded(added=0, updated=0, unchanged=1)
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


def test_an_earlier_version_stands_again_as_a_new_one(released, world: World):
    library.load(now=NOW)
    changed(world.agent, "Never pull.", seen=1)
    first = ArticleVersion.objects.get(number=1)

    acts.restore(first, seen=2, by=world.agent, now=LATER)

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


def test_only_agents_write(released, world: World):
    library.load(now=NOW)

    with pytest.raises(NotAllowedError):
        changed(world.owner, "Mine.", seen=1)
    with pytest.raises(NotAllowedError):
        acts.publish(cable().article, is_published=False, by=world.owner, now=NOW)


def test_a_reasons_article_says_what_the_catalogue_says_in_the_readers_language():
    library.load(now=NOW)
    reason = reasons.get("token_blocked")

    english = reading.find("token_blocked", audience="guest", language="en")
    dutch = reading.find("token_blocked", audience="guest", language="nl")
    assert english is not None
    assert dutch is not None

    assert reading.render(english).title == reason.title
    assert reading.render(english).steps == tuple(step.text for step in reason.guest.next_steps)
    assert reading.render(dutch).title not in {"", reason.title}
    assert reading.render(dutch).meaning not in {"", reason.guest.meaning}
