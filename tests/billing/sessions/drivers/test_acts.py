"""A code by which a driver takes a card of the host into their account."""

from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry, MobilityProvider, Token
from authorization.people.access import NotAllowedError
from billing.models import ClaimCode
from billing.sessions.drivers import acts, driver_tokens
from tests.kit.drivers import driver_of

NOW = datetime.now(tz=UTC)


def test_an_earlier_code_of_the_card_ends(world):
    first = acts.make_code(world.member, by=world.owner, now=NOW)
    second = acts.make_code(world.member, by=world.owner, now=NOW)

    assert first != second
    assert ClaimCode.objects.count() == 1
    assert AuditEntry.objects.filter(verb="token.claim_code_made").count() == 2
    driver = driver_of()
    with pytest.raises(driver_tokens.ClaimError):
        driver_tokens.by_code(driver, first, now=NOW)
    assert driver_tokens.by_code(driver, second, now=NOW).token == world.member


@pytest.mark.parametrize("person", ["teammate", "stranger"])
def test_who_does_not_manage_the_host_makes_none(world, person):
    with pytest.raises(NotAllowedError):
        acts.make_code(world.member, by=getattr(world, person), now=NOW)

    assert not ClaimCode.objects.exists()


def test_a_card_of_a_provider_has_none(world):
    msp = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")
    roaming = Token.objects.create(msp=msp, uid="04A1", canonical_uid="04A1")

    with pytest.raises(NotAllowedError):
        acts.make_code(roaming, by=world.agent, now=NOW)
