"""What the records prove wrong is offered within the host's limits, taken once, and else waits for the host."""

from datetime import timedelta

import pytest

from authorization.people.access import NotAllowedError
from billing.models import Letter, Receipt, Refund, RefundOffer, Session
from billing.sentences import catalogue
from billing.sessions.offers import acts, offers, terms
from billing.sessions.offers.offers import OfferError
from billing.sessions.offers.terms import TermsError, WantedTerms
from billing.sessions.settlement import settle
from chargers.models import Property, StatusReport, Transaction
from tests.kit import charging
from tests.kit.charging import YESTERDAY

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
LIMITS = WantedTerms(currency="USD", most_minor=500, month_minor=1000)


@pytest.fixture
def priced(world):
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest", "member")
    return world


def broken_off(world, *, at=YESTERDAY, reason="PowerLoss", wh=300, lasted=timedelta(minutes=4), **order) -> Session:
    """A guest pays, and the charger ends it by itself."""
    session = charging.paid_for(world.charger, at=at, **order)
    row = charging.start(world.charger, uid=session.id_token, at=at + timedelta(minutes=1))
    return charging.finish(row, wh=wh, at=row.started_at + lasted, reason=reason)


def evidence(offer: RefundOffer) -> str:
    return catalogue.english(offer.sentences)


def test_a_guest_takes_back_the_connection_fee_of_what_broke_off(priced):
    terms.set_terms(priced.host, LIMITS, now=YESTERDAY)
    session = broken_off(priced)

    offer = RefundOffer.objects.get()
    assert (offer.state, offer.lines, offer.total_minor) == ("offered", ["connection"], 100)
    assert evidence(offer) == "The charger broke off after 4 min and 0.300 kWh: the driver did not end it."
    [letter] = Letter.objects.filter(key=f"offer:{offer.pk}")
    assert letter.subject == f"{session.property.name}: $1.00 of your receipt is yours again"

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
    assert not Letter.objects.filter(key__startswith="offer:").exists()
    with pytest.raises(OfferError):
        acts.accept(session, now=YESTERDAY + HOUR)

    acts.give(offer, by=priced.owner, now=YESTERDAY + HOUR)

    offer.refresh_from_db()
    assert (offer.state, offer.refund.total_minor) == ("given", 100)
    with pytest.raises(OfferError, match="decided meanwhile"):
        acts.dismiss(offer, reason="No.", by=priced.owner, now=YESTERDAY + HOUR)


def test_the_month_s_limit_counts_what_is_offered_as_taken(priced):
    terms.set_terms(priced.host, WantedTerms(currency="USD", most_minor=100, month_minor=150), now=YESTERDAY)

    for number, hours in enumerate((0, 3)):
        broken_off(
            priced, at=YESTERDAY.replace(hour=12) + timedelta(minutes=10 * hours), email=f"g{number}@example.com"
        )

    assert list(RefundOffer.objects.order_by("id").values_list("state", "limit")) == [
        ("offered", ""),
        ("waiting", "month"),
    ]


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


def test_an_idle_fee_that_ran_at_a_faulted_connector_is_offered(priced):
    terms.set_terms(priced.host, WantedTerms(currency="USD", most_minor=2000, month_minor=2000), now=YESTERDAY)
    row = charging.start(priced.charger, uid="04A1B2C3D4", at=YESTERDAY)
    full = YESTERDAY + 2 * HOUR
    charging.read(row, 21_000, at=full)
    charging.report(priced.charger, "SuspendedEV", at=full)
    StatusReport.objects.create(
        charger=priced.charger,
        evse_number=1,
        connector_number=1,
        status="Faulted",
        at=full + timedelta(minutes=12),
        received_at=full,
    )
    for number in range(13):
        charging.message(priced.charger, at=full + number * timedelta(minutes=5))
    charging.finish(row, wh=20_000, at=full + HOUR)

    offer = RefundOffer.objects.get()
    assert (offer.lines, offer.reason, offer.total_minor) == (
        ["idle"],
        "not_idle",
        40,
    )  # from the fault on the engine bills nothing


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


@pytest.mark.parametrize(
    ("wanted", "field", "words"),
    [
        (WantedTerms(currency="USD", most_minor=0, month_minor=10), "most_minor", "above zero"),
        (WantedTerms(currency="USD", most_minor=10**6, month_minor=10**6), "most_minor", "needs a second person"),
        (WantedTerms(currency="USD", most_minor=200, month_minor=100), "month_minor", "at least one session"),
    ],
)
def test_limits_that_make_no_sense_are_refused(world, wanted, field, words):
    with pytest.raises(TermsError, match=words) as refused:
        terms.set_terms(world.host, wanted, now=YESTERDAY)

    assert refused.value.field == field


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
