"""What the records prove wrong is offered within the host's limits, taken once, and else waits for the host."""

from datetime import timedelta

import pytest

from authorization.people.access import NotAllowedError
from billing.models import OutgoingMail, Receipt, Refund, RefundOffer
from billing.sentences import catalogue
from billing.sessions.offers import acts, offers, terms
from billing.sessions.offers.offers import OfferError
from billing.sessions.offers.terms import WantedTerms
from billing.sessions.settlement import settle
from chargers.models import Transaction
from tests.kit import charging
from tests.kit.charging import YESTERDAY
from tests.kit.offers import broken_off, priced

__all__ = ["priced"]
pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
LIMITS = WantedTerms(currency="USD", most_minor=500, month_minor=1000)


def evidence(offer: RefundOffer) -> str:
    return catalogue.english(offer.sentences)


def test_a_guest_takes_back_the_connection_fee_of_what_broke_off(priced):
    terms.set_terms(priced.host, LIMITS, now=YESTERDAY)
    session = broken_off(priced)

    offer = RefundOffer.objects.get()
    assert (offer.state, offer.lines, offer.total_minor) == ("offered", ["connection"], 100)
    assert evidence(offer) == "The charger ended the session after 4 min and 0.300 kWh; the driver did not end it."
    [outgoing] = OutgoingMail.objects.filter(key=f"offer:{offer.pk}")
    assert outgoing.subject == f"{session.property.name}: $1.00 of your receipt is yours again"

    acts.accept(session, now=YESTERDAY + HOUR)

    refund = Refund.objects.get()
    assert (refund.state, refund.total_minor, refund.asked_by, refund.lines) == ("done", 100, "guest", ["connection"])
    assert Receipt.objects.filter(kind="credit_note", session=session).count() == 1
    with pytest.raises(OfferError, match="nothing to take back"):
        acts.accept(session, now=YESTERDAY + HOUR)
    assert Refund.objects.count() == 1


@pytest.mark.parametrize(
    ("limits", "limit"),
    [
        (None, "no_terms"),
        (WantedTerms(currency="USD", most_minor=99, month_minor=1000), "session"),
        (WantedTerms(currency="EUR", most_minor=500, month_minor=1000), "currency"),
    ],
)
def test_beyond_the_limits_it_waits_for_the_host(priced, limits, limit):
    if limits is not None:
        terms.set_terms(priced.host, limits, now=YESTERDAY)

    session = broken_off(priced)

    offer = RefundOffer.objects.get()
    assert (offer.state, offer.limit) == ("waiting", limit)
    assert not OutgoingMail.objects.filter(key__startswith="offer:").exists()
    with pytest.raises(OfferError):
        acts.accept(session, now=YESTERDAY + HOUR)

    acts.give(offer, by=priced.owner, now=YESTERDAY + HOUR)

    offer.refresh_from_db()
    assert (offer.state, offer.refund.total_minor) == ("given", 100)
    with pytest.raises(OfferError, match="decided meanwhile"):
        acts.dismiss(offer, reason="No.", by=priced.owner, now=YESTERDAY + HOUR)


@pytest.mark.parametrize(
    ("reason", "wh", "minutes"),
    [
        ("Local", 300, 4),  # the driver ended it
        ("EmergencyStop", 300, 4),  # somebody pressed the button
        ("PowerLoss", 12_000, 90),  # connecting was worth it
    ],
)
def test_nothing_is_offered_where_the_records_prove_nothing(priced, reason, wh, minutes):
    broken_off(priced, reason=reason, wh=wh, lasted=timedelta(minutes=minutes))

    assert Receipt.objects.count() == 1
    assert not RefundOffer.objects.exists()


def test_an_offer_that_was_refunded_otherwise_is_gone(priced):
    terms.set_terms(priced.host, LIMITS, now=YESTERDAY)
    session = broken_off(priced)
    assert offers.open_of(session, now=YESTERDAY + HOUR) is not None
    refund = charging.refund_of(session.receipts.get(), amount_minor=session.ratings.latest("id").total_minor)
    assert refund.total_minor

    assert offers.open_of(session, now=YESTERDAY + HOUR) is None
    with pytest.raises(OfferError, match="nothing to take back"):
        acts.accept(session, now=YESTERDAY + HOUR)
    assert RefundOffer.objects.get().state == "overtaken"
    assert Refund.objects.count() == 1


def test_an_error_while_looking_hinders_no_receipt(priced, monkeypatch, caplog):
    def broken(_receipt):
        raise ValueError("no such thing")

    monkeypatch.setattr("billing.sessions.refunds.suggestions.suggest", broken)
    session = broken_off(priced)

    assert session.state == "settled"
    assert Receipt.objects.count() == 1
    assert "could not be looked at" in caplog.text


def test_nobody_else_decides(priced):
    broken_off(priced)

    with pytest.raises(NotAllowedError):
        acts.give(RefundOffer.objects.get(), by=priced.stranger, now=YESTERDAY + HOUR)
    assert not Refund.objects.exists()


def test_work_done_by_the_sweep_makes_one_offer(priced):
    broken_off(priced)
    settle.settle_due(now=YESTERDAY + 5 * HOUR)

    assert RefundOffer.objects.count() == 1
    assert Transaction.objects.count() == 1
