"""The tools of a ticket's page: permission, reason, consequence, act, audit entry with the ticket's number, result."""

import html
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from authorization.models import AccessRequest, AuditEntry, Decision, Stay, User
from billing.models import Letter, Refund, Session
from chargers.models import Charger, Command, Connector, Property
from support.models import Ticket, ToolUse
from support.tickets.lifecycle import Facts
from tests.kit import charging
from tests.kit.admin import client, enrolled, shown
from tests.kit.tickets import opened
from tests.kit.tools import address, confirm, connect, look, refusal
from tests.kit.world import World

__all__ = ["client", "enrolled"]


def now() -> datetime:
    return datetime.now(tz=UTC)


@pytest.fixture
def ticket(world: World) -> Ticket:
    connect()
    return opened(now=now(), facts=Facts(host=world.host, property=world.site, charger=world.charger))


@pytest.fixture
def running(world: World, ticket: Ticket) -> Session:
    """A guest who charges now: 40.00 held, 12 kWh so far."""
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    begun = now() - timedelta(hours=2)
    session = charging.paid_for(world.charger, at=begun)
    row = charging.start(world.charger, uid=session.id_token, at=begun + timedelta(minutes=1))
    charging.read(row, 13_000, at=now() - timedelta(minutes=1))
    Ticket.objects.filter(pk=ticket.pk).update(session=session)
    ticket.refresh_from_db()
    session.refresh_from_db()
    return session


def test_it_stops_a_car_after_saying_what_the_driver_pays(client: Client, ticket: Ticket, running: Session):
    car = str(running.transaction_id)

    preview = look(client, ticket, "stop", transaction=car)
    done = confirm(client, ticket, "stop", transaction=car)

    assert "This stops the car at SUN001, connector 1 now; the driver pays for 12.0 kWh, $5.80 as it stands." in preview
    assert (done.state, Command.objects.get().action) == ("done", "RemoteStopTransaction")
    assert "RemoteStopTransaction was sent to SUN001" in ticket.messages.get(author="system").text
    entry = AuditEntry.objects.get(verb="charger.command")
    assert entry.reason == f"{ticket.label}: Kim is stuck."
    assert AuditEntry.objects.get(verb="ticket.tool_used").after["tool"] == "stop"


def test_a_form_that_is_confirmed_twice_acts_once(client: Client, ticket: Ticket, running: Session):
    once, car = str(uuid.uuid4()), str(running.transaction_id)

    for _ in range(2):
        confirm(client, ticket, "stop", once=once, transaction=car)

    assert (Command.objects.count(), ToolUse.objects.count()) == (1, 1)


def test_without_a_reason_nothing_is_shown_or_done(client: Client, ticket: Ticket):
    response = client.post(address(ticket, "status"), {"confirmed": "1", "once": str(uuid.uuid4())}, follow=True)

    assert "Say why: without a reason nothing is done." in response.content.decode()
    assert not Command.objects.exists()


@pytest.mark.parametrize(
    ("version", "key", "values", "sentence"),
    [
        ("1.6", "unlock", {"evse": "1"}, "ends its session first. The driver pays for 12.0 kWh, $5.80"),
        ("2.0.1", "unlock", {"evse": "1"}, "the charger will refuse: stop it first"),
        ("2.0.1", "unlock", {"evse": "1"}, "It opens no door, gate or barrier"),
        ("1.6", "reset", {"kind": "soft"}, "its session ends; the driver pays for 12.0 kWh"),
        ("2.0.1", "reset", {"kind": "soft"}, "the restart waits for it"),
        ("2.0.1", "reset", {"kind": "hard"}, "its session ends"),
        ("1.6", "status", {}, "Nothing changes at the charger"),
    ],
)
def test_it_says_what_a_command_does_in_the_charger_s_version(
    client: Client, ticket: Ticket, running: Session, version: str, key: str, values: dict[str, str], sentence: str
):
    Charger.objects.update(ocpp_version=version)

    assert sentence in look(client, ticket, key, **values)
    assert confirm(client, ticket, key, **values).state == "done"


def test_a_restart_says_that_the_car_paused_and_which_connectors_are_faulted(
    client: Client, ticket: Ticket, world: World, running: Session
):
    for number, status in ((1, "SuspendedEV"), (2, "Faulted")):
        evse, _ = world.charger.evses.get_or_create(number=number)
        Connector.objects.update_or_create(evse=evse, number=1, defaults={"status": status})

    preview = look(client, ticket, "reset", kind="soft")

    assert "A session runs at SUN001, connector 1 (paused by the car): its session ends" in preview
    assert "Faulted now: connector 2." in preview


def test_a_charger_that_is_not_connected_gets_no_command(client: Client, ticket: Ticket):
    Charger.objects.update(connection_id=None)

    response = client.post(address(ticket, "reset"), {"reason": "Try it.", "kind": "soft"}, follow=True)

    assert (response.status_code, Command.objects.count()) == (409, 0)
    assert "SUN001 is not connected: no command reaches it." in response.content.decode()
    assert "SUN001 is not connected" in shown(client, f"/admin/support/ticket/{ticket.pk}/change/")


def test_a_start_for_a_blocked_card_is_refused_in_words(client: Client, ticket: Ticket, world: World):
    world.member.blocked = True
    world.member.save()

    refused = refusal(client, ticket, "start", evse="1", uid="04A1B2C3D4")

    assert "The start was not sent." in refused
    assert "Nobody would pay for it. Use “Start an override session”" in refused
    assert 'value="Kim is stuck."' in refused, "what was typed stays"
    assert not Decision.objects.exists(), "a preview stores nothing"


def test_a_start_for_a_card_that_nobody_knows_is_refused(client: Client, ticket: Ticket):
    refused = refusal(client, ticket, "start", evse="1", uid="DEADBEEF")

    assert "The card DEADBEEF is known neither to " in refused
    assert "At the reader it is refused: Unknown card. Nobody would pay." in refused
    assert not Command.objects.exists()


def test_a_start_says_who_would_pay_by_which_rate(client: Client, ticket: Ticket, world: World):
    free = look(client, ticket, "start", evse="1", uid="04A1B2C3D4")
    charging.assign(charging.make_rate(world.host), world.site, "member")
    priced = look(client, ticket, "start", evse="1", uid="04A1B2C3D4")

    assert "Nobody pays: " in free
    assert "with no payment card behind it: " in priced
    assert "Members pay “" in priced


def test_a_taken_connector_is_not_promised(client: Client, ticket: Ticket, running: Session):
    taken = "That connector is taken: somebody charges there"

    limits = {"kwh": "20", "minutes": "60", "begins_within": "15"}
    assert taken in refusal(client, ticket, "start", evse="1", uid="04A1B2C3D4")
    assert taken in refusal(client, ticket, "override", evse="1", payer="host", **limits)


def test_back_after_the_act_shows_what_was_done_and_sends_nothing(client: Client, ticket: Ticket):
    first = client.post(address(ticket, "status"), {"reason": "Kim is stuck."})
    read = client.get(first["Location"])
    sent = {"reason": "Kim is stuck.", "confirmed": "1", "once": str(read.context["once"]), "stamp": ""}

    done = client.post(address(ticket, "status"), sent)
    back = client.get(first["Location"])
    client.post(address(ticket, "status"), sent)

    assert (first.status_code, read.status_code, done.status_code) == (302, 200, 302)
    assert "Done already." in back.content.decode()
    assert Command.objects.count() == 1


@pytest.mark.parametrize("who", ["owner", "teammate", "stranger"])
def test_only_agents_enter(client_of: Callable[[User], Client], ticket: Ticket, world: World, who: str):
    client = client_of(getattr(world, who))

    assert client.get(address(ticket, "stop")).status_code in {302, 403, 404}
    client.post(address(ticket, "status"), {"reason": "Mine.", "confirmed": "1", "once": str(uuid.uuid4())})
    assert not Command.objects.exists()


def test_an_unknown_tool_is_no_page(client: Client, ticket: Ticket):
    assert client.get(address(ticket, "teleport")).status_code == 404


@pytest.fixture
def paid(world: World, ticket: Ticket) -> Session:
    """A guest's settled session of 9.00, on the ticket."""
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    session = charging.guest(world.charger)
    Ticket.objects.filter(pk=ticket.pk).update(session=session)
    ticket.refresh_from_db()
    return session


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


def test_a_charger_moves_to_another_place_of_its_host_only(client: Client, ticket: Ticket, world: World):
    there = Property.objects.create(host=world.host, slug="sunset-2", name="Sunset 2", time_zone="UTC")
    others = Property.objects.create(host=world.stranger.memberships.get().host, slug="o", name="O", time_zone="UTC")

    assert "SUN001 moves from Sunset 1 to Sunset 2." in look(client, ticket, "assign", place=f"{there.pk}/")
    assert "What happens" not in look(client, ticket, "assign", place=f"{others.pk}/")
    confirm(client, ticket, "assign", place=f"{there.pk}/")

    world.charger.refresh_from_db()
    assert world.charger.property == there


def test_a_charger_does_not_move_while_a_car_charges(client: Client, ticket: Ticket, world: World, running: Session):
    there = Property.objects.create(host=world.host, slug="sunset-2", name="Sunset 2", time_zone="UTC")

    assert "the move is refused until its session has ended" in look(client, ticket, "assign", place=f"{there.pk}/")
    assert confirm(client, ticket, "assign", place=f"{there.pk}/").state == "refused"


REFUND = {"lines": "connection", "cause": "goodwill", "fault": "host", "explanation": "The plug was stuck."}


def test_it_refunds_a_line_once_it_was_read_what_that_gives(client: Client, ticket: Ticket, paid: Session):
    preview = look(client, ticket, "refund", **REFUND)
    done = confirm(client, ticket, "refund", **REFUND)

    assert "$1.00 of receipt" in preview
    assert "goes back to the card ending 4242" in preview
    assert "Sunset Stays bears it." in preview
    assert (Refund.objects.get().total_minor, done.state) == (100, "done")
    assert "is given back; credit note" in done.result
    assert f"{ticket.label}: Kim is stuck." in AuditEntry.objects.get(verb="refund.asked").reason


def test_a_preview_that_is_not_true_any_more_is_shown_again(client: Client, ticket: Ticket, paid: Session):
    sent = {"reason": "Kim is stuck.", **REFUND, "confirmed": "1", "once": str(uuid.uuid4()), "stamp": "900 USD"}

    response = client.post(address(ticket, "refund"), sent, follow=True)

    assert (response.status_code, Refund.objects.count()) == (409, 0)
    assert "It has changed since you looked" in response.content.decode()


def test_the_same_refund_once_more_has_to_be_meant(client: Client, ticket: Ticket, paid: Session):
    again = {**REFUND, "amount": "1.00"}
    del again["lines"]
    confirm(client, ticket, "refund", **again)

    assert "The same refund of $1.00 was asked for less than a minute ago" in refusal(client, ticket, "refund", **again)
    assert confirm(client, ticket, "refund", **again, again="on").state == "done"


def test_above_the_limit_of_one_person_a_second_one_has_to_agree(
    client: Client, ticket: Ticket, paid: Session, settings
):
    settings.REFUND_ALONE_UP_TO = 1
    values = REFUND | {"lines": "energy"}

    assert "a second person has to agree" in look(client, ticket, "refund", **values)
    assert "waits for a second person" in confirm(client, ticket, "refund", **values).result


def test_a_receipt_goes_once_more_to_who_had_it(client: Client, ticket: Ticket, paid: Session):
    made = paid.receipts.get()
    Letter.objects.update(state="sent", sent_at=now())

    preview = look(client, ticket, "resend", document=str(made.pk), address="kim@example.com")
    done = confirm(client, ticket, "resend", document=str(made.pk), address="kim@example.com")
    elsewhere = look(client, ticket, "resend", document=str(made.pk), address="thief@example.com")

    assert f"Receipt {made.label} is sent to kim@example.com" in preview
    assert (done.state, Letter.objects.get(receipt=made).state) == ("done", "waiting")
    assert "What happens" not in elsewhere


def test_the_bill_by_line_goes_into_the_reply(client: Client, ticket: Ticket, paid: Session):
    page = f"/admin/support/ticket/{ticket.pk}/change/"

    assert "Reply with the bill by line" in shown(client, page)
    reply = shown(client, f"{page}?breakdown=1")
    assert "Total: $9.00\n\nNo idle fee was charged, although this rate has one." in reply
    assert "The connection fee was charged once, for the start of the session.</textarea>" in reply


@pytest.mark.parametrize(
    ("language", "line", "fee"),
    [
        ("en", "31 min × $0.20", "An idle fee was charged, because the car stayed plugged in"),
        ("nl", "31 min × ", "blokkeertarief"),
        ("de", "31 Min. × ", "Standgebühr"),
        ("fr", "31 min × ", "occupation"),
        ("es", "31 min × ", "ocupación"),
    ],
)
def test_the_bill_by_line_says_why_and_counts_in_the_reader_s_words(
    client: Client, ticket: Ticket, world: World, language: str, line: str, fee: str
):
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "member")
    session = charging.overstay(world.charger, late=timedelta(minutes=40))
    Ticket.objects.update(session=session, language=language)

    reply = html.unescape(shown(client, f"/admin/support/ticket/{ticket.pk}/change/?breakdown=1"))

    assert line in reply
    assert fee in reply.partition("<textarea")[2].partition("</textarea>")[0]


def test_a_host_s_ticket_leads_to_its_statements_and_payouts(client: Client, ticket: Ticket):
    Ticket.objects.update(asker="host")

    found = shown(client, f"/admin/support/ticket/{ticket.pk}/change/")

    assert "/statements/sunset/" in found
    assert "/payouts/sunset/" in found


def test_the_ticket_keeps_the_diagnosis_of_its_opening_and_says_what_changed(client: Client, world: World):
    gone = now() - timedelta(hours=2)
    Charger.objects.update(connection_id=None, disconnected_at=gone)
    facts = Facts(host=world.host, property=world.site, charger=world.charger)
    ticket = opened(topic=1, text="The charger is dead.", now=now(), facts=facts)
    assert "When it was opened" not in shown(client, f"/admin/support/ticket/{ticket.pk}/change/")

    connect()
    found = shown(client, f"/admin/support/ticket/{ticket.pk}/change/")

    assert "When it was opened" in found
    assert "offline" in ticket.diagnosis["cause"].lower()
    assert ticket.diagnosis["cause"] in found
    assert "Not seen any more." in found


def test_what_a_tool_did_stands_in_the_suggested_reply_in_the_language_of_who_asked(client: Client, ticket: Ticket):
    Ticket.objects.filter(pk=ticket.pk).update(language="de")
    confirm(client, ticket, "reset", kind="soft")
    confirm(client, ticket, "reset", kind="hard")

    found = shown(client, f"/admin/support/ticket/{ticket.pk}/change/?suggested=1")

    assert found.count("Wir haben der Ladestation den Befehl zum Neustart geschickt.") == 1
