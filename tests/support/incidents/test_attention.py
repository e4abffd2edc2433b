"""Incidents at hosts: what they read at their chargers of it and of the ladder's tickets; replies by language."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import AuditEntry
from billing.models import Letter
from chargers.fleet import presence
from chargers.models import Charger, Recovery, RecoveryPolicy
from support import tasks
from support.incidents import watching
from support.models import CommonFault, Ticket, TicketMessage
from support.tickets.lifecycle import Facts
from tests.kit.admin import client, enrolled
from tests.kit.tickets import opened
from tests.kit.world import World, make_charger

__all__ = ["client", "enrolled"]

NOW = datetime.now(tz=UTC)
PAGE = "/admin/support/commonfault/{}/change/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def incident(world: World) -> CommonFault:
    """Three chargers of a site that lost the contact half an hour ago."""
    made = [world.charger, *(make_charger(world.site, f"CP{n}", station_id=f"SUN00{n}") for n in (2, 3))]
    for charger in made:
        connection, at = uuid.uuid4(), NOW - timedelta(hours=1)
        presence.connect(charger, connection_id=connection, version="1.6", now=at)
        charger.refresh_from_db()
        presence.disconnect(charger, connection_id=connection, now=NOW - timedelta(minutes=30))
    watching.watch(now=NOW)
    return CommonFault.objects.get()


def text_of(answer) -> str:
    return answer.content.decode().replace("&#x27;", "'")


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


def test_a_reply_to_all_says_who_reads_what_and_has_a_text_for_each_language(world, incident, client):
    for language in ("en", "de", "de", "nl"):
        opened(topic=1, now=NOW, language=language, facts=Facts(host=world.host, charger=world.charger))
    watching.watch(now=NOW)
    page = text_of(client.get(PAGE.format(incident.pk)))
    assert "They read German (2), English (1), Dutch (1)." in page
    seen = page.split('name="seen" value="')[1].split('"')[0]

    posted = {"text": "We look at it.", "text_de": "Wir sehen es uns an.", "text_nl": " ", "seen": seen}
    client.post(PAGE.format(incident.pk), posted)

    written = TicketMessage.objects.filter(author="agent").order_by("ticket_id").values_list("text", flat=True)
    assert list(written) == ["We look at it.", "Wir sehen es uns an.", "Wir sehen es uns an.", "We look at it."]


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
