"""One mobility provider's page: who sees which questions, how fast it answers, and what it says when it does not."""

from datetime import UTC, datetime

import pytest

from authorization.models import MobilityProvider
from authorization.roaming.latency import Scale, Span
from authorization.roaming.views import provider as providers
from chargers.models import Host, Property
from tests.kit.provider_pages import asked, provider
from tests.kit.world import make_charger

__all__ = ["provider"]
NOW = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)
ADDRESS = "/authorization/providers/NL-EMS/"


def test_it_shows_everybody_the_provider_and_each_host_its_own_questions(world, client_of, provider):
    asked(provider, world.charger, uid="NLEMS1")
    elsewhere = Property.objects.create(
        host=Host.objects.get(slug="lakeside"), slug="lake-1", name="Lake 1", time_zone="America/Chicago"
    )
    asked(provider, make_charger(elsewhere, "CPL", station_id="LAK001"), uid="NLEMS2")

    seen = {
        name: client_of(getattr(world, name)).get(ADDRESS).content.decode()
        for name in ("owner", "teammate", "stranger", "agent")
    }

    assert all("Example eMSP" in text for text in seen.values())
    assert {name for name, text in seen.items() if "NLEMS1" in text} == {"owner", "teammate", "agent"}
    assert {name for name, text in seen.items() if "NLEMS2" in text} == {"stranger", "agent"}
    assert "<svg viewBox=" in seen["owner"]
    assert "asked 1 time for your chargers" in seen["owner"]


def test_it_knows_no_provider_that_is_not_there(world, client_of):
    client = client_of(world.owner)

    assert client.get(ADDRESS).status_code == 404
    assert client.get("/authorization/providers/nonsense/").status_code == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "while the driver waits, for at most 15 seconds"),
        ({"authorize_timeout_s": 7}, "for at most 7 seconds"),
        ({"authorize_url": ""}, "not set up"),
        ({"live_enabled": False}, "switched off"),
        ({"breaker_opened_at": NOW}, "</span> since 2026-03-10 12:30 UTC. Nobody waits for it"),
        ({"blocked": True, "blocked_reason": "fraud"}, "fraud"),
    ],
)
def test_it_says_whether_the_provider_is_asked(world, client_of, provider, fields, said):
    MobilityProvider.objects.update(**fields)

    text = client_of(world.owner).get(ADDRESS).content.decode()

    assert said in text
    assert "Not asked in this period" in text


def test_it_tells_failures_in_words(world, client_of, provider):
    asked(provider, world.charger, state="no_answer", word="", message="answered 503 with a web page")
    asked(provider, world.charger, state="timed_out", word="", message="")
    asked(provider, world.charger, state="not_asked", word="", message="none of our workers was free to ask it")

    text = client_of(world.owner).get(ADDRESS).content.decode()

    assert "Example eMSP answered 503 with a web page." in text
    assert "Example eMSP did not answer in time." in text
    assert "It was not asked: none of our workers was free to ask it." in text


def test_it_writes_what_a_provider_said_as_text(world, client_of, provider):
    asked(provider, world.charger, word="NO_CREDIT", message="<script>alert(1)</script>")

    text = client_of(world.owner).get(ADDRESS).content.decode()

    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_it_draws_bars_from_zero_to_a_round_number():
    spans = [Span(at=NOW, asked=3, answered=3, p50_ms=200, p99_ms=400), Span(at=NOW)]

    chart = providers.draw(spans, scale=Scale.HOUR)

    assert chart.top_ms == 500
    assert [(bar.p50_height, bar.p99_height) for bar in chart.bars] == [(64, 128), (0, 0)]
    assert chart.bars[0].p99_y == providers.HEIGHT - 128
    assert providers.draw([Span(at=NOW)], scale=Scale.DAY).is_empty


def test_it_fits_a_phone_and_writes_the_unit_behind_the_number(world, client_of, provider):
    asked(provider, world.charger, took_ms=204)

    text = client_of(world.owner).get(ADDRESS).content.decode()

    assert '<div class="scroll" tabindex="0" role="region" aria-label="How fast it answers, as a table"><table' in text
    assert 'data-label="Took">204 ms<' in text
