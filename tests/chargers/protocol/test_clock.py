from datetime import UTC, datetime, timedelta

import pytest

from chargers.protocol.clock import Clock, stated_in_readings, stated_now
from chargers.protocol.versions import v16, v201

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def heard(*offsets):
    """A clock that heard messages a minute apart, each so many seconds ahead."""
    clock = Clock()
    told = [
        clock.hear((NOON + timedelta(minutes=n, seconds=offset)).isoformat(), received_at=NOON + timedelta(minutes=n))
        for n, offset in enumerate(offsets)
    ]
    return clock, told


@pytest.mark.parametrize(
    ("offsets", "offset_s"),
    [
        ((-192, -192), None),
        ((-192, -191, -193), -192),
        ((0, 1, 3600, 0, 1), 0),
        ((-7200, -5000, -3000, -1000, -500), None),
        ((-192, -192, -192, 0, 0, 0), 0),
        ((-2_000_000_000, -2_000_000_000, -2_000_000_000), -2_000_000_000),
    ],
)
def test_it_believes_an_offset_on_which_three_of_the_last_five_agree(offsets, offset_s):
    assert heard(*offsets)[0].offset_s == offset_s


def test_it_tells_of_a_change_once_and_of_jitter_never():
    assert heard(60, 60, 60, 61, 60, 59, 120, 120, 120)[1] == [False, False, True, *[False] * 5, True]


def test_it_tells_every_hour_that_nothing_has_changed():
    assert sum(heard(*[60] * 130)[1]) == 3


@pytest.mark.parametrize("stated", ["", "yesterday", "2026-03-10T12:00:00", "9999-99-99T00:00:00Z"])
def test_it_hears_nothing_in_what_is_no_time(stated):
    clock = Clock()

    assert not any(clock.hear(stated, received_at=NOON) for _ in range(5))
    assert clock.offset_s is None


def status(read, payload):
    return stated_now(read("StatusNotification", payload, now=NOON).event)


def test_it_takes_the_time_of_live_messages_only():
    at = "2026-03-10T11:56:48Z"
    event = {
        "eventType": "Updated",
        "timestamp": at,
        "triggerReason": "Trigger",
        "seqNo": 1,
        "transactionInfo": {"transactionId": "T1"},
    }
    start = {"connectorId": 1, "idTag": "A", "meterStart": 0, "timestamp": at}

    assert status(v16.read, {"connectorId": 1, "status": "Available", "errorCode": "NoError", "timestamp": at}) == at
    assert status(v201.read, {"evseId": 1, "connectorId": 1, "connectorStatus": "Available", "timestamp": at}) == at
    assert stated_now(v201.read("TransactionEvent", event, now=NOON).event) == at
    assert stated_now(v201.read("TransactionEvent", {**event, "offline": True}, now=NOON).event) == ""
    assert stated_now(v16.read("StartTransaction", start, now=NOON).event) == "", "it may have waited in a queue"
    assert stated_now(v16.read("Heartbeat", {}, now=NOON).event) == ""


def readings(*moments):
    """A clock two hours behind that heard meter values at these seconds, and how often it was measured."""
    clock = Clock()
    return clock, [
        clock.hear_readings(
            (NOON + timedelta(hours=-2, seconds=at)).isoformat(), received_at=NOON + timedelta(seconds=at)
        )
        for at in moments
    ]


def test_meter_values_that_come_apart_show_the_clock():
    """A charger that states no other time was taken for one that had been offline."""
    assert readings(0, 20, 40, 60)[0].offset_s == -7200


def test_meter_values_that_were_stored_and_come_at_once_show_no_clock():
    clock = Clock()
    for number in range(60):
        stated = NOON - timedelta(hours=2) + timedelta(seconds=5 * number)
        clock.hear_readings(stated.isoformat(), received_at=NOON + timedelta(milliseconds=30 * number))

    assert clock.offset_s is None


def test_it_reads_the_time_of_a_single_reading():
    def values(*times):
        sampled = [{"value": "1000"}]
        payload = {"connectorId": 1, "meterValue": [{"timestamp": at, "sampledValue": sampled} for at in times]}
        return v16.read("MeterValues", payload, now=NOON).event

    assert stated_in_readings(values("2026-03-10T10:00:00Z")) == "2026-03-10T10:00:00Z"
    assert stated_in_readings(values("2026-03-10T10:00:00Z", "2026-03-10T10:00:10Z")) == ""
    assert stated_in_readings(v16.read("Heartbeat", {}, now=NOON).event) == ""
