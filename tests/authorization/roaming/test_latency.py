"""How fast mobility providers answer: percentiles of their questions by hour or by day, in UTC."""

from datetime import UTC, datetime, timedelta

from authorization.models import IssuerQuestion
from authorization.roaming import latency
from authorization.roaming.latency import Scale, Span
from tests.kit.provider_pages import asked, provider

__all__ = ["provider"]
NOW = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)


def test_it_counts_percentiles_by_hour_and_by_day(world, provider):
    for number in range(1, 101):
        asked(provider, world.charger, at=NOW - timedelta(minutes=5), took_ms=number * 10)
    asked(provider, world.charger, at=NOW - timedelta(hours=2), took_ms=15_000, state="timed_out", word="")
    asked(provider, world.charger, at=NOW - timedelta(days=3), took_ms=50)
    everything = IssuerQuestion.objects.all()

    hours = latency.spans(everything, scale=Scale.HOUR, now=NOW)
    days = latency.spans(everything, scale=Scale.DAY, now=NOW)

    assert (len(hours), len(days)) == (24, 30)
    assert hours[-1] == Span(at=NOW.replace(minute=0), asked=100, answered=100, p50_ms=505, p99_ms=990)
    assert (hours[-3].asked, hours[-3].answered, hours[-3].p99_ms) == (1, 0, 15_000)
    assert hours[-2] == Span(at=NOW.replace(hour=11, minute=0))
    assert [span.asked for span in days[-4:]] == [1, 0, 0, 101]
