"""What failed is paid again by itself once what hindered it is mended: once, and by nobody else at the same time."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from authorization.models import User
from backoffice.portal.attention import attention
from billing.models import Payout, PayoutCarry, ProcessorAccount
from billing.payouts.cycle import approval, cycle, sending
from tests.kit.payouts import books
from tests.kit.sent_payouts import APRIL, MAY, approved, filled, opened

DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db(transaction=True)


def came_back(payout, *, code, at):
    with transaction.atomic():
        sending.failed(payout, code=code, now=at)


def failed(known, *, code):
    """10.00 that were sent on 1 April and came back a day later."""
    opened(known)
    filled()
    payout = approved(known)
    sent = sending.send(payout.pk, now=APRIL)
    came_back(sent, code=code, at=APRIL + DAY)
    return Payout.objects.get(pk=payout.pk)


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
    came_back(sending.send(again.pk, now=APRIL + 2 * DAY), code="could_not_process", at=APRIL + 3 * DAY)

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


def test_the_next_period_and_a_repeat_at_the_same_moment_pay_it_once():
    known = books()
    failed(known, code="could_not_process")
    known.sale(500, at=APRIL + 3 * DAY)
    gate = threading.Barrier(2)

    def run(act):
        gate.wait()
        try:
            act()
        finally:
            connection.close()

    acts = (lambda: approval.repeat_due(now=MAY), lambda: cycle.close(known.scope, until=MAY, now=MAY))
    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert PayoutCarry.objects.filter(kind="failed").exclude(taken_by=None).count() == 1
    live = Payout.objects.filter(state="approved")
    assert sum(one.amount_minor for one in live) == 1500


def test_the_dashboard_counts_from_when_it_failed_in_the_zone_of_the_properties():
    known = books()
    failed(known, code="account_closed")
    type(known.place).objects.update(time_zone="America/Los_Angeles")
    agent = User.objects.create(email="agent@example.com", is_agent=True)

    row = attention.row_of(agent, "host:sunset", now=APRIL + 9 * DAY)

    assert row is not None
    assert (row.since, row.subject.zone) == (APRIL + DAY, "America/Los_Angeles")
