"""How texts are compared with columns: by the whole, or by each word."""

from collections.abc import Iterable

from django.db.models import Q


def whole(fields: Iterable[str], texts: Iterable[str]) -> Q:
    """One of the columns is one of the texts, in any case."""
    condition = Q(pk__in=[])
    for field in fields:
        for text in texts:
            condition |= Q(**{f"{field}__iexact": text})
    return condition


def every(fields: Iterable[str], terms: Iterable[str]) -> Q:
    """Each word is a part of one of the columns."""
    condition = Q()
    for term in terms:
        somewhere = Q(pk__in=[])
        for field in fields:
            somewhere |= Q(**{f"{field}__icontains": term})
        condition &= somewhere
    return condition
