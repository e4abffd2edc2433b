"""What guests of stays were written, and when."""

from collections.abc import Iterable

from django.db.models import QuerySet

from billing.models import StayMessage


def messages_of(stays: Iterable[int]) -> QuerySet[StayMessage]:
    """The messages of these stays, by their keys, the newest first."""
    return StayMessage.objects.filter(stay__in=list(stays)).order_by("-asked_at", "-pk")
