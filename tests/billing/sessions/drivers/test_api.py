"""Codes for cards by the REST API."""

from authorization.models import MobilityProvider, Token
from billing.models import ClaimCode
from tests.kit.callers import Callers
from tests.kit.world import World


def test_a_code_is_shown_once_and_only_to_the_cards_host(callers: Callers, world: World):
    address = f"tokens/{world.member.pk}/claim-code/"

    made = callers.owner.post(address, {})

    assert (made.status_code, ClaimCode.objects.count()) == (201, 1)
    assert made.json()["secret"]
    assert callers.stranger.post(address, {}).status_code == 404
    assert callers.owner.post("tokens/999999/claim-code/", {}).status_code == 404


def test_a_card_of_a_provider_has_none(callers: Callers, world: World):
    msp = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")
    roaming = Token.objects.create(msp=msp, uid="04A1", canonical_uid="04A1")

    assert callers.agent.post(f"tokens/{roaming.pk}/claim-code/", {}).status_code == 404
    assert not ClaimCode.objects.exists()
