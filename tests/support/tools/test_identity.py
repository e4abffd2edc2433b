"""How we know that an account's owner asks: by their logged-in page, a link to its address, a mail, or two details."""

from datetime import timedelta

import pytest
from django.test import Client

from billing.models import Driver, OutgoingMail, Session
from support.models import IdentityCheck, InboundMail, Ticket
from tests.kit.admin import client, enrolled
from tests.kit.person import driver, now, paid, ticket
from tests.kit.tools import address, confirm, look

__all__ = ["client", "driver", "enrolled", "paid", "ticket"]


def test_who_writes_from_elsewhere_names_a_session_and_its_card(client: Client, ticket: Ticket, paid: Session):
    InboundMail.objects.all().delete()
    Ticket.objects.update(origin="form", session=paid, email="other@example.com")
    day = f"{paid.started_at - timedelta(hours=5):%Y-%m-%d}"  # New York
    values = {"email": "kim@new.example"}

    assert "We do not know that the account is theirs" in refused(client, ticket, **values)
    assert "No session of the last year fits" in refused(client, ticket, **values, session_date=day, last4="1111")
    assert "No session of the last year fits" in refused(
        client, ticket, **values, session_date="2026-01-01", last4="4242"
    )
    assert "They named the date" in look(client, ticket, "change-email", **values, session_date=day, last4="4242")


@pytest.mark.parametrize(
    ("check", "why"),
    [
        ("off", "nothing checks the senders of mails here"),
        ("missing", "our mail server has written no check"),
        ("failed", "our mail server’s check did not confirm its sender"),
    ],
)
def test_a_mail_that_our_server_does_not_confirm_proves_nothing(
    client: Client, ticket: Ticket, driver: Driver, check: str, why: str
):
    InboundMail.objects.update(sender_check=check)

    page = client.get(f"/admin/support/ticket/{ticket.pk}/change/").content.decode()

    assert why in refused(client, ticket, email="kim@new.example")
    assert f"The mail from its address proves nothing: {why}" in page
    assert not OutgoingMail.objects.filter(address="kim@new.example").exists()


def test_a_link_to_the_current_address_proves_who_asks(client: Client, ticket: Ticket, driver: Driver):
    InboundMail.objects.update(sender_check="missing")
    offered = client.post(address(ticket, "change-email"), {"reason": "R", "email": "kim@new.example"}, follow=True)
    once = str(offered.context["ask_once"])
    one_click = {"reason": "To know who asks.", "once": once, "stamp": "", "confirmed": "1"}

    asked = client.post(address(ticket, "ask-who"), one_click, follow=True).content.decode()
    link = OutgoingMail.objects.get(key__startswith="identity:")
    opened_by_a_program = Client().get(link.page).content.decode()
    before = refused(client, ticket, email="kim@new.example")
    answered = Client().post(link.page, {"answer": "yes"}).content.decode()
    after = look(client, ticket, "change-email", email="kim@new.example")

    assert "The link was sent to k" in asked
    assert (link.address, link.page.startswith("/help/i/")) == ("kim@example.com", True)
    assert "Yes, this is my request" in opened_by_a_program
    assert "is not answered yet" in before
    assert "we go on with your request" in answered
    assert "It was confirmed by the link to the account’s current address" in after
    assert IdentityCheck.objects.get().answered_at is not None
    assert Client().post(link.page, {"answer": "no"}).status_code == 404
    assert "It is their request" in ticket.messages.filter(author="system").latest("id").text


def test_a_no_behind_the_link_stops_the_tools(client: Client, ticket: Ticket, driver: Driver, paid: Session):
    """Also where a mail would prove it, or two details would."""
    confirm(client, ticket, "ask-who")
    Client().post(OutgoingMail.objects.get(key__startswith="identity:").page, {"answer": "no"})
    day = f"{paid.started_at - timedelta(hours=5):%Y-%m-%d}"

    again = confirm(client, ticket, "ask-who")

    assert "this is not their request" in refused(
        client, ticket, email="kim@new.example", session_date=day, last4="4242"
    )
    assert again.state == "done"


def test_a_confirmation_counts_for_the_address_that_it_went_to_and_for_two_weeks(
    client: Client, ticket: Ticket, driver: Driver
):
    InboundMail.objects.all().delete()
    confirm(client, ticket, "ask-who")
    assert confirm(client, ticket, "ask-who").state == "refused", "not twice in five minutes"
    Client().post(OutgoingMail.objects.get(key__startswith="identity:").page, {"answer": "yes"})
    IdentityCheck.objects.update(answered_at=now() - timedelta(days=15))

    assert "older than two weeks" in refused(client, ticket, email="kim@new.example")
    IdentityCheck.objects.update(answered_at=now(), address="kim@before.example")
    assert "We do not know" in refused(client, ticket, email="kim@new.example")


def refused(client: Client, ticket: Ticket, **values: str) -> str:
    response = client.post(address(ticket, "change-email"), {"reason": "Asked.", **values}, follow=True)
    assert response.status_code == 409
    return response.content.decode()
