"""What failed is paid again by itself once what hindered it is mended: once, and by nobody else at the same time."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from authorization.models import User
from backoffice.portal.attention import attention
from billing.models import Payout, PayoutCarry
from billing.payouts.cycle import approval, cycle
from tests.kit.cycle_acts import failed
from tests.kit.payouts import books
from tests.kit.sent_payouts import APRIL, MAY

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


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
