from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chargers.models import Evse, MeterValue, Transaction
from chargers.transactions import recording
from chargers.transactions.recording import Progress
from tests.kit.recording import READING, START, STOP, started, stopped

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_it_lets_the_first_stop_stand(charger):
    row_id = started(charger).transaction.transaction_id

    assert stopped(charger, transaction_id=row_id).is_new
    assert not stopped(charger, transaction_id=row_id, meter_stop_wh=9000, reason="Remote").is_new
    row = Transaction.objects.get()
    assert (row.meter_stop_wh, row.stop_reason, row.stopped_at) == (7000, "Local", NOON + HOUR)


def test_it_never_ends_a_transaction_before_it_began(charger):
    row_id = started(charger).transaction.transaction_id

    assert stopped(charger, transaction_id=row_id, at=NOON - HOUR).transaction.stopped_at == NOON


def test_a_stop_before_its_start_keeps_the_time_that_the_charger_says(charger):
    row_id = started(charger).transaction.transaction_id

    row = stopped(charger, transaction_id=row_id, at=NOON - HOUR, meter_stop_wh=101_000).transaction

    assert (row.reported_stop_at, row.stopped_at, row.case) == (NOON - HOUR, NOON, "")


def test_it_never_ends_another_chargers_transaction(charger, other_charger):
    row = started(charger).transaction
    case = stopped(other_charger, transaction_id=row.transaction_id).transaction

    row.refresh_from_db()
    assert row.stopped_at is None
    assert (case.charger, case.case) == (other_charger, "stop_without_start")
    assert case.transaction_id.startswith("unknown:")


def test_it_makes_a_case_where_two_open_transactions_of_a_card_could_be_meant(charger):
    started(charger)
    started(charger, evse_number=2)

    assert stopped(charger).transaction.case == "stop_without_start"
    assert Transaction.objects.filter(stopped_at=None).count() == 2


def test_it_never_guesses_without_id_and_card(charger):
    started(charger, id_token="")

    assert stopped(charger, id_token="").transaction.case == "stop_without_start"


def test_a_stop_under_an_invented_id_replaces_the_end_that_we_assumed(charger):
    row = started(charger).transaction
    Transaction.objects.update(stopped_at=NOON + HOUR / 2, case="never_stopped")

    recorded = stopped(charger, transaction_id="987654")

    assert (recorded.transaction, recorded.is_new) == (row, True)
    assert (recorded.transaction.stopped_at, recorded.transaction.meter_stop_wh) == (NOON + HOUR, 7000)


def test_it_ends_the_one_session_of_a_charger_with_one_outlet_where_id_and_card_are_unknown(charger):
    Evse.objects.get(charger=charger, number=2).delete()
    row = started(charger).transaction

    assert stopped(charger, transaction_id="987654", id_token="").transaction == row


def test_a_stop_under_our_id_takes_back_a_stop_that_was_guessed_before_the_start(charger):
    orphan = {"transaction_id": "987654", "meter_stop_wh": 4000, "stated_at": "2026-03-10T12:20:00Z"}
    stopped(charger, **orphan, at=NOON + HOUR / 3)
    row = recording.record_start(charger, START, now=NOON + HOUR).transaction
    assert (row.meter_stop_wh, row.guessed_stop_id) == (4000, "987654")

    recorded = stopped(charger, transaction_id=row.transaction_id, meter_stop_wh=6000)
    repeats = [stopped(charger, **orphan, at=NOON + HOUR / 3), stopped(charger, transaction_id=row.transaction_id)]

    row.refresh_from_db()
    assert (recorded.is_new, recorded.transaction.pk) == (True, row.pk)
    assert (row.energy_wh, row.stopped_at, row.guessed_stop_id) == (5000, NOON + HOUR, "")
    case = Transaction.objects.get(case="stop_without_start")
    assert (case.meter_stop_wh, case.stated_stop, case.stopped_at) == (4000, orphan["stated_at"], NOON + HOUR / 3)
    assert "987654" in case.case_detail
    assert [repeat.transaction.pk for repeat in repeats] == [case.pk, row.pk]
    assert Transaction.objects.count() == 2


def test_a_stop_under_our_id_takes_back_a_stop_that_was_guessed_after_the_start(charger):
    Evse.objects.get(charger=charger, number=2).delete()
    row = started(charger, meter_start_wh=20_000).transaction
    stopped(charger, transaction_id="555111", id_token="", meter_stop_wh=21_000, stated_at="x", at=NOON + HOUR / 2)

    assert stopped(charger, transaction_id=row.transaction_id, meter_stop_wh=22_500).is_new
    row.refresh_from_db()
    assert (row.energy_wh, row.case) == (2500, "")
    assert Transaction.objects.get(case="stop_without_start").meter_stop_wh == 21_000


def test_the_same_stop_under_our_id_confirms_the_one_that_was_guessed(charger):
    row = started(charger).transaction
    stopped(charger, transaction_id="987654")

    assert not stopped(charger, transaction_id=row.transaction_id).is_new
    row = Transaction.objects.get()
    assert (row.meter_stop_wh, row.guessed_stop_id) == (7000, "")


@pytest.mark.parametrize("at", [NOON - HOUR / 60, NOON + HOUR / 60], ids=["it says", "it came"])
def test_an_orphan_stop_from_before_the_start_is_not_its_own(charger, at):
    recording.record_stop(charger, replace(STOP, transaction_id="987654", at=at), now=NOON - HOUR / 60)

    row = recording.record_start(charger, START, now=NOON).transaction

    assert row.stopped_at is None
    assert Transaction.objects.get(case="stop_without_start").pk != row.pk


@pytest.mark.parametrize(
    ("begin", "end", "hours", "case"),
    [
        (1000, 7000, 1, ""),
        (1000, 1000, 0, ""),
        (1000, 11_000, 0.01, ""),
        (None, 7000, 1, ""),
        (1000, None, 1, ""),
        (7000, 6999, 1, "implausible_energy"),
        (0, 909_948, 10, "implausible_energy"),
        (1_000_000, 1_500_000, 1, "implausible_energy"),
        (1_000_000, 1_300_000, 1, ""),
    ],
)
def test_it_makes_a_case_of_energy_that_cannot_be(charger, begin, end, hours, case):
    row_id = started(charger, meter_start_wh=begin).transaction.transaction_id
    row = stopped(charger, transaction_id=row_id, meter_stop_wh=end, at=NOON + HOUR * hours).transaction

    assert row.case == case
    assert bool(row.case_detail) is bool(case)


def test_it_completes_a_2_x_transaction_whose_end_came_first(charger):
    stopped(charger, transaction_id="T1", version="2.0.1")
    row = started(charger, transaction_id="T1", version="2.0.1").transaction

    assert (row.started_at, row.meter_start_wh, row.meter_stop_wh, row.case) == (NOON, 1000, 7000, "")


def stored(charger, row_id, *readings, ref="7"):
    recording.store_meter_values(
        [recording.meter_value(charger.pk, one, row_id=row_id, evse_number=1, ref=ref, now=NOON) for one in readings]
    )


@pytest.mark.parametrize(
    ("change", "rows"),
    [
        ({}, 1),
        ({"register_wh": 4001}, 1),
        ({"kinds": "Voltage/L1/None/None"}, 2),
        ({"stated_at": "2026-03-10T12:30:01Z"}, 2),
        ({"at": NOON}, 2),
    ],
)
def test_it_counts_the_same_sample_once(charger, change, rows):
    stored(charger, None, READING, READING)
    stored(charger, None, replace(READING, **change))

    assert MeterValue.objects.count() == rows


def test_it_keeps_the_sample_as_it_came(charger):
    row = started(charger).transaction
    stored(charger, row.pk, READING)

    value = MeterValue.objects.get()
    assert (value.transaction, value.register_wh, value.power_w, value.soc_pct) == (row, 4000, 11000, 50)
    assert (value.at, value.received_at, value.samples) == (READING.at, NOON, [{"value": "4000"}])


def test_it_shows_no_power_after_the_stop(charger):
    row = started(charger).transaction
    stopped(charger, transaction_id=row.transaction_id)

    recording.store_progress([Progress(row.pk, charging_state="Charging", reading=READING)])

    row.refresh_from_db()
    assert (row.power_w, row.charging_state, row.register_wh) == (None, "", 4000)
