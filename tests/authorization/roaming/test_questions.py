"""Questions to providers as rows: asked once, swept when their asker is gone, and the breaker that they open."""

import ipaddress
from datetime import UTC, datetime, timedelta

import pytest

from authorization import tasks
from authorization.models import IssuerQuestion, MobilityProvider
from authorization.roaming import breaker, questions
from chargers.lib import secrets
from tests.kit import site as sites
from tests.kit.provider import Manner, standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def card():
    site = sites.build()
    token = sites.roaming_token(whitelist="NEVER")
    MobilityProvider.objects.update(
        authorize_url="http://127.0.0.1:9/", authorize_token_encrypted=secrets.encrypt("our-token")
    )
    return questions.Card(charger=site.charger, canonical_uid=token.canonical_uid, msp="NL-EMS")


def now():
    return datetime.now(tz=UTC)


def fail(card, *, times, at):
    for _ in range(times):
        question_id = questions.open_(card, message_id="", now=at).question_id
        assert questions.begin(question_id, now=at) is not None
        questions.no_answer(question_id, "answered 503", timed_out=False, took_ms=9, now=at)


def test_it_gives_a_question_to_one_worker_only(card):
    opened = questions.open_(card, message_id="A\x001", now=now())

    job = questions.begin(opened.question_id, now=now())

    assert (job.endpoint.token, job.question.location_id, job.question.evse_uid) == ("our-token", "sunset-1", "")
    assert questions.begin(opened.question_id, now=now()) is None
    assert IssuerQuestion.objects.get().message_id == "A\ufffd1"


def test_it_asks_anew_when_the_first_question_is_over(card):
    first = questions.open_(card, message_id="", now=now() - timedelta(seconds=20))

    second = questions.open_(card, message_id="", now=now())

    assert second.is_new
    assert IssuerQuestion.objects.get(pk=first.question_id).state == "not_asked"


def test_it_knows_no_question_about_a_card_that_is_gone(card):
    IssuerQuestion.objects.all().delete()
    MobilityProvider.objects.all().delete()

    with pytest.raises(LookupError):
        questions.open_(card, message_id="", now=now())


def test_it_opens_the_breaker_at_the_fifth_failure_in_a_minute_and_not_before(card):
    fail(card, times=4, at=now() - timedelta(seconds=90))
    fail(card, times=4, at=now())
    assert MobilityProvider.objects.get().breaker_opened_at is None

    fail(card, times=1, at=now())
    assert MobilityProvider.objects.get().breaker_opened_at is not None


def test_it_tries_a_silent_provider_every_half_minute_and_asks_it_again_after_its_first_answer(card, settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    fail(card, times=5, at=now() - timedelta(seconds=31))
    with standing() as msp:
        msp.answers(card.canonical_uid, Manner(word="NOT_ALLOWED"))
        MobilityProvider.objects.update(authorize_url=msp.url)
        (provider,) = breaker.due(now=now())
        assert list(breaker.due(now=now())) == []
        probe = questions.open_probe(provider, now=now())

        tasks.ask_issuer(str(probe.pk))

    provider.refresh_from_db()
    assert (provider.breaker_opened_at, provider.breaker_probe_at) == (None, None)
    probe.refresh_from_db()
    assert (probe.is_probe, probe.state, probe.word) == (True, "answered", "NOT_ALLOWED")


def test_it_sends_again_what_no_worker_took_and_ends_what_nobody_waits_for(card, monkeypatch):
    sent = []
    monkeypatch.setattr(tasks.ask_issuer, "apply_async", lambda args, **_: sent.append(*args))
    opened = questions.open_(card, message_id="", now=now() - timedelta(seconds=5))
    tasks.sweep_questions()
    assert sent == [str(opened.question_id)]

    IssuerQuestion.objects.update(deadline=now() - timedelta(seconds=3))
    assert tasks.sweep_questions() == 1
    assert IssuerQuestion.objects.get().state == "not_asked"
    assert len(sent) == 1


def test_it_blames_an_unreadable_token_on_no_network(card, settings):
    from cryptography.fernet import Fernet

    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    opened = questions.open_(card, message_id="", now=now())

    tasks.ask_issuer(str(opened.question_id))

    row = IssuerQuestion.objects.get()
    assert row.state == "no_answer"
    assert "its credentials token cannot be read" in row.message


def test_it_forgets_questions_with_the_messages(card, settings):
    fail(card, times=1, at=now() - timedelta(days=settings.MESSAGE_RETENTION_DAYS + 1))
    fail(card, times=1, at=now())

    assert tasks.prune_questions() == 1
    assert IssuerQuestion.objects.count() == 1
