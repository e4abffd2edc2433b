"""Tools for a session's money: a refund with what the records suggest, a receipt once more."""

import html
import uuid
from datetime import timedelta

import pytest
from django.test import Client

from authorization.models import AuditEntry
from billing.models import OutgoingMail, Refund, Session
from chargers.models import Property
from support.models import Ticket
from tests.kit import charging
from tests.kit.admin import client, enrolled, shown
from tests.kit.tools import address, confirm, look, refusal
from tests.kit.tools_charging import now, ticket
from tests.kit.world import World

__all__ = ["client", "enrolled", "ticket"]


@pytest.fixture
def paid(world: World, ticket: Ticket) -> Session:
    """A guest's settled session of 9.00, on the ticket."""
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    session = charging.guest(world.charger)
    Ticket.objects.filter(pk=ticket.pk).update(session=session)
    ticket.refresh_from_db()
    return session


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
    OutgoingMail.objects.update(state="sent", sent_at=now())

    preview = look(client, ticket, "resend", document=str(made.pk), address="kim@example.com")
    done = confirm(client, ticket, "resend", document=str(made.pk), address="kim@example.com")
    elsewhere = look(client, ticket, "resend", document=str(made.pk), address="thief@example.com")

    assert f"Receipt {made.label} is sent to kim@example.com" in preview
    assert (done.state, OutgoingMail.objects.get(receipt=made).state) == ("done", "waiting")
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
        ("de", "31 Min. × ", "Blockiergebühr"),
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
