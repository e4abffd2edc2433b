"""A property system's link, completed for a ticket: mapped and read, or nothing at all."""

import pytest

from authorization.models import AuditEntry, PmsConnection
from authorization.people.access import NotAllowedError
from authorization.pms.connections import Target
from support.tools.acts import property_systems
from support.tools.case import NotPossibleError
from support.tools.pms_previews import ChosenConnection
from tests.kit.connected_systems import NOW, guesty
from tests.kit.world import World

__all__ = ["guesty"]
pytestmark = pytest.mark.django_db


def test_a_listing_is_mapped_and_then_all_is_read(world: World, guesty: PmsConnection):
    chosen = ChosenConnection(guesty, guesty.listings.get(), Target(world.site))

    result = property_systems.sync(chosen, by=world.agent, now=NOW)

    assert result.startswith("“Apartment 2B” of Our Guesty is all of Sunset 1 now. Our Guesty is read within seconds")
    assert guesty.listings.get().property == world.site
    assert PmsConnection.objects.get().next_due_at == NOW


def test_what_is_mapped_already_is_refused(world: World, guesty: PmsConnection):
    guesty.listings.update(property=world.site)

    with pytest.raises(NotPossibleError, match="is all of Sunset 1 already"):
        property_systems.sync(
            ChosenConnection(guesty, guesty.listings.get(), Target(world.site)), by=world.agent, now=NOW
        )


def test_of_a_paused_system_nothing_is_mapped_either(world: World, guesty: PmsConnection):
    PmsConnection.objects.update(is_enabled=False)

    with pytest.raises(NotPossibleError, match="is paused"):
        property_systems.sync(
            ChosenConnection(guesty, guesty.listings.get(), Target(world.site)), by=world.agent, now=NOW
        )

    assert guesty.listings.get().property is None
    assert not AuditEntry.objects.filter(verb="pms.mapped").exists()


def test_who_does_not_manage_the_host_asks_for_nothing(world: World, guesty: PmsConnection):
    with pytest.raises(NotAllowedError):
        property_systems.sync(ChosenConnection(guesty, None, None), by=world.stranger, now=NOW)
