"""Receipts: what a receipt must print, field by field."""

from contextlib import suppress
from unittest.mock import Mock

import pytest

from billing.models import Receipt
from billing.sessions.documents import outbox, receipts
from billing.sessions.documents.receipts import Company, CorrectionError
from tests.billing.conftest import minutes
from tests.kit.at_once import at_once
from tests.kit.settled import settled


@pytest.mark.parametrize(
    ("standard", "current"),
    [("IEC_62196_T2", "AC"), ("IEC_62196_T1", "AC"), ("IEC_62196_T2_COMBO", "DC"), ("CHADEMO", "DC"), ("", "")],
)
def test_it_says_whether_the_current_is_alternating_or_direct(standard, current):
    assert receipts._current(standard) == current


def test_it_counts_charging_and_idle_time_apart(site):
    site.rate("member", definition={"energy": [{"name": "all day", "price": "0.40"}]})
    row = site.transaction(at=minutes(0))
    site.begin(row)
    site.reading(row, 6000, at=minutes(40))
    site.status("SuspendedEV", at=minutes(40))
    site.status("Charging", at=minutes(45))
    site.reading(row, 7000, at=minutes(50))
    site.status("SuspendedEV", at=minutes(50))
    site.stop(row, 7000, at=minutes(60))
    site.status("Finishing", at=minutes(60))
    site.work(now=minutes(61))
    site.status("Available", at=minutes(70))
    site.work(now=minutes(71))

    document = Receipt.objects.get().document
    assert document["report"]["idle"] is None, "the rate takes nothing for it"
    assert (document["charging_s"], document["active_s"], document["idle_s"]) == (3600, 45 * 60, 25 * 60)


def test_time_charging_ends_when_the_register_last_rose(site):
    site.rate("member", definition={"energy": [{"name": "all day", "price": "0.40"}]})
    row = site.transaction(at=minutes(0))
    site.begin(row)
    site.reading(row, 7000, at=minutes(40))
    site.reading(row, 7000, at=minutes(55))
    site.stop(row, 7000, at=minutes(70), reason="EVDisconnected")
    site.work(now=minutes(71))

    document = Receipt.objects.get().document
    assert (document["charging_s"], document["active_s"], document["idle_s"]) == (70 * 60, 40 * 60, 0)


COMPANY = Company(name="Acme", address="1 Road", country="DE")


def test_each_kind_of_document_has_a_series_of_its_own(site):
    receipt = settled(site)
    first = receipts.correct(receipt, COMPANY, now=minutes(70))
    second = receipts.correct(first, COMPANY, now=minutes(71))

    assert [one.label for one in (receipt, first, second)] == ["2026-000001", "R2026-000001", "R2026-000002"]
    assert receipts.newest(receipt.session) == second
    with pytest.raises(CorrectionError, match="replaced meanwhile"):
        receipts.correct(first, COMPANY, now=minutes(72))


def test_it_corrects_no_more_than_five_times(site):
    newest = settled(site)
    for number in range(5):
        newest = receipts.correct(newest, COMPANY, now=minutes(70 + number))

    with pytest.raises(CorrectionError, match="five times"):
        receipts.correct(newest, COMPANY, now=minutes(80))
    assert Receipt.objects.filter(kind="correction").count() == 5


@pytest.mark.django_db(transaction=True)
def test_corrections_at_once_replace_a_receipt_once_and_leave_no_gap(site):
    made = [settled(site, after=hour * 60) for hour in range(3)]

    def correct_each() -> None:
        for receipt in made:
            with suppress(CorrectionError):
                receipts.correct(receipt, COMPANY, now=minutes(200))

    at_once(6, correct_each)

    corrections = Receipt.objects.filter(kind="correction")
    assert sorted(corrections.values_list("number", flat=True)) == [1, 2, 3]
    assert set(corrections.values_list("replaces_id", flat=True)) == {one.pk for one in made}


def test_a_correction_that_fails_leaves_no_gap(site, monkeypatch):
    receipt = settled(site)
    with monkeypatch.context() as broken:
        broken.setattr(outbox, "queue_new_document", Mock(side_effect=OSError))
        with pytest.raises(OSError):  # noqa: PT011 - whatever breaks
            receipts.correct(receipt, COMPANY, now=minutes(70))

    assert receipts.correct(receipt, COMPANY, now=minutes(71)).label == "R2026-000001"
