"""Conditions that compare texts with columns, as a whole or word by word."""

from collections.abc import Iterable

from django.db.models import Q


def match_whole_text(fields: Iterable[str], texts: Iterable[str]) -> Q:
    """Matches rows in which a column equals one of the texts, ignoring case."""
    condition = Q(pk__in=[])
    for field in fields:
        for text in texts:
            condition |= Q(**{f"{field}__iexact": text})
    return condition


def every(fields: Iterable[str], terms: Iterable[str]) -> Q:
    """Matches rows in which each word is part of a column."""
    condition = Q()
    for term in terms:
        somewhere = Q(pk__in=[])
        for field in fields:
            somewhere |= Q(**{f"{field}__icontains": term})
        condition &= somewhere
    return condition
