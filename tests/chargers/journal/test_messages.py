from datetime import UTC, datetime, timedelta

import pytest

from chargers.journal import messages
from chargers.journal.messages import Filter
from chargers.models import Message
from tests.kit.recording import journal

__all__ = ["journal"]

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("wanted", "minutes"),
    [
        (Filter(), [4, 3, 2, 1, 0]),
        (Filter(text="starttransaction"), [1]),
        (Filter(text="beef"), [3]),
        (Filter(text="Alfen"), [0]),
        (Filter(text="Alfen beef"), []),
        (Filter(action="authorize"), [3]),
        (Filter(direction="out"), [2]),
        (Filter(errors_only=True), [4]),
        (Filter(authorization_only=True), [3, 1]),
        (Filter(since=NOON + 3 * MINUTE), [4, 3]),
        (Filter(until=NOON + MINUTE), [0]),
    ],
)
def test_it_finds_what_is_looked_for(journal, charger, wanted, minutes):
    found = messages.search(Message.objects.filter(charger=charger), wanted)

    assert [int(message.message_id) for message in found] == minutes


def test_it_pages_by_key_in_both_directions(journal, charger):
    rows = messages.search(Message.objects.filter(charger=charger), Filter())

    assert messages.page_before(rows, key=None, size=2) == [journal[4], journal[3]]
    assert messages.page_before(rows, key=journal[3].pk, size=2) == [journal[2], journal[1]]
    assert messages.page_after(rows, key=journal[2].pk, size=10) == [journal[4], journal[3]]


def test_it_tells_the_latency(journal):
    assert messages.latency_ms(journal[0]) == 12
