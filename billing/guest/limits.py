"""How often one address may do what costs us something."""

from django.core.cache import cache
from django.http import HttpRequest


def too_often(request: HttpRequest, what: str, *, most: int, within_s: int) -> bool:
    """Counts this time too; True from the one after `most` within a span that begins with the first."""
    key = f"{what}:{request.META.get('REMOTE_ADDR', '')}"
    if cache.add(key, 1, within_s):
        return False
    try:
        return int(cache.incr(key)) > most
    except ValueError:  # it expired between the two
        return False
