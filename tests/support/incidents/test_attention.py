"""Incidents at hosts: what they read at their chargers of it and of the ladder's tickets; replies by language."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AuditEntry
from billing.models import Letter
from chargers.models import Charger, Recovery, RecoveryPolicy
from support import tasks
from support.models import CommonFault, Ticket
from tests.kit.admin import client, enrolled
from tests.kit.attention import incident, text_of
from tests.kit.world import World

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


@pytest.fixture
def reported(world: World) -> Recovery:
    """A ladder that the owner allowed, and that ended with people."""
    RecoveryPolicy.objects.create(
        property=world.site, steps=["ticket"], changed_at=NOW, changed_by=f"user:{world.owner.email}"
    )
    Charger.objects.update(disconnected_at=NOW - timedelta(hours=3))
    return Recovery.objects.create(
        charger=world.charger,
        kind="offline",
        since=NOW - timedelta(hours=3),
        began_at=NOW - timedelta(hours=2),
        state="reported",
        ended_at=NOW,
        next_look_at=NOW,
    )


def test_who_allowed_the_ladder_gets_a_mail_and_follows_its_ticket(world, reported, client_of):
    tasks.report_recoveries()
    tasks.report_recoveries()

    ticket = Ticket.objects.get()
    assert (ticket.opened_by, ticket.email) == (world.owner, world.owner.email)
    letter = Letter.objects.get()
    assert letter.address == world.owner.email
    assert f"The safe ladder could not bring SUN001 back, and opened {ticket.label} for you." in letter.text
    owner = client_of(world.owner)
    listed = text_of(owner.get("/support/"))
    assert ticket.label in listed
    assert "The safe ladder, for owner@example.com" in listed
    assert f"The safe ladder opened {ticket.label}" in text_of(owner.get("/attention/"))
    own = text_of(owner.get(f"/help/t/{ticket.secret}/"))
    assert "SUN001: Offline since" in own
    assert "<strong>The safe ladder</strong>" in own
    assert "Still needed" not in own
    assert ticket.label not in text_of(client_of(world.stranger).get("/attention/"))
    Ticket.objects.update(state="solved", solved_at=NOW)
    assert "The safe ladder opened" not in text_of(owner.get("/attention/"))


@pytest.mark.parametrize("chosen_by", ["api:abcd", "user:gone@example.com", "user:teammate@example.com"])
def test_the_first_owner_gets_it_where_nobody_who_operates_allowed_it(world, reported, chosen_by: str):
    RecoveryPolicy.objects.update(changed_by=chosen_by)

    tasks.report_recoveries()

    assert Ticket.objects.get().opened_by == world.owner
