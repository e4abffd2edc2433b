"""CDRs of settled sessions: one for the rating that is billed, and a credit with another one where that is replaced."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.models import (
    LedgerAccount,
    Posting,
    Rating,
    RoamingShare,
)
from tests.billing.roaming.conftest import connect, roaming_session, work
from tests.kit.pushing import body_of, finish, settled_session

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
def test_a_session_and_its_cdr_reach_the_partner(ours, msp, partner, site, version):
    partner.version, partner.versions = version, (version,)
    connect(msp)
    session = roaming_session(site, msp, at=datetime.now(tz=UTC) - timedelta(hours=2), settles=False)
    work()
    assert body_of(partner, "sessions")["status"] == "ACTIVE"

    finish(site, session)
    work()

    assert partner.complaints == []
    assert body_of(partner, "sessions")["status"] == "COMPLETED"
    cdr = body_of(partner, "cdrs")
    assert cdr["total_energy"] == 12
    assert (
        cdr["total_cost"]
        == {
            "2.1.1": 5.9,
            "2.2.1": {"excl_vat": 5.9, "incl_vat": 7.14},
            "2.3.0": {"before_taxes": 5.9, "taxes": [{"name": "VAT", "percentage": 21.0, "amount": 1.24}]},
        }[version]
    )
    assert len(partner.held("cdrs")) == 1
    share = RoamingShare.objects.get(object__kind="cdr")
    assert share.stored_url == f"{partner.url}/ocpi/{version}/cdrs/{cdr['id']}"


def test_a_session_before_the_first_handshake_owes_no_cdr(ours, msp, partner, site):
    settled_session(site, msp)
    connect(msp)
    work()
    assert partner.held("cdrs") == []


def test_a_price_that_is_replaced_is_credited_and_sent_anew(ours, msp, partner, site):
    connect(msp)
    session = settled_session(site, msp)
    work()
    (first,) = partner.held("cdrs")
    final = session.ratings.get(kind="final")
    Rating.objects.filter(pk=final.pk).update(kind="replaced")
    final.pk, final.kind, final.created_at = None, "final", datetime.now(tz=UTC) + timedelta(seconds=1)
    final.net_minor, final.tax_minor, final.total_minor = 500, 105, 605
    final.save(force_insert=True)

    work()
    work()

    by_id = {cdr["id"]: cdr for cdr in partner.held("cdrs")}
    credit = by_id.pop(f"{first['id']}-C")
    assert (credit["credit"], credit["credit_reference_id"]) == (True, first["id"])
    assert credit["total_cost"] == {"excl_vat": -5.9, "incl_vat": -7.14}
    assert credit["total_energy_cost"] == first["total_energy_cost"]
    del by_id[first["id"]]
    (again_sent,) = by_id.values()
    assert again_sent["total_cost"] == {"excl_vat": 5, "incl_vat": 6.05}
    assert partner.complaints == []


def test_what_a_driver_owes_is_owed_by_the_partner(ours, msp, partner, site):
    connect(msp)
    settled_session(site, msp)
    account = LedgerAccount.objects.get(code="roaming_receivable")
    assert sum(Posting.objects.filter(account=account).values_list("amount_minor", flat=True)) == 714
