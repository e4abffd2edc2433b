"""What workers do about roaming, in the right order; each part may run twice or beside itself."""

from datetime import UTC, datetime

import pytest

from billing.roaming.pushes import upkeep
from tests.billing.roaming.conftest import connect, work

pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_is_pushed_twice(ours, msp, partner, site):
    connect(msp)
    work()
    count = len(partner.requests)
    work()
    upkeep.reconcile_all(now=datetime.now(tz=UTC))
    work()
    assert len(partner.requests) == count


def test_a_blocked_partner_gets_no_offers(ours, msp, partner, site):
    connect(msp)
    msp.blocked = True
    msp.save()
    work()
    assert partner.held("locations") == []
    msp.blocked = False
    msp.save()
    upkeep.reconcile_all(now=datetime.now(tz=UTC))
    work()
    assert len(partner.held("locations")) == 1
