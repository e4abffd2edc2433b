"""Which rows of billing a viewer sees: by their role, and never another host's."""

from datetime import UTC, datetime

import pytest

from authorization.models import ReimbursementContract
from billing import access
from billing.models import PayoutAgreement, Rate, Session
from billing.payouts.payees import agreements
from billing.payouts.payees.agreements import Scope
from tests.kit import charging
from tests.kit.world import make_user

NOW = datetime.now(tz=UTC)


@pytest.fixture
def session(world) -> Session:
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    return charging.guest(world.charger)


def test_sessions_are_for_roles_that_see_money(world, session):
    operator = make_user("operator@example.com", world.host, "operator")
    finance = make_user("finance@example.com", world.host, "finance")

    seen = [
        access.sessions(viewer).exists() for viewer in (world.owner, finance, world.agent, operator, world.stranger)
    ]

    assert seen == [True, True, True, False, False]


def test_a_complaint_and_an_offer_are_seen_by_who_sees_their_session(world, session):
    complaint, offer = charging.complaint(session), charging.offer(session)

    assert list(access.complaints(world.owner)) == [complaint]
    assert list(access.refund_offers(world.owner)) == [offer]
    assert not access.complaints(world.stranger).exists()
    assert not access.refund_offers(world.stranger).exists()


def test_rates_of_contracts_are_nobodys_rates(world):

    plain = charging.make_rate(world.host).rate
    contract = ReimbursementContract.objects.create(
        host=world.host, token=world.member, name="Kim", employer="Acme", currency="USD", active_from=NOW
    )
    Rate.objects.create(host=world.host, slug="kim", name="Kim", currency="USD", contract=contract)

    assert list(access.rates(world.teammate)) == [plain]
    assert not access.rates(world.stranger).exists()


def test_terms_that_wait_for_a_second_agent_are_for_agents_alone(world):
    agreed = agreements.agree(
        Scope(host=world.host, currency="USD"), valid_from=NOW, by="user:agent@example.com", now=NOW, delay_days=2
    )
    PayoutAgreement.objects.filter(pk=agreed.pk).update(state=PayoutAgreement.State.AGREED)
    assert list(access.payout_agreements(world.owner)) == [agreed]

    PayoutAgreement.objects.filter(pk=agreed.pk).update(state="waiting")

    assert not access.payout_agreements(world.owner).exists()
    assert list(access.payout_agreements(world.agent)) == [agreed]
