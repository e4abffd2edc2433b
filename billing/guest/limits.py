"""How often one address may do what costs us something."""

from django.http import HttpRequest

from authorization import limits


def too_often(request: HttpRequest, what: str, *, most: int, within_s: int) -> bool:
    """Counts this time too; True from the one after `most` within a span that begins with the first."""
    return limits.too_often(what, who=request.META.get("REMOTE_ADDR", ""), most=most, within_s=within_s)


def forgive(request: HttpRequest, what: str) -> None:
    """What came well out does not count: many guests may share one address."""
    limits.forgive(what, who=request.META.get("REMOTE_ADDR", ""))
