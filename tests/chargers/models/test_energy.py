"""What a charger reports of charging, from start to stop."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chargers.transactions import recording
from chargers.transactions.recording import Progress
from tests.kit.recording import READING, started

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_it_moves_progress_forward_and_never_back(charger):
    row = started(charger).transaction
    later = replace(READING, at=NOON + HOUR, register_wh=6000, power_w=None)

    recording.store_progress([Progress(row.pk, seq_no=5, charging_state="Charging", reading=later)])
    recording.store_progress([Progress(row.pk, seq_no=4, charging_state="EVConnected", reading=READING)])

    row.refresh_from_db()
    assert (row.register_wh, row.register_at, row.last_seq_no) == (6000, NOON + HOUR, 5)
    assert row.charging_state == "Charging"


def test_it_takes_the_newest_of_many_reports_at_once(charger):
    row = started(charger).transaction
    register = replace(READING, power_w=None, soc_pct=None)
    power = replace(READING, register_wh=None, power_w=7000)
    old = replace(READING, at=NOON + timedelta(minutes=1), register_wh=1100, power_w=1)

    recording.store_progress([Progress(row.pk, reading=one) for one in (register, power, old)])

    row.refresh_from_db()
    assert (row.register_wh, row.power_w, row.soc_pct) == (4000, 7000, 50)
