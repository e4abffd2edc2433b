"""The facts that a ticket's tools work on."""

from datetime import UTC, datetime

import pytest

from billing.models import Driver, Session
from chargers.models import Transaction
from support.models import Ticket
from support.tools import case as cases
from support.tools.case import TicketContext
from support.topics.details import Detail
from tests.kit.callers import paid, rate
from tests.kit.drivers import NOW, driver_of
from tests.kit.tickets import opened
from tests.kit.world import World, make_charger

__all__ = ["paid", "rate"]
pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def case_of(world: World, **columns) -> TicketContext:
    ticket = opened(email=columns.pop("email", "kim@example.com"), given=columns.pop("given", {}))
    Ticket.objects.filter(pk=ticket.pk).update(**columns)
    ticket.refresh_from_db()
    return TicketContext(ticket, by=world.agent, now=NOW)


def test_a_ticket_about_nothing_has_no_facts(world: World):
    case = case_of(world)

    assert (case.session, case.charger, case.host, case.receipt, case.newest_receipt) == (None,) * 5
    assert (case.running, case.zone.key) == ([], "UTC")


def test_a_session_leads_to_its_charger_its_host_and_its_receipt(world: World, paid: Session):
    case = case_of(world, session=paid)

    assert (case.charger, case.host) == (world.charger, world.host)
    assert case.receipt == case.newest_receipt == paid.receipts.get()
    assert case.zone.key == "America/New_York"


def test_the_ticket_s_own_charger_goes_before_the_session_s(world: World, paid: Session):
    other = make_charger(world.site, "CP2", station_id="SUN002")

    assert case_of(world, session=paid, charger=other).charger == other


def test_what_charges_comes_with_its_session_where_billing_knows_it(world: World, paid: Session):
    Transaction.objects.update(stopped_at=None)
    known = paid.transaction
    facts = {"charger": world.charger, "started_at": NOW, "start_received_at": NOW, "ocpp_version": "1.6"}
    unknown = Transaction.objects.create(transaction_id="8", **facts)
    Transaction.objects.create(transaction_id="9", case=Transaction.Case.NEVER_STOPPED, **facts)

    running = case_of(world, charger=world.charger).running

    assert [(car.transaction, car.session) for car in running] == [(unknown, None), (known, paid)]


def test_the_account_that_is_named_goes_before_the_one_that_writes(world: World):
    kim, lee = driver_of("kim@example.com"), driver_of("lee@example.com")

    def driver(**columns) -> Driver | None:
        return case_of(world, **columns).driver

    assert driver() == kim
    assert driver(given={Detail.ACCOUNT_EMAIL: " LEE@example.com "}) == lee
    assert driver(given={Detail.ACCOUNT_EMAIL: "nobody@example.com"}) == kim
    assert driver(email="stranger@example.com") is None


def test_moments_are_told_by_the_clock_of_the_place(world: World):
    assert cases.clock(case_of(world), NOON) == "10 Mar, 12:00"
    assert cases.clock(case_of(world, charger=world.charger), NOON) == "10 Mar, 08:00"
    assert cases.clock_at(world.charger, NOON) == "10 Mar, 08:00"
