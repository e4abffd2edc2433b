"""Tools for who may charge: a visitor, a guest's stay, a card, a charger's place."""

from datetime import UTC, datetime

from django.test import Client

from authorization.models import AccessRequest, AuditEntry, Stay
from support.models import Ticket
from tests.kit.admin import client, enrolled
from tests.kit.tools import confirm, look
from tests.kit.tools_charging import now, ticket
from tests.kit.world import World

__all__ = ["client", "enrolled", "ticket"]


def test_it_lets_a_visitor_in_and_hands_over_their_link(client: Client, ticket: Ticket):
    preview = look(client, ticket, "let-in", name="Kim", hours="4")
    done = confirm(client, ticket, "let-in", name="Kim", hours="4")

    asked = AccessRequest.objects.get()
    assert "Kim may charge at SUN001 until" in preview
    assert "They pay nothing to us: members have no rate there." in preview
    assert (asked.state, asked.email) == ("granted", "kim@example.com")
    assert f"/ask/{asked.secret}/" in done.result
    assert AuditEntry.objects.get(verb="access_request.granted").reason == f"{ticket.label}: Kim is stuck."


def test_it_answers_the_request_that_waits(client: Client, ticket: Ticket, world: World):
    asked = AccessRequest.objects.create(
        charger=world.charger, secret="s" * 20, name="Kim R.", email="kim@example.com", asked_at=now()
    )

    assert "This answers their request of" in look(client, ticket, "let-in", name="Kim R.", hours="24")
    confirm(client, ticket, "let-in", name="Kim R.", hours="24")

    asked.refresh_from_db()
    assert (asked.state, AccessRequest.objects.count()) == ("granted", 1)


def test_a_reservation_is_entered_by_hand_and_the_page_says_so(client: Client, ticket: Ticket, world: World):
    values = {
        "place": f"{world.site.pk}/",
        "guest_name": "Kim",
        "uid": "04 FF EE DD",
        "arrives": "2026-12-01T15:00",
        "departs": "2026-12-04T11:00",
    }

    assert "The card 04FFEEDD may charge at" in look(client, ticket, "stay", **values)
    confirm(client, ticket, "stay", **values)

    stay = Stay.objects.get()
    assert stay.arrives_at == datetime(2026, 12, 1, 20, 0, tzinfo=UTC)  # 15:00 in New York
    assert "depart before they arrive" in look(client, ticket, "stay", **values | {"departs": "2026-11-30T11:00"})


def test_a_card_joins_a_group(client: Client, ticket: Ticket, world: World):
    group = str(world.group.pk)

    preview = look(client, ticket, "whitelist", uid="04:FF:EE:DD", group=group)
    confirm(client, ticket, "whitelist", uid="04:FF:EE:DD", group=group)

    assert "The group opens Sunset 1." in preview
    assert world.group.tokens.filter(canonical_uid="04FFEEDD").exists()
    assert "What happens" not in look(client, ticket, "whitelist", uid="!!", group=group)
