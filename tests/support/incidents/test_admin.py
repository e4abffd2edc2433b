"""Incidents for agents: the chargers, the tickets that belong to each, and one reply to all of them."""

from datetime import UTC, datetime

import pytest

from support.incidents import detection
from support.models import TicketMessage
from support.tickets.lifecycle import Facts
from tests.kit.admin import client, enrolled
from tests.kit.attention import incident, text_of
from tests.kit.tickets import opened

__all__ = ["client", "enrolled", "incident"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)
PAGE = "/admin/support/commonfault/{}/change/"


def test_a_reply_to_all_says_who_reads_what_and_has_a_text_for_each_language(world, incident, client):
    for language in ("en", "de", "de", "nl"):
        opened(topic=1, now=NOW, language=language, facts=Facts(host=world.host, charger=world.charger))
    detection.watch(now=NOW)
    page = text_of(client.get(PAGE.format(incident.pk)))
    assert "They read German (2), English (1), Dutch (1)." in page
    seen = page.split('name="seen" value="')[1].split('"')[0]

    posted = {"text": "We look at it.", "text_de": "Wir sehen es uns an.", "text_nl": " ", "seen": seen}
    client.post(PAGE.format(incident.pk), posted)

    written = TicketMessage.objects.filter(author="agent").order_by("ticket_id").values_list("text", flat=True)
    assert list(written) == ["We look at it.", "Wir sehen es uns an.", "Wir sehen es uns an.", "We look at it."]
