"""Incidents at hosts: what they read at their chargers of it and of the ladder's tickets; replies by language."""

from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry
from support.models import CommonFault
from tests.kit.admin import client, enrolled
from tests.kit.attention import incident, text_of

__all__ = ["client", "enrolled", "incident"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)
PAGE = "/admin/support/commonfault/{}/change/"


def test_a_host_reads_of_the_incident_and_what_support_says(world, incident, client, client_of):
    owner = client_of(world.owner)
    before = text_of(owner.get("/chargers/CP1/"))
    assert "Part of an incident since" in before
    assert "Several chargers of this property do not work" in before

    client.post(PAGE.format(incident.pk), {"do": "note", "note": "The router of the place is off."})

    assert AuditEntry.objects.get(verb="incident.noted").after == {"note": "The router of the place is off."}
    assert "The router of the place is off." in text_of(owner.get("/chargers/CP1/"))
    assert "Support: The router of the place is off." in text_of(owner.get("/attention/"))
    assert "The router" not in text_of(client_of(world.stranger).get("/attention/"))
    CommonFault.objects.update(closed_at=NOW)
    assert "Part of an incident" not in text_of(owner.get("/chargers/CP1/"))
