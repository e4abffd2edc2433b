"""The articles of a release: complete, readable, and about what the catalogues have."""

import re
from pathlib import Path

import pytest

from authorization.decide import reasons
from support.knowledge import article_files
from support.knowledge.article_files import ArticleFile, ArticleFileError
from support.topics import catalogue
from support.topics.topic import Asker

LANGUAGES = {"en", "nl", "de", "fr", "es"}
FILES = list(article_files.read_all())


def read(text: str) -> ArticleFile:
    return article_files.read(text, path=Path("en/guest/x.md"))


def test_every_topic_has_an_article_for_hosts_and_a_note_for_agents():
    about = {(one.audience, one.language, one.topic) for one in FILES}

    assert {("host", "en", number) for number in catalogue.TOPICS} <= about
    assert {("agent", "en", number) for number in catalogue.TOPICS} <= about


def test_every_topic_of_guests_has_an_article_in_every_language():
    wanted = {(one.number, language) for one in catalogue.for_asker(Asker.GUEST) for language in LANGUAGES}

    assert {(one.topic, one.language) for one in FILES if one.audience == "guest" and one.topic} == wanted


def test_the_languages_of_an_article_have_the_same_parts():
    parts: dict[str, set[int]] = {}
    for one in FILES:
        if one.audience == "guest":
            parts.setdefault(one.slug, set()).add(one.body.count("\n## ") + one.body.startswith("## "))

    assert {slug: counts for slug, counts in parts.items() if len(counts) > 1} == {}


def test_they_are_about_known_topics_and_reasons_and_for_known_readers():
    assert {one.audience for one in FILES} == {"guest", "host", "agent"}
    assert {one.language for one in FILES} == LANGUAGES
    assert {one.reason for one in FILES if one.reason} <= set(reasons.CATALOGUE)
    assert all(one.topic in catalogue.TOPICS for one in FILES if not one.reason)


def test_the_head_is_read():
    assert read("---\ntitle: Why: this\nsummary: So.\ntopic: 4\n---\n\n## Body\n") == ArticleFile(
        slug="x", audience="guest", language="en", title="Why: this", summary="So.", body="## Body", topic=4
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("## Only a body", "en/guest/x.md: it must begin with a head between two lines “---”."),
        ("---\ntopic: 4\n---\nBody", "en/guest/x.md: it needs a title."),
        ("---\ntitle: A\ntopic: four\n---\nBody", "en/guest/x.md: the topic must be a number, not “four”."),
        (
            "---\ntitle: A\nauthor: me\n---\nBody",
            "en/guest/x.md: “author: me” is no line of a head; known are reason, summary, title, topic.",
        ),
    ],
)
def test_a_wrong_file_is_named(text, complaint):
    with pytest.raises(ArticleFileError, match=re.escape(complaint)):
        read(text)
