"""A month of home charging, billed to employers; who paid and who was paid is noted once."""

from datetime import UTC, date, datetime

import pytest

from authorization.models import AuditEntry, User
from authorization.people.access import NotAllowedError
from billing.models import HomeInvoice
from billing.sessions.home import acts
from billing.sessions.home.home_charging import NotOverError
from tests.kit.home import charge, contract
from tests.kit.world import make_user

__all__ = ["contract"]
MARCH, IN_APRIL = date(2026, 3, 1), datetime(2026, 4, 3, tzinfo=UTC)


@pytest.fixture
def owner(site) -> User:
    return make_user("owner@example.com", site.host, "owner")


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))


def test_a_month_is_billed_once_and_both_payments_are_noted_once(site, contract, owner):
    charge(site, contract.token, 10_000)

    (invoice,) = acts.close(site.host, MARCH, by=owner, now=IN_APRIL)
    assert acts.close(site.host, MARCH, by=owner, now=IN_APRIL) == []
    payout = invoice.payouts.get()
    paid = [acts.invoice_paid(invoice, reference="R1", by=owner, now=IN_APRIL) for _ in range(2)]
    passed_on = [acts.payout_paid(payout, reference="R2", by=owner, now=IN_APRIL) for _ in range(2)]

    assert (paid, passed_on) == ([True, False], [True, False])
    assert verbs() == ["home_charging.billed", "home_charging.received", "home_charging.paid_out"]
    billed, received, paid_out = AuditEntry.objects.order_by("id")
    assert billed.after == {"employer": "Acme", "month": "2026-03", "total": "3.10 USD"}
    assert (received.reason, paid_out.reason, paid_out.after["amount_minor"]) == ("R1", "R2", 310)


def test_a_month_that_is_not_over_is_not_billed(site, contract, owner):
    charge(site, contract.token, 10_000)

    with pytest.raises(NotOverError):
        acts.close(site.host, MARCH, by=owner, now=datetime(2026, 3, 31, 23, tzinfo=UTC))

    assert (HomeInvoice.objects.count(), verbs()) == (0, [])


def test_who_does_not_handle_money_bills_nothing(site, contract):
    reader = make_user("reader@example.com", site.host, "read_only")

    with pytest.raises(NotAllowedError):
        acts.close(site.host, MARCH, by=reader, now=IN_APRIL)
