"""/ocpi/<version>/tariffs (OCPI 2.2.1 11.2.1)."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.models import (
    RoamingShare,
)
from tests.billing.roaming.conftest import connect, connection_of, work

pytestmark = pytest.mark.django_db(transaction=True)


def test_retry_after_is_kept_to(ours, msp, partner, site):
    connect(msp)
    partner.faults["/ocpi/2.2.1/tariffs"] = ["429"]
    work()
    wait = connection_of(msp).next_push_at - datetime.now(tz=UTC)
    assert timedelta(seconds=5) < wait < timedelta(seconds=8)


def test_one_object_that_is_refused_does_not_stop_the_others(ours, msp, partner, site):
    connect(msp)
    partner.faults["/ocpi/2.2.1/tariffs"] = ["status 2001"]

    work()

    assert len(partner.held("locations")) == 1
    share = RoamingShare.objects.get(object__kind="tariff")
    assert "OCPI status 2001" in share.failure
    assert share.dirty_at is not None
