"""Properties > one > Safe ladder, what charger and timeline show of it, its ticket, and the same by API."""

from datetime import UTC, datetime

from chargers.models import (
    Charger,
    Recovery,
    RecoveryPolicy,
)
from chargers.recovery import progress
from support import tasks
from support.models import Ticket
from tests.kit.recovery_pages import tried
from tests.kit.world import World

__all__ = ["tried"]
PAGE = "/properties/sunset-1/ladder/"


def test_a_step_that_does_not_exist_is_refused_in_words(world: World, client_of):
    assert (
        "not one of the available choices" in client_of(world.owner).post(PAGE, {"steps": "explode"}).content.decode()
    )
    assert not RecoveryPolicy.objects.exists()


def test_what_was_tried_is_on_the_charger_s_page_and_in_the_timeline(world: World, tried: Recovery, client_of):
    client = client_of(world.owner)

    for page in (PAGE, "/chargers/CP1/"):
        text = client.get(page).content.decode()
        assert "Ask the charger for its status" in text
        assert "no change" in text
        assert "Handed to people" in text
    assert "The safe ladder: ask for its status" in client.get("/support/chargers/CP1/").content.decode()


def test_its_ticket_is_opened_once_and_says_what_was_tried(world: World, tried: Recovery):
    tasks.report_recoveries()
    tasks.report_recoveries()

    ticket = Ticket.objects.get()
    tried.refresh_from_db()
    assert (ticket.charger, ticket.host, tried.ticket_label) == (world.charger, world.host, ticket.label)
    text = ticket.messages.get().text
    assert "SUN001: Faulted InternalError since" in text
    assert "ask the charger for its status, the charger answered: accepted." in text


def test_a_retired_charger_is_left_alone(world: World, tried: Recovery):
    Charger.objects.update(retired_at=datetime.now(tz=UTC))
    Recovery.objects.all().delete()
    progress.begin_due(now=datetime.now(tz=UTC))

    assert not Recovery.objects.exists()
