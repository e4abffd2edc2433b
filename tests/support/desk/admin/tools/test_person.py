"""A driver's account from a ticket: who asks is checked, the old address hears of it, what goes and stays is said."""

from django.test import Client

from authorization.models import AuditEntry, User
from billing.models import Driver, OutgoingMail
from support.models import InboundMail, Ticket
from tests.kit import charging
from tests.kit.admin import client, enrolled, shown
from tests.kit.person import driver, ticket
from tests.kit.tools import address, confirm, look
from tests.kit.world import World

__all__ = ["client", "driver", "enrolled", "ticket"]


def test_a_new_address_counts_once_its_link_was_opened(client: Client, ticket: Ticket, driver: Driver):
    preview = look(client, ticket, "change-email", email="kim@new.example")
    confirm(client, ticket, "change-email", email="kim@new.example")
    driver.user.refresh_from_db()
    before = driver.user.email
    link = OutgoingMail.objects.get(address="kim@new.example")
    notice = OutgoingMail.objects.get(address="kim@example.com", subject__startswith="Somebody asked")
    Client().post(link.page)

    driver.user.refresh_from_db()
    assert "came from the account’s current address: our mail server confirms its sender by DMARC." in preview
    assert (before, driver.user.email) == ("kim@example.com", "kim@new.example")
    assert "kim@new.example" in notice.text
    assert OutgoingMail.objects.filter(
        address="kim@example.com", subject="Your account has another address now"
    ).exists()
    assert ticket.label in AuditEntry.objects.get(verb="driver.address_link_sent").reason


def test_the_admin_shows_no_link_of_a_mail(client: Client, ticket: Ticket):
    confirm(client, ticket, "change-email", email="kim@new.example")
    outgoing = OutgoingMail.objects.get(address="kim@new.example")

    assert outgoing.page not in shown(client, f"/admin/billing/outgoingmail/{outgoing.pk}/change/")


def test_an_address_with_an_account_is_refused(client: Client, ticket: Ticket):
    User.objects.create(email="taken@example.com", sees_portal=False)

    assert confirm(client, ticket, "change-email", email="taken@example.com").state == "refused"


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
