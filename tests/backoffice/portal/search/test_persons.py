"""People: members and outsiders of a host, guests of stays, and those who left an address for a receipt."""

from datetime import UTC, datetime, timedelta

import pytest

from backoffice.portal.search import finding
from billing.models import Session
from tests.kit.finding import known

__all__ = ["known"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        ("Blff House", "property", "bluff-house"),
        ("Harbuor Hotle", "property", "harbour-hotel"),
        ("harbour hotell", "property", "harbour-hotel"),
        ("Apartmetn 3A", "unit", "3a"),
        ("Aparment", "unit", "2b"),
        ("SNU001", "charger", "CP-SUNSET-1"),
        ("ownr", "person", "owner@example.com"),
    ],
)
def test_a_name_with_a_typo_is_found_and_not_opened_by_itself(known, text, kind, key):
    found = {(hit.kind, hit.id): hit for hit in finding.find(known.owner, text)}

    assert (kind, key) in found, list(found)
    assert not found[kind, key].is_sure


def test_a_part_of_an_address_leads_to_its_sessions_and_shows_no_address(known):
    lately = datetime.now(tz=UTC) - timedelta(days=1)
    Session.objects.filter(host=known.host).update(guest_email="kim.de.vries@posteo.example", opened_at=lately)

    for part in ("vries@post", "posteo.example", "kim.de", "KIM.DE.VRIES@"):
        hits = [hit for hit in finding.find(known.owner, part) if hit.kind == "session"]
        assert hits, part
        assert "posteo" not in " ".join(f"{hit.id} {hit.title} {hit.url} {hit.why}" for hit in hits)
    assert [hit for hit in finding.find(known.stranger, "vries@post") if hit.kind == "session"] == []
