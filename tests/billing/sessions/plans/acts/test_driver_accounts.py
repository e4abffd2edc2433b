"""A driver's account: another address, a plan ended, all of it deleted; by its driver, or by an agent who was asked."""

from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.test import Client

from authorization.models import AuditEntry, User
from billing import tasks
from billing.models import Driver, OutgoingMail, PaymentCard, Session, SimulatedCard
from billing.sessions.documents import outbox as outbox_service
from billing.sessions.drivers import accounts
from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from chargers.models import Property, Transaction
from tests.kit import charging
from tests.kit.account import _forgotten, at_kims, kim, paid
from tests.kit.drivers import NOW, save, text_of

__all__ = ["_forgotten", "at_kims", "kim", "paid"]
pytestmark = pytest.mark.django_db


def test_deleting_the_account_erases_the_person_and_keeps_the_books(kim, paid, at_kims):
    accounts.keep(paid, kim)
    save(at_kims)
    assert "What stays, and why" in text_of(at_kims.get("/drive/account/delete/"))

    gone = at_kims.post("/drive/account/delete/")

    assert "Your account was deleted" in text_of(gone)
    assert not User.objects.filter(email="kim@example.com").exists()
    paid.refresh_from_db()
    assert (paid.guest_email, paid.receipts.count(), paid.driver.user) == ("", 1, None)
    assert SimulatedCard.objects.get().state == "detached"
    assert PaymentCard.objects.get().last4 == ""
    assert not AuditEntry.objects.filter(actor__contains="kim@").exists()
    assert at_kims.get("/drive/").headers["Location"] == "/drive/enter/"
    assert Client().get(f"/s/{paid.secret}/receipt/").status_code == 200


def test_a_deletion_waits_for_the_session_its_payment_and_its_receipt(kim, at_kims, world, priced_site):
    """Stop and receipt work as ever; the mail about the end is the last, and its address goes with it."""
    session = charging_now(world, kim)
    before = text_of(at_kims.get("/drive/account/delete/"))

    asked = text_of(at_kims.post("/drive/account/delete/", {"do": "later"}, follow=True))
    assert tasks.delete_closed_accounts() == 0
    tasks.send_mails()
    row = Transaction.objects.get(session=session)
    charging.finish(row, wh=21_000, at=charging.YESTERDAY + timedelta(hours=2))
    outbox_service.queue(session.receipts.get(), address="kim@example.com", language="en", now=NOW)
    still = tasks.delete_closed_accounts()
    tasks.send_mails()
    done = tasks.delete_closed_accounts()
    tasks.send_mails()
    tasks.delete_closed_accounts()

    assert "Delete my account once it has ended" in before
    assert "Your account will be deleted once your session and its payment have ended, at the latest on" in asked
    assert (still, done) == (0, 1), "the receipt is sent first"
    assert outbox.outbox[0].subject == "Your account will be deleted"
    assert outbox.outbox[-1].subject == "Your account was deleted"
    assert not User.objects.filter(email="kim@example.com").exists()
    assert (
        not OutgoingMail.objects.filter(address="kim@example.com").exclude(key__startswith="driver-deletion:").exists()
    )
    assert AuditEntry.objects.filter(verb__startswith="driver.delet").count() == 2


def test_a_deletion_that_waits_can_be_withdrawn(kim, at_kims, world, priced_site):
    charging_now(world, kim)
    at_kims.post("/drive/account/delete/", {"do": "later"})

    kept = text_of(at_kims.post("/drive/account/delete/", {"do": "keep"}, follow=True))
    charging.finish(Transaction.objects.get(), wh=21_000, at=charging.YESTERDAY + timedelta(hours=2))

    assert "Your account stays." in kept
    assert tasks.delete_closed_accounts() == 0
    assert User.objects.filter(email="kim@example.com").exists()


def test_nothing_is_deleted_while_money_is_held_and_who_waits_too_long_hears_why(kim, at_kims, world, priced_site):
    session = charging_now(world, kim)
    at_kims.post("/drive/account/delete/", {"do": "later"})
    Session.objects.filter(pk=session.pk).update(state="settled", settled_at=NOW)
    Driver.objects.update(deletion_due_at=NOW - timedelta(days=1))
    assert session.holds.get().state == "authorised"

    assert tasks.delete_closed_accounts() == 0
    assert tasks.delete_closed_accounts() == 0

    late = OutgoingMail.objects.get(key__startswith="driver-deletion-late:")
    kim.refresh_from_db()
    assert "money is still held" in late.text
    assert kim.deletion_due_at > NOW + timedelta(days=20)
    assert kim.user is not None


@pytest.fixture
def priced_site(world):
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")


def charging_now(world, driver: Driver) -> Session:
    """The driver's car charges, with money held on a card."""
    order = lifecycle.GuestOrder(charger=world.charger, evse_number=1)
    session = lifecycle.open_for_guest(order, now=charging.YESTERDAY)
    hold = holds.open_hold(session, amount_minor=4000, now=charging.YESTERDAY)
    holds.authorize(hold, card="4242 4242 4242 4242", now=charging.YESTERDAY)
    Session.objects.filter(pk=session.pk).update(driver=driver)
    charging.start(world.charger, uid=session.id_token, at=charging.YESTERDAY)
    session.refresh_from_db()
    assert session.state == "charging"
    return session
