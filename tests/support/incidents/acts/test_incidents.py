"""What agents do about an incident: one reply to everybody who asked about it, and a note for its hosts."""

from datetime import UTC, datetime, timedelta

import pytest

from support.incidents import detection
from support.incidents.acts import incidents as acts
from support.incidents.acts.incidents import NotSentError
from support.models import CommonFault
from tests.kit.watching import chargers, drop
from tests.kit.world import World

__all__ = ["chargers"]
pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_nothing_is_sent_that_is_empty_or_to_nobody(chargers, world: World):
    drop(chargers[:3], at=NOON)
    detection.watch(now=NOON + 5 * MINUTE)
    row = CommonFault.objects.get()

    for text, sentence in ((" ", "write something first"), ("x", "no ticket of this incident")):
        with pytest.raises(NotSentError, match=sentence):
            acts.reply_to_all(
                row, text, seen_fingerprint=acts.fingerprint(row), is_solved=False, by=world.agent, now=NOON
            )
