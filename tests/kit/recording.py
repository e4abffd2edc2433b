"""What the tests of journal.messages, models.energy, transactions.recording and transactions.starts share."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chargers.lib import ids
from chargers.models import Message
from chargers.transactions import recording
from chargers.transactions.recording import ReadingFacts, StopFacts
from chargers.transactions.starts import StartFacts

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
START = StartFacts(
    transaction_id=None,
    version="1.6",
    evse_number=1,
    connector_number=None,
    id_token="04A1B2C3D4",
    id_token_type="",
    meter_start_wh=1000,
    stated_at="2026-03-10T12:00:00Z",
    at=NOON,
    clock_plausible=True,
)
STOP = StopFacts(
    transaction_id="",
    version="1.6",
    id_token="04A1B2C3D4",
    meter_stop_wh=7000,
    stated_at="2026-03-10T13:00:00Z",
    at=NOON + HOUR,
    reason="Local",
)
READING = ReadingFacts(
    stated_at="2026-03-10T12:30:00Z",
    at=NOON + HOUR / 2,
    register_wh=4000,
    power_w=11000,
    soc_pct=50,
    context="Sample.Periodic",
    samples='[{"value":"4000"}]',
    kinds="Energy.Active.Import.Register/None/None/None",
)


def started(charger, **changes):
    return recording.record_start(charger, replace(START, **changes), now=NOON)


def stopped(charger, **changes):
    return recording.record_stop(charger, replace(STOP, **changes), now=NOON + HOUR)


@pytest.fixture
def journal(charger, other_charger):
    """The journal of CP1 and its neighbour, at noon and in the minutes after."""

    def add(minute, action, request, *, of=charger, **fields):
        at = NOON + minute * MINUTE
        return Message.objects.create(
            id=ids.generate(now=at),
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
