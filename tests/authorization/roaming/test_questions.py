"""Questions to providers as rows: asked once, swept when their asker is gone, and the breaker that they open."""

from datetime import timedelta

import pytest

from authorization import tasks
from authorization.models import IssuerQuestion, MobilityProvider
from authorization.roaming import questions
from tests.kit.questions import card, fail, now

__all__ = ["card"]
pytestmark = pytest.mark.django_db


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


def test_it_sends_again_what_no_worker_took_and_ends_what_nobody_waits_for(card, monkeypatch):
    sent = []
    monkeypatch.setattr(tasks.ask_provider, "apply_async", lambda args, **_: sent.append(*args))
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

    tasks.ask_provider(str(opened.question_id))

    row = IssuerQuestion.objects.get()
    assert row.state == "no_answer"
    assert "its credentials token cannot be read" in row.message


def test_it_forgets_questions_with_the_messages(card, settings):
    fail(card, times=1, at=now() - timedelta(days=settings.MESSAGE_RETENTION_DAYS + 1))
    fail(card, times=1, at=now())

    assert tasks.prune_questions() == 1
    assert IssuerQuestion.objects.count() == 1
