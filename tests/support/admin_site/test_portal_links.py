"""From a row of the admin to its page in the portal, and back."""

from django.test import Client

from tests.kit.admin import charge, client, enrolled, shown
from tests.kit.world import World

__all__ = ["client", "enrolled"]


def test_a_row_leads_to_its_page_in_the_portal_and_that_page_back(client: Client, world: World):
    charged = charge(world.charger, "04A1B2C3D4")
    ways = {
        f"chargers/charger/{world.charger.pk}": ("/chargers/CP1/", True),
        f"billing/session/{charged.session.pk}": (f"/sessions/{charged.session.pk}/", False),
        f"billing/receipt/{charged.receipt.pk}": (f"/sessions/{charged.session.pk}/", False),
        f"authorization/token/{world.member.pk}": (f"/authorization/tokens/{world.member.pk}/", True),
        f"authorization/decision/{charged.decision.pk}": (f"/authorization/decisions/{charged.decision.pk}/", True),
        f"chargers/property/{world.site.pk}": ("/properties/sunset-1/", True),
        f"authorization/membership/{world.owner.memberships.get().pk}": ("/people/sunset/", False),
    }

    for row, (page, is_both_ways) in ways.items():
        assert f'<a href="{page}" class="text-link">Open in portal</a>' in shown(client, f"/admin/{row}/change/"), row
        if is_both_ways:
            assert f'<a href="/admin/{row}/change/">Open in admin</a>' in shown(client, page), row


def test_nobody_else_is_shown_the_way_to_the_admin(world: World, client_of):
    assert "/admin/" not in shown(client_of(world.owner), "/chargers/CP1/")
