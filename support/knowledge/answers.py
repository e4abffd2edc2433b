"""Readers' answers to whether an article helped: one per visitor, counted by article."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from support.models import Article, ArticleAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`visitor` distinguishes readers; only its hash is stored."""

    visitor: str
    language: str
    helped: bool
    text: str = ""


def keep(article: Article, answer: Answer, *, now: datetime) -> ArticleAnswer:
    """Stores the answer. A second answer of the same visitor replaces the first."""
    row, _ = ArticleAnswer.objects.update_or_create(
        article=article,
        visitor=digest(answer.visitor),
        defaults={
            "language": answer.language,
            "helped": answer.helped,
            "text": answer.text[:300],
            "answered_at": now,
        },
    )
    return row


def of_visitor(article: Article, visitor: str) -> ArticleAnswer | None:
    return article.answers.filter(visitor=digest(visitor)).first() if visitor else None


def annotate_counts(rows: "QuerySet[Article]") -> "QuerySet[Article]":
    """Returns the articles with `helped` and `not_helped`."""
    return rows.annotate(
        helped=Count("answers", filter=Q(answers__helped=True)),
        not_helped=Count("answers", filter=Q(answers__helped=False)),
    )


def digest(visitor: str) -> str:
    return hashlib.sha256(visitor.encode()).hexdigest()
