"""What a session cost and no card covered: owed until it is paid by its guest, refunded, or given up by a person."""

import pytest
from django.test import Client

from billing.models import Receivable
from billing.payments.books import ledger
from billing.sessions.charges import receivables
from tests.billing.conftest import minutes
from tests.kit.held import CONFIRM
from tests.kit.holds import owing

__all__ = ["owing"]
pytestmark = pytest.mark.django_db


def test_a_person_gives_it_up_once_and_the_books_know(site, owing):
    owed = Receivable.objects.get()

    receivables.give_up(owed.pk, reason="The charger was at fault.", by="agent", now=minutes(60))

    owed.refresh_from_db()
    assert (owed.state, owed.answer, owed.answered_by) == ("given_up", "The charger was at fault.", "agent")
    assert ledger.balance(site.host, ledger.Code.GUEST_RECEIVABLE, currency="USD") == 0
    assert ledger.balance(site.host, ledger.Code.WRITTEN_OFF, currency="USD") == 1100
    with pytest.raises(receivables.NotOpenError, match="given up"):
        receivables.give_up(owed.pk, reason="Again.", by="agent", now=minutes(61))
    assert "Nothing is left to pay" in Client().get(f"/s/{owing.secret}/rest/").content.decode()


def test_a_person_gives_nothing_up_that_is_being_paid(site, owing):
    Client().post(f"/s/{owing.secret}/rest/", {"card": CONFIRM, "pay": "yes"})

    with pytest.raises(receivables.NotOpenError, match="under way"):
        receivables.give_up(Receivable.objects.get().pk, reason="x", by="agent", now=minutes(60))
