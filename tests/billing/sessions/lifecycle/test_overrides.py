"""Sessions that support starts and bills that it ends: who pays, limits, expiry, and what stands on the receipt."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from authorization.decide import decisions
from authorization.models import AuditEntry
from billing import tasks
from billing.models import Override, Receipt, Refund, Session
from billing.payments.books import ledger
from chargers.commands import queue
from chargers.models import Charger, Command, Property
from support.models import Ticket
from support.tickets.lifecycle import Facts
from tests.kit import charging
from tests.kit.admin import client, enrolled, shown
from tests.kit.tickets import opened
from tests.kit.tools import address, confirm, connect, look, refusal
from tests.kit.world import World

__all__ = ["client", "enrolled"]

VALUES = {"evse": "1", "payer": "host", "kwh": "10", "minutes": "60", "begins_within": "15"}


def now() -> datetime:
    return datetime.now(tz=UTC)


@pytest.fixture
def ticket(world: World) -> Ticket:
    connect()
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    return opened(now=now(), facts=Facts(host=world.host, property=world.site, charger=world.charger))


def ordered(client: Client, ticket: Ticket, **values: str) -> Session:
    """The override was ordered, and the charger agreed."""
    confirm(client, ticket, "override", **VALUES | values)
    Command.objects.filter(action="RemoteStartTransaction").update(state="accepted", sent_at=now())
    return Session.objects.latest("opened_at")


def charged(world: World, session: Session, *, wh: int, minutes: int = 30):
    """The car takes so much; the transaction still runs."""
    row = charging.start(world.charger, uid=session.id_token, at=now() - timedelta(minutes=minutes))
    charging.read(row, 1000 + wh, at=now() - timedelta(seconds=10))
    return row


def test_the_host_pays_and_nothing_is_billed(client: Client, ticket: Ticket, world: World):
    preview = look(client, ticket, "override", **VALUES)
    session = ordered(client, ticket)
    order = queue.ordered_start(world.charger, uid=session.id_token, evse_number=1, at=now(), now=now())
    asked = decisions.Question(kind="start", uid=session.id_token, evse_number=1, at=now())
    known = decisions.GivenFacts(ordered_start=order)
    decided = decisions.decide(charger=world.charger, question=asked, given_facts=known, now=now())
    row = charging.start(world.charger, uid=session.id_token, at=now())
    session = charging.finish(row, wh=4_000, at=now() + timedelta(minutes=30))

    assert "Sunset Stays pays: nothing is billed to anybody, and no receipt is made." in preview
    assert decided.granted_by == "start_ordered"
    assert (session.state, session.receipts.count()) == ("settled", 0)
    assert "Support started this session, and the host pays for it." in session.state_reason
    entry = AuditEntry.objects.get(verb="session.override")
    assert (entry.host, entry.after["payer"], ticket.label in entry.reason) == (world.host, "host", True)


def test_the_platform_pays_the_host_and_the_driver_nothing(client: Client, ticket: Ticket, world: World):
    preview = look(client, ticket, "override", **VALUES | {"payer": "platform"})
    session = ordered(client, ticket, payer="platform")
    row = charged(world, session, wh=4_000)
    charging.finish(row, wh=4_000, at=now())

    receipt, refund = Receipt.objects.get(kind="receipt"), Refund.objects.get()
    assert "The platform pays Sunset Stays what guests pay (“Plain”)" in preview
    assert (receipt.rating.total_minor, refund.total_minor, refund.state) == (260, 260, "done")
    assert ledger.balance(world.host, ledger.Code.HOST_PAYABLE, currency="USD") == -260
    assert ledger.balance(world.host, ledger.Code.GUEST_RECEIVABLE, currency="USD") == 0
    page = client.get(f"/s/{receipt.session.secret}/receipt/").content.decode()
    assert "Support pays for this session: you owe nothing." in page


def test_the_guest_s_own_hold_pays(client: Client, ticket: Ticket, world: World):
    paid = charging.paid_for(world.charger, at=now() - timedelta(minutes=1))
    Ticket.objects.filter(pk=ticket.pk).update(session=paid)

    preview = look(client, ticket, "override", **VALUES | {"payer": "guest"})
    session = ordered(client, ticket, payer="guest")
    row = charged(world, session, wh=4_000)
    session = charging.finish(row, wh=4_000, at=now())

    assert "out of the $40.00 held on 4242" in preview
    assert session == paid
    assert session.holds.get().captured_minor == 260


@pytest.mark.parametrize(
    ("payer", "wh", "minutes", "limit"),
    [("host", 10_000, 59, "energy"), ("host", 1_000, 61, "time"), ("platform", 1_000, 10, ""), ("host", 9_000, 59, "")],
)
def test_it_is_stopped_at_its_limits(
    client: Client, ticket: Ticket, world: World, payer: str, wh: int, minutes: int, limit: str
):
    session = ordered(client, ticket, payer=payer)
    charged(world, session, wh=wh, minutes=minutes)

    tasks.keep_overrides_within_limits()
    tasks.keep_overrides_within_limits()

    assert Override.objects.get().limit == limit
    assert Command.objects.filter(action="RemoteStopTransaction").count() == (1 if limit else 0)
    session.refresh_from_db()
    assert (session.billed_until is not None) == bool(limit)


def test_the_platform_gives_no_more_than_one_person_may(client: Client, ticket: Ticket, world: World, settings):
    settings.REFUND_ALONE_UP_TO = 2
    session = ordered(client, ticket, payer="platform")
    charged(world, session, wh=4_000)

    tasks.keep_overrides_within_limits()

    assert Override.objects.get().limit == "money"


def test_what_does_not_begin_in_time_does_not_begin(client: Client, ticket: Ticket):
    session = ordered(client, ticket)
    Session.objects.update(expires_at=now() - timedelta(seconds=1))

    tasks.give_up_waiting_sessions()

    session.refresh_from_db()
    assert session.state == "failed"


def test_a_connector_that_is_taken_is_refused(client: Client, ticket: Ticket):
    ordered(client, ticket)

    assert "That connector is taken" in refusal(client, ticket, "override", **VALUES)
    assert Override.objects.count() == 1


def test_without_a_hold_the_guest_cannot_pay(client: Client, ticket: Ticket):
    assert "What happens" not in look(client, ticket, "override", **VALUES | {"payer": "guest"})


def test_billing_stops_while_charging_goes_on(client: Client, ticket: Ticket, world: World):
    paid = charging.paid_for(world.charger, at=now() - timedelta(hours=2))
    row = charging.start(world.charger, uid=paid.id_token, at=now() - timedelta(hours=2))
    charging.read(row, 11_000, at=now() - timedelta(minutes=1))
    car = str(row.pk)

    preview = look(client, ticket, "stop-billing", transaction=car)
    confirm(client, ticket, "stop-billing", transaction=car)
    again = client.post(address(ticket, "stop-billing"), {"reason": "R", "transaction": car}, follow=True)
    session = charging.finish(row, wh=18_000, at=now() + timedelta(minutes=40))

    assert "The driver pays for 10.0 kWh, $5.00 as it stands" in preview
    assert "Its bill ended at" in again.content.decode()
    assert (session.state, session.holds.get().captured_minor) == ("settled", 500)
    page = shown(client, f"/s/{session.secret}/receipt/")
    assert "Support ended the bill then: nothing after it costs." in page
    assert "Support ended the bill at" in shown(client, f"/sessions/{session.pk}/")
    assert AuditEntry.objects.get(verb="session.billing_stopped").reason.startswith(ticket.label)


def test_an_idle_fee_ends_with_the_bill(client: Client, ticket: Ticket, world: World):
    paid = charging.paid_for(world.charger, at=now() - timedelta(hours=3))
    row = charging.start(world.charger, uid=paid.id_token, at=now() - timedelta(hours=3))
    charging.read(row, 11_000, at=now() - timedelta(minutes=1))
    confirm(client, ticket, "stop-billing", transaction=str(row.pk))

    charging.report(world.charger, "SuspendedEV", at=now() + timedelta(minutes=1))
    session = charging.finish(row, wh=10_000, at=now() + timedelta(hours=2))

    assert session.holds.get().captured_minor == 500


def test_what_is_not_billed_by_us_has_no_bill_to_stop(client: Client, ticket: Ticket, world: World):
    Charger.objects.update(accepts_any_token_until=now() + timedelta(days=1))
    row = charging.start(world.charger, uid="04A1B2C3D4", at=now() - timedelta(minutes=20))

    sent = {"reason": "R", "transaction": str(row.pk)}
    response = client.post(address(ticket, "stop-billing"), sent, follow=True)

    assert "Nothing of that session is billed by us." in response.content.decode()
