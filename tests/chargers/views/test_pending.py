"""Handshakes of unknown charger ids, for agents; a host sees those of its chargers on their own pages."""

import pytest

from chargers.models import FailedHandshake
from tests.kit.wizard_pages import now


@pytest.mark.parametrize(("person", "status"), [("owner", 404), ("teammate", 404), ("stranger", 404), ("agent", 200)])
def test_only_agents_see_who_knocked(world, client_of, person, status):
    assert client_of(getattr(world, person)).get("/chargers/pending/").status_code == status


def test_it_lists_unknown_ids_with_where_from_and_what_they_offer_until_they_are_added(world, client_of):
    for source in ("192.0.2.7", "192.0.2.8"):
        FailedHandshake.objects.create(
            presented_id="N&W", source=source, reason="unknown_charger", subprotocols="ocpp1.6", at=now()
        )
    FailedHandshake.objects.create(presented_id="CP1", source="192.0.2.9", reason="unknown_charger", at=now())
    client = client_of(world.agent)

    text = client.get("/chargers/pending/").content.decode()

    assert "N&amp;W" in text
    assert "192.0.2.8" in text
    assert "and 1 more" in text
    assert "ocpp1.6" in text
    assert "192.0.2.9" not in text
    assert 'href="/chargers/add/?id=N%26W"' in text
    assert 'value="N&amp;W"' in client.get("/chargers/add/?id=N%26W").content.decode()
