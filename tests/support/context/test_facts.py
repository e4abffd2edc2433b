"""What a ticket's page knows by itself, and the cause that follows from it."""

from datetime import timedelta

import pytest
from django.test import Client

from billing.formatting.money import money
from billing.models import Session
from billing.payouts.cycle import cycle
from chargers.models import Charger, StatusReport
from support.context import facts, suggestions
from support.models import Ticket
from support.tickets.lifecycle import Facts
from support.topics.details import Detail
from tests.kit import charging
from tests.kit.charging import YESTERDAY
from tests.kit.facts import at_charger, now, paid
from tests.kit.payouts import Books
from tests.kit.tickets import opened
from tests.kit.world import World, tap

__all__ = ["paid"]
pytestmark = pytest.mark.django_db


def online(world: World) -> None:
    Charger.objects.update(connection_id="00000000-0000-7000-8000-000000000001", connected_at=now())
    world.charger.refresh_from_db()


def suggested(ticket: Ticket) -> suggestions.Suggestion | None:
    return suggestions.suggest(facts.load(ticket, now=now()))


def test_it_shows_the_last_five_attempts_with_their_reasons(world):
    for number in range(7):
        tap(world.charger, f"FFFFFFF{number}", at=now() - timedelta(minutes=10 - number))

    found = facts.load(at_charger(world, topic=3), now=now())

    assert [one.decision.uid for one in found.attempts] == [f"FFFFFFF{number}" for number in (6, 5, 4, 3, 2)]
    assert {one.title for one in found.attempts} == {"Unknown card"}


def test_a_refused_card_suggests_what_the_catalogue_says(world):
    online(world)
    tap(world.charger, "FFFFFFFF")

    found = suggested(at_charger(world, topic=3, language="nl"))

    assert found is not None
    assert found.cause.startswith("Unknown card: ")
    assert found.actions[0].url.startswith("/authorization/")
    assert "FFFFFFFF: refused, Unknown card. Decided by us" in found.evidence[0].sentence
    assert "laadpas" in found.reply


def test_an_offline_charger_is_the_cause(world):
    Charger.objects.update(connected_at=now(), disconnected_at=now() - timedelta(hours=1))
    world.charger.refresh_from_db()

    found = suggested(at_charger(world, topic=1))

    assert found is not None
    assert found.cause.startswith("Charger is out of order")
    assert found.evidence[0].sentence.startswith("Offline: The charger has no connection to us. Since ")


def test_faults_of_the_last_days_are_the_cause_where_the_connection_is_fine(world):
    online(world)
    at = now() - timedelta(days=1)
    StatusReport.objects.create(
        charger=world.charger, evse_number=1, status="Faulted", error_code="GroundFailure", at=at, received_at=at
    )

    found = suggested(at_charger(world, topic=1, language="de"))

    assert found is not None
    assert found.cause.startswith("Charger fault: reported around that time, and not now. ")
    assert found.evidence[0].sentence.startswith("GroundFailure at ")
    assert found.reply.startswith("Die Ladestation hat um diese Zeit eine Störung gemeldet")
    StatusReport.objects.update(at=now() - timedelta(days=6))
    assert suggested(at_charger(world, topic=9)) is None


def test_an_old_bill_shows_no_attempts_of_today(world, paid):
    ticket = at_charger(world, topic=4, session=paid)
    Ticket.objects.filter(pk=ticket.pk).update(opened_at=now() - timedelta(days=1))
    tap(world.charger, "FFFFFFFF")
    ticket.refresh_from_db()

    assert "FFFFFFFF" not in [one.decision.uid for one in facts.load(ticket, now=now()).attempts]


def test_a_bill_that_is_right_is_explained_by_line(world, paid):
    found = suggested(at_charger(world, topic=5, session=paid))

    assert found is not None
    assert found.cause == "The bill follows from the readings and the rate; nothing speaks for a refund."
    assert "$8.00" in found.reply
    assert "– Connection fee: $1.00" in found.reply
    assert found.reply.endswith(
        "Total: $9.00\n\nNo idle fee was charged, although this rate has one.\n"
        "The connection fee was charged once, for the start of the session."
    )


def test_an_idle_fee_while_the_connector_was_faulted_suggests_a_refund(world, paid):
    stayed = charging.overstay(world.charger, late=timedelta(hours=1), at=YESTERDAY - timedelta(days=1))
    at = YESTERDAY - timedelta(days=1) + timedelta(hours=2, minutes=30)
    StatusReport.objects.create(charger=world.charger, evse_number=1, status="Faulted", at=at, received_at=at)

    found = suggested(at_charger(world, topic=4, session=stayed))

    assert found is not None
    assert found.cause.startswith("The connector reported a fault at ")
    assert found.cause.endswith("while the idle fee ran: the cable may not have come out.")
    assert found.actions == (suggestions.Action("Refund…", f"/sessions/{stayed.pk}/refund/"),)


@pytest.fixture
def second(world: World, paid: Session) -> Session:
    """The charger began anew under the payment of a guest, which covers one start: held."""
    began = YESTERDAY + timedelta(hours=3)
    row = charging.start(world.charger, uid="04A1B2C3D4", at=began)
    Session.objects.filter(transaction=row).update(audience="guest", id_token=paid.id_token)
    return charging.finish(row, wh=5000, at=began + timedelta(hours=1))


def test_a_second_start_under_a_payment_is_not_said_to_have_impossible_readings(world, second):
    why = "The charger began anew under a payment that covers one start: nothing is held on a card for this session."
    reply = f"{why} Nothing is billed until the host has checked it."

    found = suggested(at_charger(world, topic=4, session=second))

    assert found is not None
    assert found.cause == f"The session is held for review, and nothing is billed. {why}"
    assert found.reply == reply
    assert reply in Client().get(f"/s/{second.secret}/").content.decode()


def test_it_suggests_nothing_where_nothing_is_known(world):
    online(world)

    assert suggested(opened(topic=4)) is None
    assert suggested(opened(topic=6)) is None
    assert suggested(at_charger(world, topic=8)) is None


def test_it_finds_the_session_that_the_details_name(world, paid):
    ticket = opened(
        facts=Facts(property=world.site, host=world.host),
        given={Detail.AMOUNT: "9.00", Detail.LAST4: "4242"},
        now=now(),
    )

    found = facts.load(ticket, now=now())

    assert found.session == paid
    assert found.money is not None
    assert found.money.receipt is not None
    assert (
        found.matches[0].sentence
        == "Certain: the amount of $9.00, the card ending in 4242 and the e-mail address agree."
    )


def test_it_lists_similar_tickets_live_ones_first(world):
    old = at_charger(world, topic=1)
    Ticket.objects.filter(pk=old.pk).update(state="closed", closed_at=now())
    live = opened(topic=4, now=now())

    found = facts.load(at_charger(world, topic=1), now=now())

    assert {one.pk for one in found.similar} == {old.pk, live.pk}
    assert found.similar[0] == live


def test_it_costs_at_most_33_queries(world, paid, django_assert_max_num_queries):
    for number in range(12):
        tap(world.charger, f"FFFFFF{number:02d}")
        charging.report(world.charger, "Faulted", at=now() - timedelta(minutes=number))
    ticket = at_charger(world, topic=4, session=paid)

    with django_assert_max_num_queries(33):
        suggestions.suggest(facts.load(ticket, now=now()))


def test_a_payout_is_explained_by_its_rows(world):
    books = Books(host=world.host, place=world.charger.property, charger=world.charger)
    books.agree(cycle="manual")
    books.bank()
    books.sale(1190, tax=190, at=now() - timedelta(days=3))
    payout = cycle.close(books.scope, until=now(), now=now())
    assert payout is not None
    ticket = opened(topic=10, facts=Facts(host=world.host, payout=payout), now=now(), language="en")

    found = suggested(ticket)

    assert found is not None
    assert found.reply.startswith(f"{payout.label}: ")
    assert found.evidence[0].sentence.endswith("$11.90")
    assert len(found.evidence) == len(payout.bridge)
    assert f"Total: {money(payout.amount_minor, payout.currency)}" in found.reply
    assert "Bank accounts" not in found.reply
