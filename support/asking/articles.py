"""Articles for guests and hosts: search, reading, and ratings. Guests need no account."""

import secrets
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from billing.sessions.visitors import limits
from support.assistant import symptoms
from support.knowledge import acts, answers, finding, reading
from support.knowledge.answers import Answer
from support.models import Article, ArticleText
from support.topics import catalogue
from support.topics.topic import Asker

_COOKIE: Final = "reader"
_COOKIE_AGE_S: Final = 180 * 24 * 3600
_AN_HOUR: Final = 30
_LIMIT: Final = 20


class FloodError(Exception):
    """Too many answers from one source."""


@never_cache
@require_safe
def article_list(request: HttpRequest) -> HttpResponse:
    """Lists all articles for guests, or those that match `q`."""
    language = get_language() or reading.ENGLISH
    return render(
        request, "help/articles.html", search_context(request, audience=Article.Audience.GUEST, language=language)
    )


@never_cache
@require_safe
def article_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Shows one article in the reader's language."""
    text = _text(slug)
    visitor = request.COOKIES.get(_COOKIE, "")
    return render(request, "help/article.html", read(text, visitor=visitor, language=get_language() or ""))


@never_cache
@require_POST
def article_answer(request: HttpRequest, slug: str) -> HttpResponse:
    """Stores whether it helped. The cookie only distinguishes readers."""
    text = _text(slug)
    visitor = request.COOKIES.get(_COOKIE, "") or secrets.token_urlsafe(16)
    try:
        feedback = answer_of(request, visitor=visitor, language=get_language() or reading.ENGLISH)
    except FloodError:
        return HttpResponse(gettext("Too many requests from here: try again in an hour."), status=429)
    acts.answer(text.article, feedback, now=datetime.now(tz=UTC))
    response = redirect("help:article", slug=slug)
    response.headers["Location"] += "#helped"
    response.set_cookie(
        _COOKIE, visitor, max_age=_COOKIE_AGE_S, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )
    return response


def search_context(request: HttpRequest, *, audience: str, language: str) -> dict[str, Any]:
    """Returns the context of a list of articles: search results, or all by subject."""
    query = request.GET.get("q", "").strip()[:200]
    if query:
        hits = finding.find(query, audiences=[audience], language=language, limit=_LIMIT)
        if (best_match := _find_meant_article(query, audience=audience, language=language)) is not None:
            hits = [best_match, *(hit for hit in hits if hit.article_id != best_match.article_id)]
        return {"q": query, "hits": [(hit.article.slug, reading.render(hit)) for hit in hits]}
    rows = reading.list_articles(audience=audience, language=language)
    rendered = [(article_text, reading.render(article_text, language=language)) for article_text in rows]
    return {
        "q": "",
        "of_topics": [(text.article.slug, page) for text, page in rendered if not text.article.reason],
        "of_reasons": [(text.article.slug, page) for text, page in rendered if text.article.reason],
    }


def _find_meant_article(query: str, *, audience: str, language: str) -> ArticleText | None:
    """Returns the article of the topic that the words clearly mean, even if the article uses other words."""
    allowed = [topic.number for topic in catalogue.for_asker(Asker(audience))]
    interpretation = symptoms.read(query, allowed=allowed)
    if not interpretation.is_sure or not interpretation.meaning.isdecimal():
        return None
    return reading.of_subject(audience=audience, language=language, topic=int(interpretation.meaning))


def read(text: ArticleText, *, visitor: str, language: str) -> dict[str, Any]:
    """Returns the context of an article's page."""
    return {
        "article": text.article,
        "text": text,
        "shown": reading.render(text),
        "topic": catalogue.TOPICS.get(text.article.topic or 0),
        "answered": answers.of_visitor(text.article, visitor),
        "is_foreign": bool(language) and text.language != language,
    }


def answer_of(request: HttpRequest, *, visitor: str, language: str) -> Answer:
    """Reads the answer from the form. Raises FloodError and Http404."""
    if request.POST.get("helped") not in {"yes", "no"}:
        raise Http404
    if limits.too_often(request, "article-answer", limit=_AN_HOUR, within_s=3600):
        raise FloodError
    return Answer(
        visitor=visitor,
        language=language,
        helped=request.POST["helped"] == "yes",
        text=request.POST.get("text", "").replace("\x00", "").strip()[:300],
    )


def _text(slug: str) -> ArticleText:
    text = reading.find(slug, audience=Article.Audience.GUEST, language=get_language() or reading.ENGLISH)
    if text is None:
        raise Http404
    return text
