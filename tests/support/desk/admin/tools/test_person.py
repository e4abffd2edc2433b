"""A driver's account from a ticket: who asks is checked, the old address hears of it, what goes and stays is said."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from authorization.models import AuditEntry, User
from billing.models import Driver, Letter, Session
from billing.sessions.drivers import accounts
from chargers.models import Property
from support.models import IdentityCheck, InboundMail, Ticket
from support.tickets.lifecycle import Facts
from tests.kit import charging
from tests.kit.admin import client, enrolled, shown
from tests.kit.tickets import opened
from tests.kit.tools import address, confirm, look
from tests.kit.world import World

__all__ = ["client", "enrolled"]


def now() -> datetime:
    return datetime.now(tz=UTC)


@pytest.fixture
def driver(world: World) -> Driver:
    user = User.objects.create(email="kim@example.com", sees_portal=False, email_confirmed_at=now())
    return accounts.of_user(user, language="en", now=now())


@pytest.fixture
def ticket(world: World, driver: Driver) -> Ticket:
    """It came by mail from the account's address, as our mail server confirms."""
    made = opened(topic=7, now=now(), facts=Facts(host=world.host, property=world.site))
    Ticket.objects.update(origin="mail")
    facts = {"sender": made.email, "raw": b"", "outcome": "ticket", "ticket": made, "sender_check": "dmarc"}
    InboundMail.objects.create(id=uuid.uuid4(), digest="1", received_at=now(), **facts)
    made.refresh_from_db()
    return made


@pytest.fixture
def paid(world: World, driver: Driver) -> Session:
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    session = charging.guest(world.charger)
    Session.objects.update(driver=driver)
    return session


def test_a_new_address_counts_once_its_link_was_opened(client: Client, ticket: Ticket, driver: Driver):
    preview = look(client, ticket, "change-email", email="kim@new.example")
    confirm(client, ticket, "change-email", email="kim@new.example")
    driver.user.refresh_from_db()
    before = driver.user.email
    link = Letter.objects.get(address="kim@new.example")
    notice = Letter.objects.get(address="kim@example.com", subject__startswith="Somebody asked")
    Client().post(link.page)

    driver.user.refresh_from_db()
    assert "came from the account’s current address: our mail server confirms its sender by DMARC." in preview
    assert (before, driver.user.email) == ("kim@example.com", "kim@new.example")
    assert "kim@new.example" in notice.text
    assert Letter.objects.filter(address="kim@example.com", subject="Your account has another address now").exists()
    assert ticket.label in AuditEntry.objects.get(verb="driver.address_link_sent").reason


def test_the_admin_shows_no_link_of_a_mail(client: Client, ticket: Ticket):
    confirm(client, ticket, "change-email", email="kim@new.example")
    letter = Letter.objects.get(address="kim@new.example")

    assert letter.page not in shown(client, f"/admin/billing/letter/{letter.pk}/change/")


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
    assert not Letter.objects.filter(address="kim@new.example").exists()


def test_a_link_to_the_current_address_proves_who_asks(client: Client, ticket: Ticket, driver: Driver):
    InboundMail.objects.update(sender_check="missing")
    offered = client.post(address(ticket, "change-email"), {"reason": "R", "email": "kim@new.example"}, follow=True)
    once = str(offered.context["ask_once"])
    one_click = {"reason": "To know who asks.", "once": once, "stamp": "", "confirmed": "1"}

    asked = client.post(address(ticket, "ask-who"), one_click, follow=True).content.decode()
    link = Letter.objects.get(key__startswith="identity:")
    opened_by_a_program = Client().get(link.page).content.decode()
    before = refused(client, ticket, email="kim@new.example")
    answered = Client().post(link.page, {"answer": "yes"}).content.decode()
    after = look(client, ticket, "change-email", email="kim@new.example")

    assert "The link is on its way to k" in asked
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
    Client().post(Letter.objects.get(key__startswith="identity:").page, {"answer": "no"})
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
    Client().post(Letter.objects.get(key__startswith="identity:").page, {"answer": "yes"})
    IdentityCheck.objects.update(answered_at=now() - timedelta(days=15))

    assert "older than two weeks" in refused(client, ticket, email="kim@new.example")
    IdentityCheck.objects.update(answered_at=now(), address="kim@before.example")
    assert "We do not know" in refused(client, ticket, email="kim@new.example")


def refused(client: Client, ticket: Ticket, **values: str) -> str:
    response = client.post(address(ticket, "change-email"), {"reason": "Asked.", **values}, follow=True)
    assert response.status_code == 409
    return response.content.decode()


def test_an_address_with_an_account_is_refused(client: Client, ticket: Ticket):
    User.objects.create(email="taken@example.com", sees_portal=False)

    assert confirm(client, ticket, "change-email", email="taken@example.com").state == "refused"


def test_deleting_says_what_goes_what_stays_and_until_when(
    client: Client, ticket: Ticket, driver: Driver, paid: Session, world: World
):
    world.host.country = "NL"
    world.host.save()

    preview = look(client, ticket, "delete-account")
    done = confirm(client, ticket, "delete-account")

    assert "1 receipts, 0 invoices of plans" in preview
    assert f"Sunset Stays keeps them until the end of {now().year + 7}" in preview
    driver.refresh_from_db()
    paid.refresh_from_db()
    assert (done.state, driver.user, paid.guest_email) == ("done", None, "")
    assert not User.objects.filter(email="kim@example.com").exists()
    assert AuditEntry.objects.get(verb="driver.deleted").subject_label == f"driver {driver.pk}"


def test_while_a_session_runs_the_deletion_waits_and_can_be_withdrawn(
    client: Client, ticket: Ticket, driver: Driver, paid: Session
):
    Session.objects.update(state="charging")

    preview = look(client, ticket, "delete-account")
    done = confirm(client, ticket, "delete-account")
    driver.refresh_from_db()
    waits = driver.deletion_due_at
    kept = confirm(client, ticket, "keep-account")

    driver.refresh_from_db()
    assert "once this session and its payment have ended, at the latest on" in preview
    assert (done.state, kept.state, driver.deletion_due_at, driver.deleted_at) == ("done", "done", None, None)
    assert waits is not None
    assert Letter.objects.filter(address="kim@example.com", subject="Your account will be deleted").exists()
    assert AuditEntry.objects.filter(verb="driver.deletion_scheduled", reason__contains=ticket.label).exists()


def test_a_plan_alone_is_cancelled(client: Client, ticket: Ticket, world: World):
    plan = charging.refused_of_plan(world.host, email="plan@example.com").period.subscription.plan
    subscription = plan.subscriptions.get()
    Ticket.objects.update(email="plan@example.com")
    InboundMail.objects.update(sender="plan@example.com")
    driver = subscription.driver
    if subscription.state == "ended":
        type(subscription).objects.update(state="active", ended_at=None)

    done = confirm(client, ticket, "end-plan", plan=str(subscription.pk), ends="period")

    subscription.refresh_from_db()
    assert done.state == "done", done.result
    assert subscription.ends_at_period_end
    assert Driver.objects.filter(pk=driver.pk, deleted_at=None).exists()


def test_who_logs_in_at_the_portal_changes_their_account_there(client: Client, ticket: Ticket, driver: Driver):
    driver.user.sees_portal = True
    driver.user.save()

    asked = {"reason": "R", "email": "a@example.com"}
    assert client.post(address(ticket, "change-email"), asked, follow=True).status_code == 409
