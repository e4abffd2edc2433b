"""What was billed beside what was sent and taken: a difference has a name, and agreement has none."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.models import RoamingConnection, RoamingObject
from billing.roaming.cdrs import comparison
from billing.roaming.cdrs.comparison import Cause
from tests.billing.roaming.conftest import NOW, connect, connection_of, roaming_session, work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def billed(ours, msp, partner, site):
    connect(msp)
    RoamingConnection.objects.update(cdrs_from=NOW)
    return roaming_session(site, msp, at=datetime.now(tz=UTC) - timedelta(hours=3))


def compared(msp):
    return comparison.compare(connection_of(msp), now=datetime.now(tz=UTC))


def causes(msp):
    return [difference.cause for difference in compared(msp).differences]


def test_what_the_partner_took_has_no_difference(msp, billed):
    work()
    (day,) = compared(msp).days
    assert (day.sessions, day.cdrs, day.accepted, day.billed) == (1, 1, 1, {"EUR": 714})
    assert causes(msp) == []


def test_a_session_without_a_cdr_is_missing(msp, billed):
    assert causes(msp) == [Cause.MISSING]


def test_a_cdr_that_waits_and_one_that_was_refused(msp, partner, billed):
    partner.faults["/ocpi/2.2.1/cdrs"] = ["500"]
    work()
    assert causes(msp) == [Cause.NOT_SENT]
    partner.faults["/ocpi/2.2.1/cdrs"] = ["404", "status 2001"]
    work(at=datetime.now(tz=UTC) + timedelta(hours=1))
    assert causes(msp) == [Cause.REJECTED]


def test_another_amount_is_named(msp, billed):
    work()
    row = RoamingObject.objects.get(kind="cdr")
    RoamingObject.objects.filter(pk=row.pk).delete()
    row.pk, row.body = None, row.body | {"total_cost": {"excl_vat": 1.0}}
    row.save(force_insert=True)
    assert Cause.AMOUNT in causes(msp)
