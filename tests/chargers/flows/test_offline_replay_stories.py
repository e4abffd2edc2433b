"""What a charger did while it was away, sent when it is back: idle time is not billed, and the receipt says why."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest

from billing.formatting import rating_reasons
from billing.models import RateAssignment, Session
from billing.sessions.settlement import settle
from tests.kit import calls_2x
from tests.kit.calls_2x import event
from tests.kit.calls_16 import ago, start, status
from tests.kit.charging import PLAIN, assign, make_rate
from tests.kit.gateway import Device

pytestmark = pytest.mark.django_db(transaction=True)

GONE = status("Available")
UNKNOWN = (
    "Charging ended while the charger was out of contact: how long the car stayed is not known, "
    "and no idle time is billed."
)  # fmt: skip


@pytest.fixture(autouse=True)
def rated(transactional_db, site):
    assign(make_rate(site.host, definition=PLAIN), site, *RateAssignment.Audience.values)


def settled():
    for _ in range(2):
        settle.catch_up(now=datetime.now(tz=UTC))
        settle.settle_due(now=datetime.now(tz=UTC) + timedelta(hours=1))
    session = Session.objects.get()
    assert session.state == "settled"
    report = session.ratings.get(kind="final").report
    return session, report, [str(note) for note in rating_reasons.notes(report)]


def replayed(gateway, *statuses, reason="Local"):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            row_id = (await device.call("StartTransaction", start(timestamp=ago(hours=5))))["transactionId"]
            stop = {"transactionId": row_id, "meterStop": 7000, "timestamp": ago(hours=3), "reason": reason}
            await device.call("StopTransaction", stop)
            for payload in statuses:
                await device.call("StatusNotification", payload)

    asyncio.run(story())
    return settled()


def test_a_replay_with_its_statuses_says_how_long_was_not_billed(gateway, charger, member, client):
    done = status("Finishing", timestamp=ago(hours=3))  # by the clock of this test, not of its module
    session, report, notes = replayed(gateway, done, GONE)

    assert report["idle"]["billed_minutes"] == 0
    assert re.fullmatch(
        r"For (2 h \d+ min|3 h)( \d+ s)? after charging the charger was out of contact: that idle time is not billed.",
        notes[0],
    )
    page = client.get(f"/s/{session.secret}/receipt/").content.decode()
    assert "that idle time is not billed" in page


def test_a_replay_without_statuses_says_that_the_car_was_not_seen(gateway, charger, member):
    assert replayed(gateway, GONE)[2] == [UNKNOWN]


def test_a_replay_of_a_car_that_was_unplugged_says_nothing_of_idle_time(gateway, charger, member):
    assert replayed(gateway, GONE, reason="EVDisconnected")[2] == []


def test_a_replay_of_2x_says_how_long_was_not_billed(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            begun = event("Started", 0, minutes=300, wh=1000, idToken=calls_2x.CARD, offline=True)
            ended = event("Ended", 1, minutes=180, wh=7000, info={"stoppedReason": "Local"}, offline=True)
            for payload in (begun, ended):
                await device.call("TransactionEvent", payload)
            free = {"timestamp": ago(minutes=0), "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
            await device.call("StatusNotification", free)

    asyncio.run(story())

    assert "after charging the charger was out of contact: that idle time is not billed." in settled()[2][0]


def seen(session):
    return session.unplugged_at - session.stopped_at


def test_a_stop_that_came_late_after_its_free_connector_is_unplugged_when_it_was_free(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1") as device:
            row_id = (await device.call("StartTransaction", start(timestamp=ago(minutes=90))))["transactionId"]
            await device.call("StatusNotification", status("Available", timestamp=ago(minutes=33)))
            stop = {"transactionId": row_id, "meterStop": 7000, "timestamp": ago(minutes=33), "reason": "Local"}
            await device.call("StopTransaction", stop)
            await device.call("StatusNotification", status("Available"))

    asyncio.run(story())
    session, report, _ = settled()

    assert seen(session) < timedelta(seconds=5)
    assert report["idle"] is None
    assert datetime.now(tz=UTC) - session.stopped_at > timedelta(minutes=32)


def test_an_ended_of_2x_that_came_late_is_unplugged_when_its_connector_was_free(gateway, charger, member):
    async def story():
        async with await Device.connect(gateway, "CP1", version="2.0.1") as device:
            await device.call("TransactionEvent", event("Started", 0, minutes=90, wh=1000, idToken=calls_2x.CARD))
            await device.call("TransactionEvent", event("Updated", 1, minutes=60, info={"chargingState": "Charging"}))
            free = {"connectorStatus": "Available", "evseId": 1, "connectorId": 1}
            await device.call("StatusNotification", {**free, "timestamp": ago(minutes=33, seconds=1)})
            ended = event("Ended", 2, minutes=33, wh=7000, info={"stoppedReason": "Local"})
            await device.call("TransactionEvent", ended)
            await device.call("StatusNotification", {**free, "timestamp": ago(minutes=0)})

    asyncio.run(story())
    session, report, _ = settled()

    assert seen(session) < timedelta(seconds=5)
    assert report["idle"] is None
