"""What sending the message before arrival again would do."""

from datetime import timedelta

import pytest

from authorization.models import Stay
from billing.sessions.arrivals import acts
from chargers.models import Unit
from support.tickets.lifecycle import Facts
from support.tools import arrival_previews
from support.tools.arrival_previews import Resend
from support.tools.case import NotPossibleError, TicketContext
from tests.kit.bookings import DAY, booking, connection, now
from tests.kit.tickets import opened
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(world: World) -> TicketContext:
    facts = Facts(host=world.host, property=world.site, charger=world.charger)
    return TicketContext(opened(facts=facts), by=world.agent, now=now())


def stay(world: World, code: str = "HM1", *, kind: str = "ical", **facts) -> Stay:
    return booking(connection(world.host, kind=kind), world.site, None, code=code, **facts)


def test_only_bookings_that_are_not_over_can_be_written_to_the_next_first(world: World, case: TicketContext):
    assert arrival_previews.obstacle(case) == "Sunset Stays has no booking that is not over: nobody can be written to."
    later = stay(world, "LATER", arrives_at=now() + 5 * DAY, departs_at=now() + 6 * DAY)
    runs = stay(world, "RUNS")
    stay(world, "OVER", arrives_at=now() - 5 * DAY, departs_at=now() - DAY)
    stay(world, "CANCELLED", cancelled_at=now())

    assert arrival_previews.choices(case) == [runs, later]
    assert arrival_previews.obstacle(case) == ""


def test_a_ticket_about_no_host_has_none(world: World):
    case = TicketContext(opened(), by=world.agent, now=now())

    assert arrival_previews.obstacle(case).startswith("The ticket names no charger")
    assert arrival_previews.choices(case) == []


@pytest.mark.parametrize(
    ("kind", "email", "sentence"),
    [
        ("hospitable", "", "Hospitable passes the message on to the guest."),
        ("ical", "melanie@example.com", "It goes by mail to"),
        ("ical", "", "There is no way to write to the guest"),
    ],
)
def test_it_says_which_way_it_goes(world: World, case: TicketContext, kind: str, email: str, sentence: str):
    row = stay(world, kind=kind, guest_email=email)

    preview = arrival_previews.resend(case, Resend(row, "en"))

    assert preview.says[1].startswith(sentence)
    assert "melanie@example.com" not in " ".join(preview.says)
    assert preview.says[-1] == "Never written so far."


def test_what_was_written_before_is_told_and_changes_the_stamp(world: World, case: TicketContext):
    row = stay(world)
    before = arrival_previews.resend(case, Resend(row, "en"))
    acts.send(row, language="en", by=world.owner, now=now())

    after = arrival_previews.resend(case, Resend(row, "en"))

    assert after.says[-1].startswith("Written ")
    assert before.stamp != after.stamp


def test_a_booking_that_is_over_is_refused(world: World, case: TicketContext):
    row = stay(world, arrives_at=now() - 5 * DAY, departs_at=now() - timedelta(hours=2))

    with pytest.raises(NotPossibleError, match="cancelled or over"):
        arrival_previews.resend(case, Resend(row, "en"))


def test_bookings_are_told_apart_by_guest_place_and_code(world: World, case: TicketContext):
    unit = Unit.objects.create(property=world.site, slug="2b", name="Apartment 2B")
    row = stay(world)
    row.unit = unit
    assert arrival_previews.describe_stay(case, row).startswith("Melanie Huber at Apartment 2B, from ")
    assert arrival_previews.describe_stay(case, row).endswith(", HM1")
    row.guest_name, row.unit, row.reference = "", None, ""
    assert arrival_previews.describe_stay(case, row).startswith("A guest at Sunset 1, from ")
