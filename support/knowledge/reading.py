"""An article as its reader sees it: the catalogue's sentences for its topic or reason, then its own text."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from authorization.decide import reasons
from authorization.decide.reasons import Audience
from support.knowledge import markdown
from support.models import Article, ArticleText
from support.topics import catalogue

ENGLISH = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownArticle:
    """An article for display. `meaning` and `steps` come from the catalogues, as on other pages; `html` is safe."""

    title: str
    summary: str
    meaning: str = ""
    steps: tuple[str, ...] = ()
    steps_title: str = ""
    html: str = ""
    body: str = field(default="", repr=False)

    def words(self) -> str:
        """Returns all text except the title and the summary."""
        return "\n".join([self.meaning, *self.steps, self.body])


def render(text: ArticleText, *, language: str = "") -> ShownArticle:
    """Renders in the text's language, unless another is requested for the catalogue's sentences."""
    with translation.override(language or text.language):
        return of_content(text.article, title=text.title, summary=text.summary, body=text.body)


def of_content(article: Article, *, title: str, summary: str, body: str) -> ShownArticle:
    """Renders content, stored or not, in the active language."""
    if article.reason in reasons.CATALOGUE:
        return _render_reason_article(article, summary=summary, body=body)
    heading, steps = _build_topic_section(article)
    return ShownArticle(
        title=title, summary=summary, steps=steps, steps_title=heading, html=markdown.html(body), body=body
    )


def public() -> "QuerySet[ArticleText]":
    """Returns the texts of published articles, with their articles."""
    return ArticleText.objects.filter(article__is_published=True).select_related("article")


def find(slug: str, *, audience: str, language: str) -> ArticleText | None:
    """Returns the published article in this language, else in English."""
    rows = public().filter(article__slug=slug, article__audience=audience, language__in=[language, ENGLISH])
    return _best(list(rows), language)


def of_subject(*, audience: str, language: str, topic: int | None = None, reason: str = "") -> ArticleText | None:
    """Returns the published article of a topic or a reason."""
    if not topic and not reason:
        return None
    rows = public().filter(article__audience=audience, language__in=[language, ENGLISH])
    rows = rows.filter(article__reason=reason) if reason else rows.filter(article__topic=topic)
    return _best(list(rows.order_by("article_id")), language)


def suggest_articles(
    *, audiences: Collection[str], language: str, topic: int | None, codes: Collection[str]
) -> list[ArticleText]:
    """Returns the published articles of a topic and of these reasons, first audience first. One query."""
    subject = Q(article__topic=topic) if topic else Q(pk__in=[])
    subject |= Q(article__reason__in=[code for code in codes if code])
    rows = public().filter(subject, article__audience__in=audiences, language__in=[language, ENGLISH])
    order = list(audiences)
    return sorted(
        _choose_translations(rows, language),
        key=lambda text: (order.index(text.article.audience), *_build_sort_key(text)),
    )


def list_articles(*, audience: str, language: str) -> list[ArticleText]:
    """Returns each published article of an audience once, by topic, then in the order of the reasons' catalogue."""
    rows = public().filter(article__audience=audience, language__in=[language, ENGLISH])
    return sorted(_choose_translations(rows, language), key=_build_sort_key)


def address(text: ArticleText) -> str:
    """Returns its page: for guests without login, for hosts in the portal, for agents in the admin."""
    article = text.article
    match article.audience:
        case Article.Audience.GUEST:
            return reverse("help:article", args=[article.slug])
        case Article.Audience.HOST:
            return reverse("support:article", args=[article.slug])
        case _:
            return reverse("admin:support_article_change", args=[article.pk])


def _render_reason_article(article: Article, *, summary: str, body: str) -> ShownArticle:
    reason = reasons.get(article.reason)
    advice = reason.advice(Audience(article.audience))
    return ShownArticle(
        title=_(reason.title),
        summary=summary,
        meaning=_(advice.meaning),
        steps=tuple(_(step.text) for step in advice.next_steps),
        steps_title=_("What to do"),
        html=markdown.html(body),
        body=body,
    )


def _build_topic_section(article: Article) -> tuple[str, tuple[str, ...]]:
    topic = catalogue.TOPICS.get(article.topic or 0)
    if topic is None:
        return "", ()
    if article.audience == Article.Audience.AGENT:
        return "What to check", (*topic.review, topic.action)
    title = _("How the bill is made") if topic.number == 4 else _("Try this first")
    return title, tuple(_(step) for step in topic.steps)


def _choose_translations(rows: Iterable[ArticleText], language: str) -> list[ArticleText]:
    """Returns each article in this language, else in English."""
    texts_by_article: dict[int, ArticleText] = {}
    for text in rows:
        if text.article_id not in texts_by_article or text.language == language:
            texts_by_article[text.article_id] = text
    return list(texts_by_article.values())


def _best(rows: list[ArticleText], language: str) -> ArticleText | None:
    return next(iter(_choose_translations(rows, language)), None)


def _build_sort_key(text: ArticleText) -> tuple[int, int, str]:
    article = text.article
    codes = reasons.ORDER
    rank = codes.index(article.reason) if article.reason in codes else len(codes)
    return (article.topic or 99, rank, article.slug)
