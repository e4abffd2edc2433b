"""A guest takes back what is offered, with one tap on the receipt's page."""

import pytest
from django.test import Client

from authorization.models import AuditEntry
from billing.models import Refund, RefundOffer, Session
from billing.sessions.offers import terms
from billing.sessions.offers.terms import WantedTerms
from tests.kit.charging import YESTERDAY
from tests.kit.offers import broken_off, priced
from tests.kit.page_text import text_of

__all__ = ["priced"]
LIMITS = WantedTerms(currency="USD", most_minor=500, month_minor=5000)


@pytest.fixture
def session(priced) -> Session:
    terms.set_terms(priced.host, LIMITS, now=YESTERDAY)
    return broken_off(priced)


def test_one_tap_gives_it_back_and_a_second_one_nothing(session):
    guest = Client()

    shown = text_of(guest.get(f"/s/{session.secret}/receipt/"))
    assert "You can have $1.00 back" in shown
    assert "The charger ended the session after 4 min and 0.300 kWh; the driver did not end it." in shown
    first = text_of(guest.post(f"/s/{session.secret}/offer", follow=True))
    second = text_of(guest.post(f"/s/{session.secret}/offer", follow=True))

    assert "It is on its way back." in first
    assert "There is nothing to take back any more" in second
    assert "You can have" not in second
    assert [refund.total_minor for refund in Refund.objects.all()] == [100]
    assert AuditEntry.objects.filter(verb="refund_offer.accepted", user=None).count() == 1


def test_a_link_that_is_opened_or_unknown_takes_nothing(session):
    assert Client().get(f"/s/{session.secret}/offer").status_code == 405
    assert Client().post("/s/nobody/offer").status_code == 404

    assert RefundOffer.objects.get().state == "offered"


def test_one_address_takes_no_more_than_twenty_in_an_hour(session):
    statuses = [Client().post(f"/s/{session.secret}/offer").status_code for _ in range(21)]

    assert statuses == [302] * 20 + [429]
