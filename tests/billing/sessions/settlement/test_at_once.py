"""Many at once: money moves once, and only as much as is held. Real threads, each with its own connection."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection

from billing.models import Hold, Rating, Receipt, Session, SimulatedPayment
from billing.payments.processors import processor
from billing.payments.processors.protocol import Authorization, NotPossibleError
from billing.sentences.sessions import SessionCode
from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from billing.sessions.settlement import settle
from chargers.models import Transaction
from chargers.sentences import stored
from tests.billing.conftest import Site, minutes

pytestmark = pytest.mark.django_db(transaction=True)
GOOD = "4242424242424242"


@pytest.fixture
def site(transactional_db, site: Site) -> Site:
    return site


def at_once(work: Callable[[int], object], *, times: int) -> list[object]:
    def alone(number: int) -> object:
        try:
            return work(number)
        except Exception as exc:  # noqa: BLE001 - what went wrong is the result
            return exc
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=16) as pool:
        return list(pool.map(alone, range(times)))


def test_it_settles_once_for_many_workers(site):
    site.rate("guest")
    order = lifecycle.GuestOrder(charger=site.charger, evse_number=1)
    session = lifecycle.open_for_guest(order, now=minutes(0))
    hold = holds.authorize(holds.open_hold(session, amount_minor=4000, now=minutes(0)), card=GOOD, now=minutes(0))
    row = site.transaction(id_token=session.id_token)
    site.begin(row, site.decision(granted_by="start_ordered", token=None))
    site.stop(row, 6000, at=minutes(60), reason="EVDisconnected")

    found = at_once(lambda _: site.work(now=minutes(61)), times=32)
    site.work(now=minutes(62))

    assert [one for one in found if isinstance(one, Exception)] == []
    assert Session.objects.get().state == "settled"
    assert Receipt.objects.get().number == 1
    assert Rating.objects.filter(kind="final").count() == 1
    hold.refresh_from_db()
    assert hold.captured_minor == SimulatedPayment.objects.get().captured_minor == 300


def test_it_holds_once_for_many_taps_of_one_form(site):
    site.rate("guest")
    order = lifecycle.GuestOrder(charger=site.charger, evse_number=1, key=uuid.uuid4())

    found = at_once(lambda _: lifecycle.open_for_guest(order, now=datetime.now(tz=UTC)), times=50)

    session = Session.objects.get()
    assert found == [session] * 50

    def tap(_: int) -> Hold:
        hold = holds.open_hold(session, amount_minor=4000, now=datetime.now(tz=UTC))
        return holds.authorize(hold, card=GOOD, now=datetime.now(tz=UTC))

    taps = at_once(tap, times=50)

    assert [one for one in taps if not isinstance(one, Hold)] == []
    assert Hold.objects.get().state == "authorised"
    assert SimulatedPayment.objects.count() == 1


def test_it_gives_the_outlet_to_the_first_of_many_guests_who_pays_and_the_others_keep_their_money(site):
    site.rate("guest")
    order = lifecycle.GuestOrder(charger=site.charger, evse_number=1)
    opened = [lifecycle.open_for_guest(order, now=datetime.now(tz=UTC)) for _ in range(20)]

    def pay(number: int) -> Hold:
        hold = holds.open_hold(opened[number], amount_minor=4000, now=datetime.now(tz=UTC))
        return holds.authorize(hold, card=GOOD, now=datetime.now(tz=UTC))

    found = at_once(pay, times=20)

    assert [one for one in found if not isinstance(one, Hold)] == []
    winner = Session.objects.get(state="waiting")
    assert winner.outlet_taken_at is not None
    assert winner.holds.get().state == "authorised"
    assert Session.objects.filter(state="failed", state_sentences__0__code=SessionCode.PAID_FIRST).count() == 19
    assert Hold.objects.filter(state="voided").count() == 19
    assert SimulatedPayment.objects.filter(state="requires_capture").count() == 1


def test_it_never_captures_or_refunds_more_than_there_is(transactional_db):
    wanted = Authorization(amount_minor=1000, currency="USD", card=GOOD, description="Session 1")
    ref = processor().authorize(wanted, key="a").ref

    captures = at_once(lambda n: processor().capture(ref, amount_minor=700, key=f"c{n}"), times=200)
    refunds = at_once(lambda n: processor().refund(ref, amount_minor=100, key=f"r{n}"), times=200)

    assert sum(not isinstance(one, NotPossibleError) for one in captures) == 1
    assert sum(not isinstance(one, NotPossibleError) for one in refunds) == 7
    payment = SimulatedPayment.objects.get()
    assert (payment.captured_minor, payment.refunded_minor) == (700, 700)


def test_it_attaches_or_gives_up_but_never_both(site):
    site.rate("guest")
    order = lifecycle.GuestOrder(charger=site.charger, evse_number=1)
    for round_number in range(10):
        session = lifecycle.open_for_guest(order, now=minutes(0))
        row = site.transaction(id_token=session.id_token, at=minutes(round_number))
        decision = site.decision(granted_by="start_ordered", token=None)

        def one_of_two(number: int, session=session, row=row, decision=decision) -> object:
            if number % 2:
                return settle.fail(session.pk, why=stored.free("Too late."), now=minutes(5))
            return lifecycle.begin(row, charger=site.charger, decision=decision, now=minutes(5))

        found = at_once(one_of_two, times=4)

        assert [one for one in found if isinstance(one, Exception)] == []
        session.refresh_from_db()
        assert (session.state == "charging") == (session.transaction_id is not None)
        assert Session.objects.filter(transaction=row).count() == 1
        Session.objects.filter(transaction=row).update(state="stopped")
        Transaction.objects.filter(pk=row.pk).update(stopped_at=minutes(round_number + 1))
