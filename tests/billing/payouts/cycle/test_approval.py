"""Whether a payout may go: by one person, by two above the agreed limit, held for a review, or paid again."""

from datetime import timedelta

import pytest

from billing.models import Payout, ProcessorAccount
from billing.payouts.cycle import approval
from billing.payouts.sending import by_processor
from tests.kit.cycle_acts import came_back, failed
from tests.kit.payouts import books
from tests.kit.sent_payouts import APRIL

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


def test_a_payout_to_a_closed_account_is_repeated_to_the_next_account_after_its_wait():
    known = books()
    payout = failed(known, code="account_closed")
    assert approval.repeat_due(now=APRIL + 2 * DAY) == 0
    assert "to another bank account, once" in approval.what_hinders(payout, now=APRIL + 2 * DAY)
    new = known.bank(at=APRIL + 3 * DAY, iban="NL91ABNA0417164300")
    assert approval.repeat_due(now=APRIL + 5 * DAY) == 0
    assert "is used from 7 April 2026" in approval.what_hinders(payout, now=APRIL + 5 * DAY)

    done = [approval.repeat_due(now=APRIL + 6 * DAY) for _ in range(2)]

    assert done == [1, 0]
    again = Payout.objects.get(reissues=payout)
    assert (again.bank_account, again.amount_minor, again.begins_at) == (new, 1000, payout.begins_at)
    assert Payout.objects.get(pk=payout.pk).state == "reissued"


def test_what_the_bank_could_not_process_is_repeated_a_day_later_and_not_a_second_time():
    known = books()
    payout = failed(known, code="could_not_process")
    assert approval.repeat_due(now=APRIL + 2 * DAY - timedelta(seconds=1)) == 0
    assert approval.repeats_from(payout) == APRIL + 2 * DAY

    assert approval.repeat_due(now=APRIL + 2 * DAY) == 1
    again = Payout.objects.get(reissues=payout)
    came_back(by_processor.send(again.pk, now=APRIL + 2 * DAY), code="could_not_process", at=APRIL + 3 * DAY)

    assert approval.repeat_due(now=APRIL + 9 * DAY) == 0
    again.refresh_from_db()
    assert "failed again" in approval.what_hinders(again, now=APRIL + 9 * DAY)


def test_what_a_person_has_to_look_at_is_not_repeated():
    known = books()
    payout = failed(known, code="declined")

    assert approval.repeat_due(now=APRIL + 9 * DAY) == 0
    assert "A person has to find out why" in approval.what_hinders(payout, now=APRIL + 9 * DAY)


def test_it_waits_for_the_hosts_account_at_the_processor():
    known = books()
    failed(known, code="could_not_process")
    ProcessorAccount.objects.update(is_enabled=False)
    assert approval.repeat_due(now=APRIL + 9 * DAY) == 0

    ProcessorAccount.objects.update(is_enabled=True)

    assert approval.repeat_due(now=APRIL + 9 * DAY) == 1
