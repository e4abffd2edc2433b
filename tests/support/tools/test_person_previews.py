"""What an account's tools would do: another address, a plan ended, all of it deleted; each with the proof who asks."""

from django.test import Client

from authorization.models import AuditEntry, User
from billing.models import Driver, OutgoingMail, Session
from support.models import Ticket
from tests.kit.admin import client, enrolled
from tests.kit.person import driver, now, paid, ticket
from tests.kit.tools import confirm, look
from tests.kit.world import World

__all__ = ["client", "driver", "enrolled", "paid", "ticket"]


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
    assert OutgoingMail.objects.filter(address="kim@example.com", subject="Your account will be deleted").exists()
    assert AuditEntry.objects.filter(verb="driver.deletion_scheduled", reason__contains=ticket.label).exists()
