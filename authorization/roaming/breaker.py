"""The circuit breaker of each mobility provider, which skips a provider that does not respond.

It opens after five failures in a minute; tokens are then decided by their whitelist policy at once. Every half minute a
probe asks the provider, and its first response closes the breaker. The state is in the provider's row.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from authorization.models import IssuerQuestion, MobilityProvider
from chargers.lib import ids

FAILURES: Final = (IssuerQuestion.State.TIMED_OUT, IssuerQuestion.State.NO_ANSWER)
MAX_FAILURES: Final = 5
WITHIN: Final = timedelta(seconds=60)
PROBE_EVERY: Final = timedelta(seconds=30)
_LONGEST_QUESTION: Final = timedelta(minutes=10)


def record(provider_pk: int, *, answered: bool, is_open: bool, now: datetime) -> None:
    """Records the end of a question to the provider. No statement if that changes nothing, else one or two."""
    row = MobilityProvider.objects.filter(pk=provider_pk)
    if answered and is_open:
        row.update(breaker_opened_at=None, breaker_probe_at=None)
    elif not answered and not is_open and _failures(provider_pk, now=now) >= MAX_FAILURES:
        row.filter(breaker_opened_at=None).update(breaker_opened_at=now, breaker_probe_at=now + PROBE_EVERY)


def due(*, now: datetime) -> Sequence[MobilityProvider]:
    """Returns the providers to probe now; each is given to one caller only."""
    waiting = MobilityProvider.objects.filter(breaker_probe_at__lte=now, breaker_opened_at__isnull=False)
    waiting = waiting.filter(live_enabled=True).exclude(authorize_url="")
    return [
        provider
        for provider in waiting
        if MobilityProvider.objects.filter(pk=provider.pk, breaker_probe_at=provider.breaker_probe_at).update(
            breaker_probe_at=now + PROBE_EVERY
        )
    ]


def _failures(provider_pk: int, *, now: datetime) -> int:
    """Returns the number of failures since the last response, within a minute, counted no further than the limit."""
    recent = IssuerQuestion.objects.filter(msp=provider_pk, id__gte=ids.floor(now - _LONGEST_QUESTION))
    recent = recent.filter(ended_at__gt=now - WITHIN)
    last = recent.filter(state=IssuerQuestion.State.ANSWERED).order_by("-ended_at").values_list("ended_at", flat=True)
    failed = recent.filter(state__in=FAILURES, is_probe=False)
    if answered_at := last.first():
        failed = failed.filter(ended_at__gt=answered_at)
    return len(failed.values_list("pk", flat=True)[:MAX_FAILURES])
