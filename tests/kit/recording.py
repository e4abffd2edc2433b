"""What the tests of models.energy, transactions.recording and transactions.starts share."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chargers.transactions import recording
from chargers.transactions.recording import ReadingFacts, StopFacts
from chargers.transactions.starts import StartFacts

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
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
