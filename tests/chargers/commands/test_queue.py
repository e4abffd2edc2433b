import uuid
from datetime import UTC, datetime, timedelta

import pytest

from chargers.commands import queue
from chargers.commands.queue import CommandRequest
from chargers.fleet import presence
from chargers.models import Charger, Command, Upstream
from chargers.sentences import stored

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CONNECTION = uuid.uuid4()

pytestmark = pytest.mark.django_db


@pytest.fixture
def online(charger):
    presence.connect(charger, connection_id=CONNECTION, version="1.6", now=NOON)
    return charger


def ask(charger, action="ClearCache", *, now=NOON, **wish):
    return queue.request(charger, CommandRequest(action=action, payload={}, origin="system", **wish), now=now)


def take(charger, *, now=NOON):
    return queue.take_next(charger, connection_id=CONNECTION, now=now)


def test_it_ends_at_once_where_the_charger_is_offline(charger):
    command = ask(charger)

    assert (command.state, command.outcome) == ("offline", "The charger is offline: nothing was sent.")
    assert take(charger) is None


def test_it_is_taken_once_and_in_the_order_of_asking(online):
    first, second = ask(online), ask(online, now=NOON + SECOND)

    assert [take(online).pk, take(online).pk, take(online)] == [first.pk, second.pk, None]
    assert Command.objects.get(pk=first.pk).connection_id == CONNECTION


def test_it_is_not_sent_when_it_is_too_old(online):
    ask(online)

    assert take(online, now=NOON + 31 * SECOND) is None
    assert queue.sweep(now=NOON + 31 * SECOND) == 1
    assert Command.objects.get().state == "timed_out"


def test_it_has_its_whole_time_from_when_it_was_sent(online):
    ask(online)
    take(online, now=NOON + 29 * SECOND)

    assert queue.sweep(now=NOON + 31 * SECOND) == 0
    assert queue.sweep(now=NOON + 60 * SECOND) == 1


def test_it_ends_once(online):
    ask(online)
    command = take(online)

    assert queue.close(command.pk, state="accepted", outcome=stored.free("Yes."), reply={}, now=NOON)
    assert not queue.close(command.pk, state="timed_out", outcome=stored.free("No."), reply=None, now=NOON)
    assert Command.objects.get().outcome == "Yes."


def test_it_is_unknown_when_its_connection_ended(online, other_charger):
    ask(online)
    take(online)

    presence.connect(other_charger, connection_id=uuid.uuid4(), version="1.6", now=NOON)
    presence.connect(online, connection_id=CONNECTION, version="1.6", now=NOON)
    assert Command.objects.get().state == "sent"
    presence.connect(online, connection_id=uuid.uuid4(), version="1.6", now=NOON)
    assert Command.objects.get().state == "unknown"
    assert "look at the charger" in Command.objects.get().outcome


def test_a_connection_is_told_what_it_finds(online, host):
    assert presence.connect(online, connection_id=uuid.uuid4(), version="1.6", now=NOON) == presence.ConnectionContext()

    ask(online, "Reset")
    assert presence.connect(online, connection_id=CONNECTION, version="1.6", now=NOON) == presence.ConnectionContext(
        None, True, False
    )

    take(online)
    Upstream.objects.create(host=host, name="Grid", url="wss://grid.example/ocpp", role="follower")
    met = presence.connect(online, connection_id=CONNECTION, version="1.6", now=NOON)
    assert met == presence.ConnectionContext(NOON, False, True)
    Charger.objects.filter(pk=online.pk).update(only_own_upstreams=True)
    assert not presence.connect(online, connection_id=CONNECTION, version="1.6", now=NOON).has_upstreams


def test_it_knows_for_whom_something_waits(online):
    assert queue.waiting() == []
    ask(online)
    ask(online)
    assert queue.waiting() == [online.pk]


@pytest.mark.parametrize(
    ("uid", "evse", "minutes", "found"),
    [
        ("04a1b2c3d4", 1, 0, True),
        ("04A1B2C3D4", None, 2, True),
        ("04A1B2C3D4", 2, 0, False),
        ("OTHER", 1, 0, False),
        ("04A1B2C3D4", 1, 4, False),
    ],
)
def test_it_is_the_order_of_a_start_for_a_while(online, uid, evse, minutes, found):
    ask(online, "RemoteStartTransaction", id_token="04A1B2C3D4", evse_number=1)
    take(online)
    at = NOON + timedelta(minutes=minutes)

    assert (queue.ordered_start(online, uid=uid, evse_number=evse, at=at, now=at) is not None) is found


def test_it_is_no_order_before_it_was_sent(online):
    ask(online, "RemoteStartTransaction", id_token="04A1B2C3D4")

    assert queue.ordered_start(online, uid="04A1B2C3D4", evse_number=1, at=NOON, now=NOON) is None


def test_it_shows_the_effect_on_the_newest_order_that_fits(online):
    ask(online, "Reset")
    old = take(online)
    ask(online, "Reset", now=NOON + SECOND)
    new = take(online)

    queue.effect_seen(online, actions=["Reset"], now=NOON + 2 * SECOND)

    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.effect_seen_at, new.effect_seen_at) == (None, NOON + 2 * SECOND)
