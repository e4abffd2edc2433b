"""Receipts, ratings and the audit trail cannot be changed or deleted, whatever door is taken."""

import pytest
from django.db import DatabaseError, connection, transaction

from authorization.models import AuditEntry, User
from billing.models import Rating, Receipt
from tests.kit import charging
from tests.kit.world import World


@pytest.fixture
def charged(world: World) -> World:
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    charging.guest(world.charger)
    AuditEntry.objects.create(
        at=charging.YESTERDAY,
        actor="user:owner@example.com",
        user=world.owner,
        host=world.host,
        verb="token.added",
        subject_type="token",
        subject_id="1",
        subject_label="SUN-1",
        after={"owner": "Kim"},
        reason="asked by phone",
    )
    return world


def refused(statement: str) -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute(statement)
        except DatabaseError:
            return True
    return False


@pytest.mark.parametrize("table", ["billing_receipt", "billing_rating", "support_auditentry"])
def test_no_row_is_deleted(charged, table):
    assert refused(f"DELETE FROM {table}")
    assert refused(f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize(
    "change",
    [
        "billing_receipt SET number = number + 1",
        "billing_receipt SET document = '{}'",
        "billing_receipt SET collected_by = 'host'",
        "billing_rating SET total_minor = total_minor + 1",
        "billing_rating SET kind = 'replaced', total_minor = 1",
        "billing_rating SET kind = 'provisional'",
        "support_auditentry SET at = now()",
        "support_auditentry SET actor = 'user:somebody@example.com'",
        "support_auditentry SET verb = 'token.removed'",
        "support_auditentry SET after = '{}'",
        "support_auditentry SET actor = 'erased', subject_id = '2'",
    ],
)
def test_no_row_is_changed(charged, change):
    assert refused(f"UPDATE {change}")


def test_a_final_rating_becomes_a_replaced_one(charged):
    Rating.objects.filter(kind="final").update(kind="replaced")

    assert Rating.objects.filter(kind="replaced").exists()
    assert Receipt.objects.count() == 1


def test_what_names_a_person_in_the_audit_trail_can_be_erased(charged):
    AuditEntry.objects.update(actor="erased", subject_label="erased", before=None, after=None, reason="", user=None)

    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.after, entry.verb) == ("erased", None, "token.added")


def test_an_account_can_be_deleted_that_has_acted(charged):
    User.objects.filter(pk=charged.owner.pk).delete()

    assert AuditEntry.objects.get().user is None
