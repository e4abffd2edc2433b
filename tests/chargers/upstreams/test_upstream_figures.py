"""Figures on the connections to other back offices."""

from datetime import UTC, datetime, timedelta

import pytest

from chargers.lib import ids
from chargers.models import Charger, Forward, Message, Upstream, UpstreamLink
from chargers.upstreams import upstream_figures
from chargers.upstreams.upstream_figures import Figures

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("paused_at", "link", "state"),
    [
        (NOON, UpstreamLink(connected_at=NOON), "paused"),
        (None, UpstreamLink(connected_at=NOON, next_try_at=NOON), "connected"),
        (None, UpstreamLink(next_try_at=NOON), "waiting"),
        (None, UpstreamLink(), "connecting"),
        (None, None, "connecting"),
    ],
)
def test_it_says_how_the_connection_is(paused_at: datetime | None, link: UpstreamLink | None, state: str):
    assert Figures(upstream=Upstream(paused_at=paused_at), link=link).state == state


def exchange(charger: Charger, upstream: str, *, at: datetime, took_ms: int | None, **facts) -> Message:
    usual = {"direction": "in", "action": "Heartbeat"}
    return Message.objects.create(
        id=ids.generate(now=at),
        charger=charger,
        upstream=upstream,
        ocpp_version="1.6",
        request_at=at,
        request="[]",
        answer_at=None if took_ms is None else at + timedelta(milliseconds=took_ms),
        **usual | facts,
    )


@pytest.mark.django_db
def test_traffic_of_the_last_day_is_counted_for_each(charger: Charger, other_charger: Charger):
    partner = Upstream.objects.create(name="Partner", url="wss://a.example", charger=charger)
    quiet = Upstream.objects.create(name="Quiet", url="wss://b.example", charger=charger)
    for seconds, took_ms in ((1, 100), (2, 300), (3, 200), (4, None)):
        exchange(charger, "Partner", at=NOON - seconds * SECOND, took_ms=took_ms)
    exchange(charger, "Partner", at=NOON, took_ms=5000, direction="out")
    exchange(charger, "Partner", at=NOON - timedelta(hours=25), took_ms=9000)
    exchange(charger, "", at=NOON, took_ms=9000)
    exchange(other_charger, "Partner", at=NOON, took_ms=9000)

    figures, none = upstream_figures.of_charger(charger, [partner, quiet], now=NOON)

    assert (figures.messages, figures.median_ms) == (5, 200)
    assert figures.last_out_at == NOON + timedelta(milliseconds=5000)
    assert figures.last_in_at == NOON
    assert (none.messages, none.median_ms, none.last_card, none.waiting) == (0, None, None, 0)


@pytest.mark.django_db
def test_the_newest_verdict_about_a_card_and_what_waits_are_shown(charger: Charger):
    partner = Upstream.objects.create(name="Partner", url="wss://a.example", charger=charger)
    exchange(charger, "Partner", at=NOON - 2 * SECOND, took_ms=1, action="Authorize", verdict="Accepted")
    last = exchange(charger, "Partner", at=NOON - SECOND, took_ms=1, action="StartTransaction", verdict="Blocked")
    exchange(charger, "Partner", at=NOON, took_ms=None, action="Authorize")
    for number, delivered_at in enumerate((None, None, NOON)):
        Forward.objects.create(
            id=ids.generate(now=NOON),
            charger=charger,
            upstream=partner,
            key=str(number),
            action="MeterValues",
            version="1.6",
            payload="{}",
            claimed_by=ids.generate(now=NOON),
            delivered_at=delivered_at,
        )

    [figures] = upstream_figures.of_charger(charger, [partner], now=NOON)

    assert (figures.last_card, figures.waiting) == (last, 2)
