"""/ocpi/<version>/cdrs (OCPI 2.2.1 10.2.1): only read; a CDR is never changed."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.models import (
    RoamingShare,
)
from tests.billing.roaming.conftest import connect, work
from tests.kit.pushing import pushes, settled_session

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_cdr_whose_answer_was_lost_is_looked_up_and_not_posted_again(ours, msp, partner, site):
    connect(msp)
    settled_session(site, msp)
    partner.faults["/ocpi/2.2.1/cdrs"] = ["lost"]
    work()
    assert RoamingShare.objects.get(object__kind="cdr").dirty_at is not None

    work(at=datetime.now(tz=UTC) + timedelta(hours=1))

    assert [method for method, _ in pushes(partner, "cdrs")] == ["POST"]
    assert RoamingShare.objects.get(object__kind="cdr").dirty_at is None
    assert partner.complaints == []


def test_a_cdr_that_never_arrived_is_posted_again(ours, msp, partner, site):
    connect(msp)
    settled_session(site, msp)
    partner.faults["/ocpi/2.2.1/cdrs"] = ["500"]
    work()
    work(at=datetime.now(tz=UTC) + timedelta(hours=1))
    assert len(partner.held("cdrs")) == 1
    assert partner.complaints == []
