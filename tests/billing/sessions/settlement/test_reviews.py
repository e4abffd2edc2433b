"""Held sessions: the plausible energy can be billed, one connection is one fee, and a lost dispute takes the net."""

from datetime import timedelta

import pytest

from billing.engine.held_readings import Choice
from billing.models import Dispute, Rating, Receipt, Session
from billing.payments.books import ledger
from billing.payments.books.ledger import Code
from billing.payments.processors import simulated
from billing.sessions.processor_reports import disputes
from billing.sessions.refunds import refunds
from billing.sessions.settlement import reviews, settle
from chargers.lib import ids
from chargers.models import Connector, MeterValue
from chargers.sentences import stored
from chargers.sentences.cases import CaseCode
from tests.billing.conftest import NOON, PLAIN, minutes
from tests.kit.taxed import TAXED, guest

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(site) -> Session:
    """An hour at a connector of 11 kW, and a stop that says 800 kWh: nothing between."""
    site.rate("member")
    Connector.objects.update(max_power_w=11_000)
    row = site.transaction()
    session = site.begin(row)
    site.stop(row, 801_000, at=minutes(60), reason="EVDisconnected")
    site.work(now=minutes(61))
    session.refresh_from_db()
    assert session.state == "held"
    return session


def test_the_plausible_energy_can_be_billed(held):
    offers = {offer.reading.choice: offer for offer in reviews.offers(held)}

    plausible = offers[Choice.PLAUSIBLE]
    assert plausible.energy_wh == 11_000, "an hour at 11 kW, without the tolerance"
    assert plausible.total_minor == 100 + 440
    assert [one.reading.choice for one in offers.values() if one.is_likely] == [Choice.PLAUSIBLE]
    assert "11.000 kW" in plausible.sentence
    reviews.bill(held.pk, choice="plausible", expected_minor=540, now=minutes(70))
    settle.settle(held.pk, now=minutes(70))
    assert Receipt.objects.get().rating.total_minor == 540


@pytest.mark.parametrize("lasts", [60, 240], ids=["more-than-any-charger", "from-zero"])
def test_a_held_session_of_909_kwh_offers_what_the_connector_gave_before(site, lasts):
    site.rate("member")
    Connector.objects.update(max_power_w=None)
    earlier = site.transaction(at=minutes(-600), meter_start_wh=0)
    MeterValue.objects.create(
        id=ids.derive_from_key(at=minutes(-590), key="x"), charger=site.charger, transaction=earlier, evse_number=1,
        at=minutes(-590), received_at=minutes(-590), power_w=7400, samples=[],
    )  # fmt: skip
    site.stop(earlier, 0, at=minutes(-500), reason="EVDisconnected")
    row = site.transaction(meter_start_wh=0)
    session = site.begin(row)
    site.stop(row, 909_948, at=minutes(lasts), reason="EVDisconnected")
    why = stored.build_sentence(CaseCode.FROM_ZERO, end=909_948)
    type(row).objects.filter(pk=row.pk).update(case="implausible_energy", case_sentences=why)
    site.work(now=minutes(lasts + 1))
    session.refresh_from_db()

    assert session.state == "held"
    likely = next(one for one in reviews.offers(session) if one.is_likely)
    assert (likely.reading.choice, likely.energy_wh) == (Choice.PLAUSIBLE, 7400 * lasts // 60)
    session = Session.objects.get(pk=session.pk)
    assert not reviews.lacks_power(session)
    MeterValue.objects.all().delete()
    assert reviews.lacks_power(session)
    Connector.objects.update(max_power_w=11_000)
    likely = next(one for one in reviews.offers(session) if one.is_likely)
    assert likely.energy_wh == 11_000 * lasts // 60


def test_the_first_session_billed_by_hand_takes_no_second_connection_fee(site, held):
    """It was held when the next one was priced, which therefore paid for connecting."""
    row = site.transaction(at=minutes(62), meter_start_wh=801_000)
    site.begin(row)
    site.stop(row, 805_000, at=minutes(100), reason="EVDisconnected")
    site.work(now=minutes(101))
    assert [one["amount"] for one in lines(Receipt.objects.get().rating) if one["kind"] == "connection"] == [100]

    offer = next(one for one in reviews.offers(held) if one.reading.choice is Choice.PLAUSIBLE)
    rating = reviews.bill(held.pk, choice="plausible", expected_minor=offer.total_minor, now=minutes(120))

    connection = next(one for one in lines(rating) if one["kind"] == "connection")
    assert connection["amount"] == 0
    assert "next session began 2 min after" in connection["reason"]


def lines(rating: Rating):
    return rating.report["lines"]


def test_a_lost_dispute_takes_from_the_host_what_it_was_credited(site):
    site.rate("guest", definition=TAXED)
    guest(site, wh=5000)
    receipt = Receipt.objects.get()
    ref = simulated.dispute(receipt.session.holds.get().processor_ref).ref
    simulated.decide_dispute(ref, is_won=False)

    for _ in range(2):
        disputes.sync_from_processor(ref, processor="simulated", now=NOON + timedelta(days=3))

    assert Dispute.objects.get().taxes == [{"rate_pct": "10", "base": 300, "tax": 30}]
    assert ledger.balance(site.host, Code.HOST_PAYABLE, currency="USD") == 0
    assert ledger.balance(site.host, Code.TAX_PAYABLE, currency="USD") == 0
    assert refunds.not_given(receipt) == 0


def test_a_receipt_does_not_say_that_nothing_charged_while_energy_flowed(site):
    """A car that says from the start that it is done, and takes energy all the same."""
    site.rate("member", definition=PLAIN)
    row = site.transaction()
    site.begin(row)
    site.status("SuspendedEV", at=NOON)
    site.stop(row, 3000, at=minutes(14), reason="EVDisconnected")
    site.work(now=minutes(15))

    assert Receipt.objects.get().document["active_s"] is None
