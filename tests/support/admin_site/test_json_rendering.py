"""Stored JSON as people read it: names with values, lists of alike things as tables."""

from django.test import Client

from billing.models import Session
from tests.kit.admin import charge, client, enrolled, shown
from tests.kit.world import World

__all__ = ["client", "enrolled"]


def test_json_is_shown_as_names_and_values(client: Client, world: World):
    rating = charge(world.charger, "04A1B2C3D4").receipt.rating
    page = shown(client, f"/admin/billing/rating/{rating.pk}/change/")

    assert '<th scope="col">unit price</th>' in page
    assert "8 kWh at 0.50" in page
    assert "&quot;kind&quot;" not in page
    Session.objects.filter(pk=rating.session_id).update(benefits={"x": "<script>alert(1)</script>", "is_final": True})
    page = shown(client, f"/admin/billing/session/{rating.session_id}/change/")
    assert "<dt>is final</dt><dd>yes</dd>" in page
    assert "<script>alert" not in page
