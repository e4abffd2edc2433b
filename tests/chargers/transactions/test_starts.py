"""Which transaction is meant: the repeat of a known start, or another one that looks alike?"""

from datetime import UTC, datetime, timedelta

import pytest

from chargers.models import Transaction
from chargers.transactions import recording
from tests.kit.recording import START, started, stopped

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_it_gives_a_1_6_start_an_id_above_zero_that_is_its_own(charger):
    row = started(charger).transaction

    assert row.pk > 0
    assert row.transaction_id == str(row.pk)
    assert (row.register_wh, row.register_at) == (1000, NOON)


def test_it_finds_the_first_start_in_its_repeat_a_month_later(charger):
    first = started(charger)
    repeat = recording.record_start(charger, START, now=NOON + timedelta(days=30))

    assert (first.is_new, repeat.is_new) == (True, False)
    assert repeat.transaction.pk == first.transaction.pk
    assert Transaction.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"evse_number": 2},
        {"id_token": "OTHER"},
        {"meter_start_wh": 1001},
        {"stated_at": "2026-03-10T12:00:01Z"},
    ],
)
def test_it_tells_different_starts_apart(charger, changes):
    assert started(charger).transaction.pk != started(charger, **changes).transaction.pk


def test_it_keeps_the_same_start_of_two_chargers_apart(charger, other_charger):
    assert started(charger).transaction.pk != started(other_charger).transaction.pk


def test_it_marks_a_start_that_is_reported_late(charger):
    assert started(charger, at=NOON - HOUR).transaction.offline
    assert not started(charger, stated_at="x").transaction.offline


def test_a_repeat_of_a_start_is_the_first_one_although_an_orphan_stop_fits_it(charger):
    row = started(charger).transaction
    started(charger, evse_number=2)
    orphan = stopped(charger, transaction_id="987654").transaction

    repeat = recording.record_start(charger, START, now=NOON + HOUR)

    assert (repeat.transaction, repeat.is_new) == (row, False)
    orphan.refresh_from_db()
    assert (orphan.case, orphan.stated_start) == ("stop_without_start", "")
