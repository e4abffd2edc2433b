"""The last step of the safe ladder: whose ticket it opens, and who reads of it."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.models import OutgoingMail
from chargers.models import Charger, Recovery, RecoveryPolicy
from support import tasks
from support.models import Ticket
from support.requests.acts import recoveries
from tests.kit.attention import text_of
from tests.kit.world import World

pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)


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
    outgoing = OutgoingMail.objects.get()
    assert outgoing.address == world.owner.email
    assert f"The safe ladder could not bring SUN001 back, and opened {ticket.label} for you." in outgoing.text
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


def test_a_second_trouble_is_written_on_the_ticket_that_is_open(world: World, reported: Recovery):
    assert recoveries.report(reported, now=NOW)
    later = Recovery.objects.create(
        charger=world.charger,
        kind="faulted",
        detail="GroundFailure",
        since=NOW,
        began_at=NOW,
        state="reported",
        ended_at=NOW,
        next_look_at=NOW,
        waits_for="charging",
    )

    assert recoveries.report(later, now=NOW)

    text = Ticket.objects.get().messages.order_by("id").last().text
    assert "SUN001: Faulted GroundFailure since" in text
    assert "Nothing could be tried" in text


def test_what_another_worker_reported_is_not_reported_again(world: World, reported: Recovery):
    assert recoveries.report(reported, now=NOW)

    assert not recoveries.report(reported, now=NOW)
    assert Ticket.objects.get().messages.count() == 1
