"""Acts on articles by agents, and readers' answers. Agents' acts raise NotAllowedError for all others."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import IntegrityError, transaction

from authorization import audit
from authorization.decide import reasons
from authorization.models import User
from authorization.people import access
from support.knowledge import answers, library
from support.knowledge.answers import Answer
from support.knowledge.library import Content, Edit
from support.models import Article, ArticleAnswer, ArticleText, ArticleVersion

_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST: Final = 20_000


class ArticleError(Exception):
    """Nothing was stored; the message is a sentence for the agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewArticle:
    """An article created by an agent rather than by a release."""

    slug: str
    audience: str
    topic: int | None
    language: str
    content: Content


def add(new: NewArticle, *, by: User, now: datetime) -> Article:
    """Adds an article. Raises ArticleError."""
    access.require_agent(by)
    if len(new.slug) > 60 or not _SLUG.fullmatch(new.slug):
        raise ArticleError("The address is made of small letters, digits and single hyphens, such as cable-stuck.")
    if new.audience not in Article.Audience.values:
        raise ArticleError("Choose for whom it is.")
    if not new.content.title:
        raise ArticleError("Write a title.")
    _check(new.language, new.content)
    try:
        with transaction.atomic():
            article = Article.objects.create(slug=new.slug, audience=new.audience, topic=new.topic, added_at=now)
            library.write(article, new.language, Edit(content=new.content, seen=0), by=by, now=now)
            _write(
                "article.added", article, by=by, now=now, after={"audience": new.audience, "title": new.content.title}
            )
    except IntegrityError as exc:
        raise ArticleError("There is an article with this address for these readers already.") from exc
    return article


def edit(article: Article, language: str, change: Edit, *, by: User, now: datetime) -> ArticleText:
    """Changes the text, which readers see at once. Raises ArticleError."""
    access.require_agent(by)
    _check(language, change.content)
    if not article.reason and not change.content.title:
        raise ArticleError("Write a title.")
    if article.reason in reasons.CATALOGUE and change.content.title:
        raise ArticleError("The title of a reason’s article comes from the catalogue of reasons: leave it empty.")
    current = article.texts.filter(language=language).first()
    if current is not None and library.content_of(current) == change.content:
        raise ArticleError("Nothing was changed: the text is as it was.")
    try:
        with transaction.atomic():
            text = library.write(article, language, change, by=by, now=now)
            after = {"language": language, "version": text.version, "title": text.title}
            _write("article.edited", article, by=by, now=now, after=after, reason=change.reason)
    except library.ChangedError as exc:
        raise ArticleError(str(exc)) from exc
    return text


def restore(version: ArticleVersion, *, seen_version: int, by: User, now: datetime) -> ArticleText:
    """Restores an earlier text as a new version. Raises ArticleError."""
    change = Edit(content=library.content_of(version), seen=seen_version, reason=f"Version {version.number} again.")
    return edit(version.text.article, version.text.language, change, by=by, now=now)


def publish(article: Article, *, is_published: bool, by: User, now: datetime) -> None:
    """Publishes the article for readers, or hides it from all but agents."""
    access.require_agent(by)
    with transaction.atomic():
        Article.objects.filter(pk=article.pk).update(is_published=is_published)
        verb = "article.published" if is_published else "article.withdrawn"
        _write(verb, article, by=by, now=now, after={"is_published": is_published})


def answer(article: Article, reader_answer: Answer, *, now: datetime) -> ArticleAnswer:
    """Stores a reader's answer to whether the article helped."""
    return answers.keep(article, reader_answer, now=now)


def _check(language: str, content: Content) -> None:
    if language not in dict(settings.LANGUAGES):
        raise ArticleError("Choose one of the languages.")
    if len(content.title) > 200 or len(content.summary) > 300 or len(content.body) > _LONGEST:
        raise ArticleError(f"It is too long: a title has at most 200 characters, a summary 300, a text {_LONGEST:,}.")


def _write(verb: str, article: Article, *, by: User, now: datetime, after: Any, reason: str = "") -> None:
    subject = audit.Subject("article", article.pk, str(article))
    audit.write(verb, subject, user=by, now=now, after=after, reason=reason)
