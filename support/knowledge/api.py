"""The REST API for articles: list, search and read; agents write them in the admin."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from authorization.models import ApiKey
from authorization.rest.base import ApiView, find_or_404
from support.knowledge import finding, reading
from support.models import Article, ArticleText

_LIMIT = 50
_LANGUAGES = [code for code, _ in settings.LANGUAGES]
_PARAMETERS = frozenset({"q", "audience", "language"})
_LANGUAGE = OpenApiParameter("language", str, enum=_LANGUAGES, description="English where it is left out.")


class ArticleSerializer(serializers.Serializer[Any]):
    """An article as its readers see it."""

    id = serializers.IntegerField()
    slug = serializers.CharField()
    audience = serializers.ChoiceField(choices=Article.Audience.choices)
    topic = serializers.IntegerField(allow_null=True, help_text="Its number among the topics.")
    reason = serializers.CharField(help_text="The code of the reason that it explains; empty: none.")
    language = serializers.ChoiceField(choices=settings.LANGUAGES)
    title = serializers.CharField()
    summary = serializers.CharField()
    changed_at = serializers.DateTimeField()
    url = serializers.CharField(help_text="Its page, within the site.")


class WholeArticleSerializer(ArticleSerializer):
    """An article with its text."""

    meaning = serializers.CharField(help_text="Of a reason: what it means to these readers.")
    steps = serializers.ListField(child=serializers.CharField(), help_text="What to do, in order.")
    body = serializers.CharField(help_text="Markdown.")


class ArticlesSerializer(serializers.Serializer[Any]):
    """All articles or, in a search, the matches, best first."""

    results = ArticleSerializer(many=True)


class Articles(ApiView):
    """Articles for guests and hosts; with an agents' key, also those for agents."""

    @extend_schema(
        operation_id="articles_list",
        responses=ArticlesSerializer,
        parameters=[
            OpenApiParameter("q", str, description="Searches; words with a typo are found too. At most 50."),
            OpenApiParameter("audience", str, enum=list(Article.Audience.values), description="All that the key sees."),
            _LANGUAGE,
        ],
    )
    def get(self, request: Request) -> Response:
        """Lists each article once, in the requested language if available.

        Without `q`, includes those available only in English.
        """
        if unknown := sorted(set(request.query_params) - _PARAMETERS):
            advice = f"There is no such parameter here. Known: {', '.join(sorted(_PARAMETERS))}."
            raise ValidationError(dict.fromkeys(unknown, advice))
        audiences, language = _audiences(self.key(request), request), _language(request)
        search_text = request.query_params.get("q", "").strip()
        if search_text:
            rows = finding.find(search_text, audiences=audiences, language=language, limit=_LIMIT)
        else:
            rows = [
                row for audience in audiences for row in reading.list_articles(audience=audience, language=language)
            ]
        return Response({"results": [ArticleSerializer(_entry(row)).data for row in rows]})


class ArticleDetail(ApiView):
    """One article with its text."""

    @extend_schema(responses=WholeArticleSerializer, parameters=[_LANGUAGE])
    def get(self, request: Request, article_id: int) -> Response:
        """Returns the article in the requested language, else in English."""
        language = _language(request)
        visible_articles = Article.objects.filter(is_published=True, audience__in=_list_audiences(self.key(request)))
        article = find_or_404(visible_articles, pk=article_id)
        text = reading.find(article.slug, audience=article.audience, language=language)
        return Response(
            WholeArticleSerializer(
                _entry(find_or_404(ArticleText.objects.select_related("article"), pk=text.pk if text else 0))
            ).data
        )


def _entry(text: ArticleText) -> dict[str, Any]:
    article, rendered = text.article, reading.render(text)
    return {
        "id": article.pk,
        "slug": article.slug,
        "audience": article.audience,
        "topic": article.topic,
        "reason": article.reason,
        "language": text.language,
        "title": rendered.title,
        "summary": rendered.summary,
        "changed_at": text.changed_at,
        "url": reading.address(text),
        "meaning": rendered.meaning,
        "steps": list(rendered.steps),
        "body": rendered.body,
    }


def _list_audiences(key: ApiKey) -> list[str]:
    return [audience for audience in Article.Audience.values if audience != Article.Audience.AGENT or key.is_agent]


def _audiences(key: ApiKey, request: Request) -> list[str]:
    audience = request.query_params.get("audience", "")
    if audience and audience not in Article.Audience.values:
        raise ValidationError({"audience": f"Known are {', '.join(Article.Audience.values)}."})
    return [
        allowed_audience for allowed_audience in _list_audiences(key) if not audience or allowed_audience == audience
    ]


def _language(request: Request) -> str:
    code = request.query_params.get("language", reading.ENGLISH)
    if code not in _LANGUAGES:
        raise ValidationError({"language": f"Known are {', '.join(_LANGUAGES)}."})
    return code
