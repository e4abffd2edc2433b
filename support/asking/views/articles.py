"""Support > Articles: help for hosts' people."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from authorization.people.request import now, viewer
from support.asking import articles
from support.knowledge import acts, reading
from support.models import Article, ArticleText


@login_required
@require_safe
def article_list(request: HttpRequest) -> HttpResponse:
    """Lists all articles for hosts, or those that match `q`."""
    context = articles.search_context(request, audience=Article.Audience.HOST, language=reading.ENGLISH)
    return render(request, "support/articles.html", {"room": "support", **context})


@login_required
@require_safe
def article_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Shows one article, with a link to the guests' article on the same topic."""
    text, user = _text(slug), viewer(request)
    article = text.article
    for_guests = reading.of_subject(
        audience=Article.Audience.GUEST, language=reading.ENGLISH, topic=article.topic, reason=article.reason
    )
    context = articles.read(text, visitor=_visitor(user.pk), language="")
    return render(request, "support/article.html", {"room": "support", "for_guests": for_guests, **context})


@login_required
@require_POST
def article_answer(request: HttpRequest, slug: str) -> HttpResponse:
    """Stores whether it helped, once per user."""
    text, user = _text(slug), viewer(request)
    try:
        feedback = articles.answer_of(request, visitor=_visitor(user.pk), language=reading.ENGLISH)
    except articles.FloodError:
        return HttpResponse("Too many answers from here: try again in an hour.", status=429)
    acts.answer(text.article, feedback, now=now())
    response = redirect("support:article", slug=slug)
    response.headers["Location"] += "#helped"
    return response


def _visitor(pk: int) -> str:
    return f"user:{pk}"


def _text(slug: str) -> ArticleText:
    text = reading.find(slug, audience=Article.Audience.HOST, language=reading.ENGLISH)
    if text is None:
        raise Http404
    return text
