"""Where a guest's documents go: an address left, a company corrected, a document sent again."""

from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry
from authorization.people.access import NotAllowedError
from billing.models import OutgoingMail, Session
from billing.sessions.documents.receipts import Company
from billing.sessions.lifecycle import acts
from chargers.models import Property
from tests.kit import charging

NOW = datetime.now(tz=UTC)
ACME = Company(name="Acme B.V.", address="Kade 1, Delft", country="NL", tax_number="NL001")


@pytest.fixture
def session(world) -> Session:
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    return charging.guest(world.charger, email="")


def leave(session: Session, address: str = "kim@example.com") -> int:
    return acts.leave_address(session, address=address, language="de", now=NOW)


def test_what_is_ready_goes_there_at_once_and_the_audit_trail_masks_the_address(session):
    assert leave(session) == 1

    mail = OutgoingMail.objects.get()
    assert (mail.address, mail.language, mail.receipt) == ("kim@example.com", "de", session.receipts.get())
    left = AuditEntry.objects.get(verb="session.address_left")
    assert (left.user, "kim@" in left.after["address"]) == (None, False)


def test_before_the_receipt_nothing_goes_there_yet(world, session):
    waiting = charging.paid_for(world.charger, email="", at=NOW)

    assert leave(waiting) == 0
    assert not OutgoingMail.objects.exists()


def test_of_a_corrected_receipt_the_new_one_alone_goes_there(session):
    corrected = acts.correct(session.receipts.get(), ACME, now=NOW)

    assert leave(session) == 1
    assert OutgoingMail.objects.get().receipt == corrected
    entry = AuditEntry.objects.get(verb="receipt.corrected")
    assert (entry.after["company"], entry.after["number"]) == ("Acme B.V.", corrected.label)
    assert entry.before["number"] != corrected.label


def test_who_sees_no_money_sends_nothing_again(world, session):
    made = session.receipts.get()
    with pytest.raises(NotAllowedError):
        acts.send_again(made, address="kim@example.com", language="en", by=world.stranger, now=NOW)
    assert not OutgoingMail.objects.exists()

    acts.send_again(made, address="kim@example.com", language="en", by=world.owner, now=NOW)

    assert OutgoingMail.objects.get().receipt == made
    assert AuditEntry.objects.get(verb="receipt.sent_again").user == world.owner
