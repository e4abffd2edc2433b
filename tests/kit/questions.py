"""What the tests of roaming.breaker and roaming.questions share."""

from datetime import UTC, datetime

import pytest

from authorization.models import MobilityProvider
from authorization.roaming import questions
from chargers.lib import secrets
from tests.kit import site as sites


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
