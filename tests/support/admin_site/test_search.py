"""The agents' search: the keys that are looked up, and the notations that they are accepted in."""

import pytest
from django.test import Client

from tests.kit.admin import charge, client, enrolled, shown
from tests.kit.world import World

__all__ = ["client", "enrolled"]


@pytest.mark.parametrize("spelling", ["04A1B2C3D4", "04:a1:b2:c3:d4", "04 a1 b2 c3 d4", "0x04A1B2C3D4", "D4C3B2A104"])
def test_it_finds_by_a_uid_in_any_notation(client: Client, world: World, spelling: str):
    charged = charge(world.charger, "04A1B2C3D4")

    page = shown(client, f"/admin/?q={spelling}")

    for address in (
        f"/admin/authorization/token/{world.member.pk}/change/",
        f"/admin/authorization/decision/{charged.decision.pk}/change/",
        f"/admin/chargers/transaction/{charged.transaction.pk}/change/",
        f"/admin/billing/session/{charged.session.pk}/change/",
    ):
        assert address in page


@pytest.mark.parametrize("term", ["а1", "'; --", "99999999999999999999", "2026-" + "9" * 18, "x" * 300])
def test_it_finds_nothing_by_what_is_no_key(client: Client, world: World, term: str):
    charge(world.charger, "04A1B2C3D4")

    page = shown(client, f"/admin/?q={term}")

    assert "/change/" not in page


def test_it_finds_the_same_in_the_box_that_the_keyboard_opens(client: Client, world: World):
    charged = charge(world.charger, "04A1B2C3D4")

    page = shown(client, "/admin/search/?extended=1&s=4242")

    assert f"/admin/billing/session/{charged.session.pk}/change/" in page
    assert "/change/" not in shown(client, "/admin/search/?extended=1&s=0000")
    assert "/change/" not in shown(client, "/admin/search/?extended=1&s=")
