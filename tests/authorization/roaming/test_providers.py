"""Mobility providers: found by their key, blocked at a host or everywhere, and what their cards did."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import Decision, MobilityProvider, ProviderBlock, Token
from authorization.roaming import providers
from chargers.models import Charger, Property, Transaction
from tests.kit.world import World, tap

pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)


@pytest.fixture
def msp(world: World) -> MobilityProvider:
    made = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")
    Token.objects.create(msp=made, uid="NLEMS1", canonical_uid="NLEMS1", whitelist="ALWAYS")
    return made


@pytest.mark.parametrize(("key", "exists"), [("NL-EMS", True), ("NL-", False), ("NL", False), ("DE-EMS", False)])
def test_a_provider_is_found_by_its_whole_key(msp: MobilityProvider, key: str, exists: bool):
    assert providers.find(key) == (msp if exists else None)


def test_a_second_block_changes_the_reason_and_not_the_day(world: World, msp: MobilityProvider):
    providers.block(msp, host=world.host, reason="They do not pay", now=NOW - timedelta(days=3))
    providers.block(msp, host=world.host, reason="They never paid", now=NOW)

    row = ProviderBlock.objects.get()
    assert (row.reason, row.since) == ("They never paid", NOW - timedelta(days=3))
    providers.unblock(msp, host=world.host)
    assert not ProviderBlock.objects.exists()


def test_lifting_the_block_everywhere_forgets_its_reason(msp: MobilityProvider):
    providers.block_everywhere(msp, blocked=True, reason="Fraud")
    msp.refresh_from_db()
    assert (msp.blocked, msp.blocked_reason) == (True, "Fraud")

    providers.block_everywhere(msp, blocked=False, reason="All is well")
    msp.refresh_from_db()
    assert (msp.blocked, msp.blocked_reason) == (False, "")


def traffic(msp: MobilityProvider) -> providers.Traffic:
    return providers.traffic(msp, chargers=Charger.objects.all(), decisions=Decision.objects.all(), now=NOW)


def test_taps_of_the_last_month_are_counted_by_their_verdict(world: World, msp: MobilityProvider):
    tap(world.charger, "NLEMS1")
    Property.objects.update(access="public_roaming")
    charger = Charger.objects.select_related("property").get()
    tap(charger, "NLEMS1")
    tap(charger, "NLEMS1", at=NOW - timedelta(days=31))
    tap(charger, "04A1B2C3D4")

    counted = traffic(msp)

    assert (counted.cards, counted.accepted, counted.refused) == (1, 1, 1)
    assert counted.open_at == [world.site]


def test_its_running_sessions_are_those_of_its_cards(world: World, msp: MobilityProvider):
    def begun(uid: str, **facts) -> Transaction:
        return Transaction.objects.create(
            charger=world.charger,
            transaction_id=uid,
            id_token=uid,
            started_at=NOW,
            start_received_at=NOW,
            ocpp_version="1.6",
            **facts,
        )

    theirs = begun("nlems1")
    begun("04A1B2C3D4")
    begun("NLEMS1", stopped_at=NOW)

    assert traffic(msp).running == [theirs]
    assert traffic(msp).open_at == []
