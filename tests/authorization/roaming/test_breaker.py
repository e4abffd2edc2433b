"""The circuit breaker of each mobility provider, which skips a provider that does not answer."""

import ipaddress
from datetime import timedelta

import pytest

from authorization import tasks
from authorization.models import MobilityProvider
from authorization.roaming import breaker, questions
from tests.kit.provider import Manner, standing
from tests.kit.questions import card, fail, now

__all__ = ["card"]
pytestmark = pytest.mark.django_db


def test_it_tries_a_silent_provider_every_half_minute_and_asks_it_again_after_its_first_answer(card, settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    fail(card, times=5, at=now() - timedelta(seconds=31))
    with standing() as msp:
        msp.answers(card.canonical_uid, Manner(word="NOT_ALLOWED"))
        MobilityProvider.objects.update(authorize_url=msp.url)
        (provider,) = breaker.due(now=now())
        assert list(breaker.due(now=now())) == []
        probe = questions.open_probe(provider, now=now())

        tasks.ask_provider(str(probe.pk))

    provider.refresh_from_db()
    assert (provider.breaker_opened_at, provider.breaker_probe_at) == (None, None)
    probe.refresh_from_db()
    assert (probe.is_probe, probe.state, probe.word) == (True, "answered", "NOT_ALLOWED")
