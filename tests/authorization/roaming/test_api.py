"""The REST API about mobility providers that a host takes no cards of."""

import pytest

from authorization.models import (
    AuditEntry,
    MobilityProvider,
    ProviderBlock,
    Token,
)
from tests.kit.callers import Callers
from tests.kit.imports_api import paths, prefix, verdict
from tests.kit.world import World

__all__ = ["prefix"]
pytestmark = pytest.mark.django_db
UID = "04FFEE0042"


def test_it_blocks_a_provider_at_the_hosts_own_chargers_and_lifts_it(callers: Callers, world: World, prefix):
    msp = MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")
    Token.objects.create(msp=msp, uid=UID, canonical_uid=UID)

    made = callers.owner.post("provider-blocks/", {"provider": "NL-EMS", "reason": "Unpaid"})

    assert made.status_code == 201
    assert verdict(callers) == "msp_blocked"
    address = f"provider-blocks/{made.json()['id']}/"
    assert callers.stranger.delete(f"{address}?reason=x").status_code == 404
    assert paths(callers.owner.delete(address)) == ["reason"]
    assert callers.owner.delete(f"{address}?reason=Paid").status_code == 204
    assert not ProviderBlock.objects.exists()
    assert verdict(callers) == "not_public"
    entries = AuditEntry.objects.order_by("id").values_list("actor", "verb", "reason")
    assert list(entries) == [(prefix, "provider.blocked", "Unpaid"), (prefix, "provider.unblocked", "Paid")]
    assert paths(callers.owner.post("provider-blocks/", {"provider": "NL-XXX", "reason": "x"})) == ["provider"]
