import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from chargers.journal import messages
from chargers.journal.messages import Filter
from chargers.lib import ids
from chargers.models import Message

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def journal(charger, other_charger):
    def add(minute, action, request, *, of=charger, **fields):
        at = NOON + minute * MINUTE
        return Message.objects.create(
            id=ids.new(now=at),
            charger=of,
            direction=fields.pop("direction", "in"),
            ocpp_version="1.6",
            message_type=2,
            message_id=str(minute),
            action=action,
            request_at=at,
            request=request,
            answer_at=at + timedelta(milliseconds=12),
            answer=fields.pop("answer", "[3]"),
            answer_type=3,
            **fields,
        )

    return [
        add(0, "BootNotification", '{"chargePointVendor":"Alfen"}'),
        add(1, "StartTransaction", '{"idTag":"04A1"}', uid="04A1", verdict="Accepted"),
        add(2, "Reset", "{}", direction="out"),
        add(3, "Authorize", '{"idTag":"BEEF"}', uid="BEEF", verdict="Invalid"),
        add(4, "Foo", "{}", is_error=True),
        add(5, "Authorize", '{"idTag":"BEEF"}', of=other_charger, uid="BEEF"),
    ]


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


def printed(*arguments):
    out = StringIO()
    call_command("messages", *arguments, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_it_prints_the_frames_oldest_first_as_they_were(journal):
    frames = printed("--charger", "CP1", "--since", "2026-03-10T12:01:00Z")

    assert [(frame["direction"], frame["action"]) for frame in frames[:4]] == [
        ("in", "StartTransaction"),
        ("out", "StartTransaction"),
        ("out", "Reset"),
        ("in", "Reset"),
    ]
    assert frames[0] == {
        "at": "2026-03-10T12:01:00+00:00",
        "charger": "CP1",
        "upstream": None,
        "version": "1.6",
        "direction": "in",
        "type": 2,
        "message_id": "1",
        "action": "StartTransaction",
        "raw": '{"idTag":"04A1"}',
    }


def test_it_narrows_what_it_prints(journal):
    assert len(printed("--charger", "CP1", "--action", "Authorize")) == 2
    assert len(printed("--charger", "CP1", "--search", "Alfen")) == 2


@pytest.mark.parametrize("arguments", [["--charger", "NOBODY"], ["--charger", "CP1", "--since", "yesterday"]])
def test_it_says_what_is_wrong_and_exits_with_2(charger, arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        call_command("messages", *arguments, stderr=StringIO())

    assert caught.value.code == 2
