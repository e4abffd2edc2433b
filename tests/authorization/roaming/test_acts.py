"""Blocks of mobility providers: a host's by its managers, everywhere by agents."""

import pytest

from authorization.models import AuditEntry, MobilityProvider, ProviderBlock, User
from authorization.people.access import NotAllowedError
from authorization.roaming import acts
from tests.kit.drivers import NOW
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def msp(db: None) -> MobilityProvider:
    return MobilityProvider.objects.create(country_code="NL", party_id="EMS", name="Example eMSP")


@pytest.mark.parametrize(
    ("person", "may_at_host", "may_everywhere"),
    [("owner", True, False), ("teammate", False, False), ("stranger", False, False), ("agent", True, True)],
)
def test_who_may_block_where(world: World, msp: MobilityProvider, person: str, may_at_host: bool, may_everywhere: bool):
    by: User = getattr(world, person)

    for host, may in ((world.host, may_at_host), (None, may_everywhere)):
        for act in (acts.block, acts.unblock):
            if may:
                act(msp, host, reason="Because", by=by, now=NOW)
            else:
                with pytest.raises(NotAllowedError):
                    act(msp, host, reason="Because", by=by, now=NOW)
    assert AuditEntry.objects.count() == 2 * may_at_host + 2 * may_everywhere


def test_a_host_s_block_is_its_own(world: World, msp: MobilityProvider):
    acts.block(msp, world.host, reason="They do not pay", by=world.owner, now=NOW)

    msp.refresh_from_db()
    assert not msp.blocked
    assert ProviderBlock.objects.get().host == world.host
    entry = AuditEntry.objects.get(verb="provider.blocked")
    assert (entry.subject_id, entry.host, entry.reason) == ("NL-EMS", world.host, "They do not pay")


def test_only_who_manages_somewhere_asks_for_a_provider_s_cards(world: World, msp: MobilityProvider):
    with pytest.raises(NotAllowedError):
        acts.resync(msp, by=world.teammate, now=NOW)

    assert acts.resync(msp, by=world.owner, now=NOW)
    assert not acts.resync(msp, by=world.owner, now=NOW)
    assert AuditEntry.objects.filter(verb="provider.resync_asked").count() == 1
