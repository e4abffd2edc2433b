"""The messages that guests of stays were sent."""

from collections.abc import Iterable

from django.db.models import QuerySet

from billing.models import StayMessage


def messages_of(stays: Iterable[int]) -> QuerySet[StayMessage]:
    """Returns the messages of the stays with these keys, newest first."""
    return StayMessage.objects.filter(stay__in=list(stays)).order_by("-asked_at", "-pk")
