"""How texts are compared with columns: by the whole, or by each word."""

from collections.abc import Iterable

from django.db.models import Q


def whole(fields: Iterable[str], texts: Iterable[str]) -> Q:
    """One of the columns is one of the texts, in any case."""
    found = Q(pk__in=[])
    for field in fields:
        for text in texts:
            found |= Q(**{f"{field}__iexact": text})
    return found


def every(fields: Iterable[str], terms: Iterable[str]) -> Q:
    """Each word is a part of one of the columns."""
    found = Q()
    for term in terms:
        somewhere = Q(pk__in=[])
        for field in fields:
            somewhere |= Q(**{f"{field}__icontains": term})
        found &= somewhere
    return found
