"""Storage of articles: every version of a text is stored, and a release never replaces an agent's text."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.contrib.postgres.search import SearchVector
from django.db import transaction
from django.db.models import Value

from authorization.decide import reasons
from authorization.models import User
from support.knowledge import article_files, reading, trigrams
from support.knowledge.article_files import ArticleFile
from support.models import Article, ArticleText, ArticleVersion

CONFIGS: Final = {"en": "english", "nl": "dutch", "de": "german", "fr": "french", "es": "spanish"}
"""PostgreSQL's text search configuration for each language."""
RELEASE: Final = "release"


class ChangedError(Exception):
    """Another version was stored meanwhile; the message is a sentence for the agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What an author writes."""

    title: str = ""
    summary: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A new text, and the version that its author saw (0 for none)."""

    content: Content
    seen: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """How many texts of a release were new, updated, and left because an agent wrote them."""

    added: int
    updated: int
    unchanged: int


def load(*, now: datetime) -> LoadResult:
    """Loads the release's articles; repeating it changes nothing. Raises ArticleFileError."""
    added = updated = unchanged = 0
    texts_by_key = {_key(text): text for text in ArticleText.objects.select_related("article")}
    articles = {(article.audience, article.slug): article for article in Article.objects.all()}
    for file in _list_release_articles():
        article_text = texts_by_key.get((file.audience, file.slug, file.language))
        content = Content(title=file.title, summary=file.summary, body=file.body)
        if article_text is None:
            article = articles.get((file.audience, file.slug)) or _article(file, now=now)
            articles[file.audience, file.slug] = article
            _release(article, file.language, content, now=now)
            added += 1
        elif article_text.is_edited:
            unchanged += 1
            index(article_text)
        elif content_of(article_text) != content:
            _release(article_text.article, file.language, content, now=now)
            updated += 1
        else:
            index(article_text)
    return LoadResult(added=added, updated=updated, unchanged=unchanged)


def write(article: Article, language: str, edit: Edit, *, by: User, now: datetime) -> ArticleText:
    """Makes an agent's text the current one. Raises ChangedError."""
    with transaction.atomic():
        Article.objects.select_for_update().get(pk=article.pk)
        text = ArticleText.objects.filter(article=article, language=language).first()
        if (text.version if text else 0) != edit.seen:
            raise ChangedError("Somebody else has changed this text meanwhile. Look at it, then save again.")
        return _store(article, language, edit.content, author=by.email, user=by, reason=edit.reason, now=now)


def content_of(text: ArticleText | ArticleVersion) -> Content:
    return Content(title=text.title, summary=text.summary, body=text.body)


def index(text: ArticleText) -> None:
    """Updates the search columns if what readers see has changed. One statement, or none."""
    rendered = reading.render(text)
    head = f"{rendered.title}\n{rendered.summary}"
    digest = hashlib.sha256(f"{head}\n{rendered.words()}".encode()).hexdigest()
    if digest == text.indexed_hash:
        return
    config = CONFIGS.get(text.language, "simple")
    vector = (
        SearchVector(Value(rendered.title), weight="A", config=config)
        + SearchVector(Value(rendered.summary), weight="B", config=config)
        + SearchVector(Value(rendered.words()), weight="C", config=config)
    )
    words = trigrams.list_long_words(f"{head} {rendered.words()}")
    ArticleText.objects.filter(pk=text.pk).update(
        search=vector, words=words, trigrams=trigrams.of_words(words), indexed_hash=digest
    )


def _list_release_articles() -> Iterator[ArticleFile]:
    """Yields the files' articles, and for each reason and audience one article, with a file's text if there is one."""
    files = list(article_files.read_all())
    covered_keys = {(file.audience, file.reason, file.language) for file in files if file.reason}
    yield from files
    for audience, code, language in _list_reason_keys():
        if (audience, code, language) not in covered_keys:
            yield ArticleFile(
                slug=code, audience=audience, language=language, title="", summary="", body="", reason=code
            )


def _list_reason_keys() -> Iterable[tuple[str, str, str]]:
    for code in reasons.CATALOGUE:
        yield from (("guest", code, language) for language, _ in settings.LANGUAGES)
        yield "host", code, reading.ENGLISH
        yield "agent", code, reading.ENGLISH


def _key(text: ArticleText) -> tuple[str, str, str]:
    return text.article.audience, text.article.slug, text.language


def _article(file: ArticleFile, *, now: datetime) -> Article:
    return Article.objects.create(
        slug=file.slug, audience=file.audience, topic=file.topic, reason=file.reason, added_at=now
    )


def _release(article: Article, language: str, content: Content, *, now: datetime) -> None:
    with transaction.atomic():
        _store(article, language, content, author=RELEASE, now=now)


def _store(
    article: Article,
    language: str,
    content: Content,
    *,
    author: str,
    now: datetime,
    user: User | None = None,
    reason: str = "",
) -> ArticleText:
    """Stores the next version as the current text. Call it in a transaction."""
    before = ArticleText.objects.filter(article=article, language=language).first()
    fields = {
        "title": content.title,
        "summary": content.summary,
        "body": content.body,
        "version": before.version + 1 if before else 1,
        "is_edited": user is not None,
        "changed_at": now,
    }
    text, _ = ArticleText.objects.update_or_create(article=article, language=language, defaults=fields)
    ArticleVersion.objects.create(
        text=text,
        number=text.version,
        title=text.title,
        summary=text.summary,
        body=text.body,
        user=user,
        author=author,
        reason=reason,
        written_at=now,
    )
    index(text)
    return text
