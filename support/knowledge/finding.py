"""Searches articles by the words of their language and, for words with typos, by trigrams."""

import operator
from collections.abc import Collection
from functools import reduce
from typing import Final

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F, FloatField, Q, Value
from django.db.models.functions import Coalesce

from support.knowledge import library, reading, trigrams
from support.models import ArticleText

_CANDIDATES: Final = 100
_MAX_WORDS: Final = 20
_LIKE_ENOUGH: Final = 0.5
_LONGEST: Final = 500


def find(search_text: str, *, audiences: Collection[str], language: str, limit: int = 10) -> list[ArticleText]:
    """Returns published texts of the language, best match first. One query."""
    query_text = search_text.replace("\x00", "").strip()[:_LONGEST]
    words, pieces = trigrams.split_words(query_text)[:_MAX_WORDS], trigrams.of_query(query_text)
    if not words or not audiences:
        return []
    config = library.CONFIGS.get(language, "simple")
    query = reduce(operator.or_, (SearchQuery(word, config=config) for word in query_text.split()[:_MAX_WORDS]))
    rank = Coalesce(SearchRank(F("search"), query, normalization=Value(1)), Value(0.0), output_field=FloatField())
    rows = (
        reading.public()
        .filter(Q(search=query) | Q(trigrams__overlap=pieces), article__audience__in=audiences, language=language)
        .annotate(rank=rank)
        .order_by("-rank", "id")[:_CANDIDATES]
    )
    scored = [(_score(text, query_text), text) for text in rows]
    best = sorted(
        (scored_text for scored_text in scored if scored_text[0] > 0), key=lambda scored_text: -scored_text[0]
    )
    return [text for _, text in best[:limit]]


def _score(text: ArticleText, query: str) -> float:
    """Scores a text: exact words count by where they stand; a text that is only similar must be similar enough."""
    rank = float(getattr(text, "rank", 0.0))
    alike = trigrams.measure_similarity(query, text.words)
    if rank == 0 and alike < _LIKE_ENOUGH:
        return 0.0
    return rank * 4 + alike + trigrams.measure_similarity(query, trigrams.split_words(_title(text)))


def _title(text: ArticleText) -> str:
    return reading.render(text).title if text.article.reason else text.title
