"""The knowledge base for agents: each language's text with its versions, a preview, and readers' answers."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.contrib import admin
from django.contrib import messages as notes
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import translation

from authorization.models import User
from support.admin_site.base import ReadOnlyAdmin
from support.admin_site.search import Keys
from support.admin_site.site import agents
from support.knowledge import acts, answers, reading
from support.knowledge.acts import ArticleError, NewArticle
from support.knowledge.library import Content, Edit
from support.models import Article, ArticleText
from support.topics import catalogue

Posted = Mapping[str, str]
_ANSWERS: Final = 20
_VERSIONS: Final = 50


@admin.register(Article, site=agents)
class ArticleAdmin(ReadOnlyAdmin):
    """Articles; an article's page shows what readers see, and changes it."""

    keys = Keys(part=("texts__title", "slug"), whole=("reason",))
    is_in_find = False
    list_display = ("name", "audience", "topic", "reason", "is_published", "yes", "no")
    list_filter = ("audience", "is_published", "topic")
    ordering = ("audience", "topic", "slug")

    @admin.display(description="Article")
    def name(self, row: Article) -> str:
        english = next((text for text in row.texts.all() if text.language == reading.ENGLISH), None)
        return reading.render(english).title if english else row.slug

    @admin.display(description="Helped")
    def yes(self, row: Article) -> int:
        return int(getattr(row, "helped", 0))

    @admin.display(description="Did not help")
    def no(self, row: Article) -> int:
        return int(getattr(row, "not_helped", 0))

    def title(self, row: Article) -> str:
        return self.name(row)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return answers.annotate_counts(super().get_queryset(request)).prefetch_related("texts__article")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        matches, _ = super().get_search_results(request, Article.objects.all(), search_term)
        return (queryset.filter(pk__in=matches.values("pk")), False) if search_term.strip() else (queryset, False)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Adds an article of the agents' own."""
        if request.method == "POST":
            try:
                added_article = acts.add(_parse_new_article(request.POST), by=_agent(request), now=datetime.now(tz=UTC))
            except ArticleError as exc:
                notes.error(request, str(exc))
            else:
                notes.success(request, "The article is there, and its readers see it.")
                return HttpResponseRedirect(_page(added_article, request.POST.get("language", reading.ENGLISH)))
        context = {
            **self.admin_site.each_context(request),
            "title": "New article",
            "opts": self.opts,
            "posted": request.POST,
            "audiences": Article.Audience.choices,
            "topics": catalogue.TOPICS.values(),
            "languages": settings.LANGUAGES,
        }
        status = 409 if request.method == "POST" else 200
        return TemplateResponse(request, "support/new_article.html", context, status=status)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Shows one article in one language; a POST does what its button names, and a preview stores nothing."""
        article, language = _article(object_id), _language(request)
        entered_content, status = None, 200
        if request.method == "POST" and request.POST.get("do") == "preview":
            entered_content = _content(request.POST)
        elif request.method == "POST":
            try:
                notes.success(request, _act(article, language, request.POST, by=_agent(request)))
                return HttpResponseRedirect(_page(article, language))
            except ArticleError as exc:
                notes.error(request, str(exc))
                entered_content, status = _content(request.POST), 409
        context = {
            **self.admin_site.each_context(request),
            "title": self.name(article),
            "opts": self.opts,
            **_build_text_context(article, language, entered_content, request.POST),
        }
        return TemplateResponse(request, "support/edit_article.html", context, status=status)


def _act(article: Article, language: str, posted: Posted, *, by: User) -> str:
    """Acts, and returns the sentence to report. Raises ArticleError."""
    action = _ACTS.get(posted.get("do", ""))
    if action is None:
        raise ArticleError("Nothing was done: this button is not known.")
    return action(article, language, posted, by)


def _save(article: Article, language: str, posted: Posted, by: User) -> str:
    reason = posted.get("reason", "").strip()[:300]
    change = Edit(content=_content(posted), seen=_number(posted.get("seen", "")), reason=reason)
    text = acts.edit(article, language, change, by=by, now=datetime.now(tz=UTC))
    return f"Version {text.version} stands, and readers see it."


def _restore(article: Article, language: str, posted: Posted, by: User) -> str:
    text = article.texts.filter(language=language).first()
    version = text.versions.filter(number=_number(posted.get("version", ""))).first() if text else None
    if version is None:
        raise ArticleError("There is no such version.")
    restored_text = acts.restore(version, seen_version=_number(posted.get("seen", "")), by=by, now=datetime.now(tz=UTC))
    return f"Version {version.number} stands again, as version {restored_text.version}."


def _publish(article: Article, language: str, posted: Posted, by: User) -> str:
    acts.publish(article, is_published=posted["do"] == "publish", by=by, now=datetime.now(tz=UTC))
    return "Readers see it again." if posted["do"] == "publish" else "Only agents see it now."


_ACTS: Final[Mapping[str, Callable[[Article, str, Posted, User], str]]] = {
    "save": _save, "restore": _restore, "publish": _publish, "withdraw": _publish,
}  # fmt: skip


def _build_text_context(
    article: Article, language: str, entered_content: Content | None, posted: Posted
) -> dict[str, Any]:
    text = article.texts.filter(language=language).first()
    content = entered_content or _stored_content(text)
    with translation.override(language):
        page = reading.of_content(article, title=content.title, summary=content.summary, body=content.body)
    return {
        "article": article,
        "text": text,
        "language": language,
        "languages": _languages(article),
        "content": content,
        "shown": page,
        "is_preview": entered_content is not None,
        "seen": posted.get("seen") or (text.version if text else 0),
        "reason": posted.get("reason", ""),
        "versions": text.versions.order_by("-number")[:_VERSIONS] if text else [],
        "answers": article.answers.order_by("-answered_at")[:_ANSWERS],
        "counted": answers.annotate_counts(Article.objects.filter(pk=article.pk)).get(),
        "public": reading.address(text) if text and article.audience != Article.Audience.AGENT else "",
    }


def _languages(article: Article) -> list[tuple[str, str, bool]]:
    """Returns each language with whether there is a text; only English for hosts and agents."""
    existing_languages = set(article.texts.values_list("language", flat=True))
    languages = settings.LANGUAGES if article.audience == Article.Audience.GUEST else [(reading.ENGLISH, "English")]
    return [(code, str(name), code in existing_languages) for code, name in languages]


def _stored_content(text: ArticleText | None) -> Content:
    return Content(title=text.title, summary=text.summary, body=text.body) if text else Content()


def _content(posted: Posted) -> Content:
    title, summary, body = (posted.get(name, "").replace("\x00", "").strip() for name in ("title", "summary", "body"))
    return Content(title=title, summary=summary, body=body.replace("\r\n", "\n"))


def _parse_new_article(posted: Posted) -> NewArticle:
    topic = _number(posted.get("topic", ""))
    return NewArticle(
        slug=posted.get("slug", "").strip(),
        audience=posted.get("audience", ""),
        topic=topic if topic in catalogue.TOPICS else None,
        language=posted.get("language", ""),
        content=_content(posted),
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def _language(request: HttpRequest) -> str:
    code = request.GET.get("language", reading.ENGLISH)
    return code if code in dict(settings.LANGUAGES) else reading.ENGLISH


def _page(article: Article, language: str) -> str:
    return f"{reverse('admin:support_article_change', args=[article.pk])}?language={language}"


def _article(key: str) -> Article:
    article = Article.objects.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 19 else None
    if article is None:
        raise Http404
    return article


def _agent(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
