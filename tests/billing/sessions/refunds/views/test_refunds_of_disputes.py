"""Refunds of disputed payments: nothing is promised before it can be done, and a refusal needs somebody."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from billing.models import Complaint, Dispute, Hold, OutgoingMail, Refund, Session
from billing.payments.processors import simulated
from billing.sessions.processor_reports import disputes
from billing.sessions.refunds import refunds
from chargers.models import Property
from tests.kit import charging
from tests.kit.world import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.fresh_log_in]
REFUND = {"reason": "goodwill", "fault": "host", "explanation": "Sorry for the trouble."}
SEND = REFUND | {"confirmed": "yes", "amount": "2"}


@pytest.fixture
def paid(world) -> Session:
    """A guest paid 9.00, and said that something is wrong."""
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    session = charging.guest(world.charger)
    charging.complaint(session, email="kim@example.com")
    OutgoingMail.objects.all().delete()
    return session


def contest(session) -> str:
    return simulated.dispute(Hold.objects.get(session=session).processor_ref).ref


def receipt_of(session) -> str:
    return " ".join(Client().get(f"/s/{session.secret}/receipt/").content.decode().split())


@pytest.mark.parametrize("confirmed", [{}, {"confirmed": "yes"}])
def test_a_refund_of_a_disputed_payment_is_neither_previewed_nor_sent(world, paid, client_of, confirmed):
    disputes.sync_from_processor(contest(paid), processor="simulated", now=datetime.now(tz=UTC))

    told = client_of(world.owner).post(f"/sessions/{paid.pk}/refund/", REFUND | {"amount": "2"} | confirmed)

    assert "The cardholder contests the payment by the card ending 4242" in told.content.decode()
    assert not Refund.objects.exists()
    assert Complaint.objects.get().state == "open"
    assert not OutgoingMail.objects.exists()


def test_a_refusal_leaves_the_complaint_open_and_lands_in_the_work_list(world, paid, client_of):
    contest(paid)  # and nobody has told us yet
    assert not Dispute.objects.exists()

    client = client_of(world.owner)
    client.post(f"/sessions/{paid.pk}/refund/", SEND)

    assert Refund.objects.get().state == "refused"
    found = Complaint.objects.get()
    assert (found.state, found.answer, found.answered_at) == ("open", "", None)
    assert not OutgoingMail.objects.exists(), "nothing was promised"
    assert "is given back" not in receipt_of(paid)
    assert str(paid.pk) in client.get("/money/").content.decode()
    assert str(paid.pk) in client_of(world.agent).get("/books/cases/").content.decode()


def test_a_refund_answers_the_complaint_when_it_is_done(world, paid, client_of):
    client_of(world.owner).post(f"/sessions/{paid.pk}/refund/", SEND)

    found = Complaint.objects.get()
    assert (found.state, found.answer) == ("answered", "Sorry for the trouble.")
    assert "$2.00 is given back." in OutgoingMail.objects.exclude(key="").get().text


def test_what_is_given_another_way_answers_it_too(world, paid, client_of):
    contest(paid)
    client = client_of(world.owner)
    client.post(f"/sessions/{paid.pk}/refund/", SEND)

    client.post(f"/sessions/refunds/{Refund.objects.get().pk}/", {"do": "otherwise", "how": "In cash."})

    assert Refund.objects.get().state == "done"
    assert Complaint.objects.get().state == "answered"


def test_the_guest_reads_that_it_is_being_looked_at_until_somebody_agreed(world, paid, client_of, settings):
    settings.REFUND_ALONE_UP_TO = 1
    client_of(world.owner).post(f"/sessions/{paid.pk}/refund/", SEND)

    text = receipt_of(paid)

    assert "is being looked at" in text
    assert "$2.00" not in text
    assert "Sorry for the trouble." not in text
    assert Complaint.objects.get().state == "open"
    second = make_user("second@example.com", world.host, "owner")
    client_of(second).post(f"/sessions/refunds/{Refund.objects.get().pk}/", {"do": "approve"})
    assert "$2.00 was given back" in receipt_of(paid)
    assert Complaint.objects.get().state == "answered"


def test_a_refund_may_go_back_once_the_dispute_is_won(world, paid):
    ref, now = contest(paid), datetime.now(tz=UTC)
    disputes.sync_from_processor(ref, processor="simulated", now=now)
    assert refunds.refundable_minor(paid.receipts.get()) == 0
    simulated.decide_dispute(ref, is_won=True)
    disputes.sync_from_processor(ref, processor="simulated", now=now)

    assert refunds.refundable_minor(paid.receipts.get()) == 900


@pytest.mark.parametrize("posted", [None, REFUND | {"amount": "5"}, SEND])
def test_a_disputed_payment_shows_only_the_refusal_and_who_acts_next(world, paid, client_of, posted):
    disputes.sync_from_processor(contest(paid), processor="simulated", now=datetime.now(tz=UTC))
    client, page = client_of(world.owner), f"/sessions/{paid.pk}/refund/"

    told = (client.get(page) if posted is None else client.post(page, posted)).content.decode()

    assert "nothing of it can be given back before their bank has decided" in told
    assert "Our support answers the bank, and then the bank decides." in told
    for offered in ("to refund<", "Which way:", "Give back", 'name="amount"', "at most"):
        assert offered not in told


def test_a_session_offers_no_refund_where_nothing_is_left_to_give(world, paid, client_of):
    client, page = client_of(world.owner), f"/sessions/{paid.pk}/"
    assert "Refund…" in client.get(page).content.decode()
    disputes.sync_from_processor(contest(paid), processor="simulated", now=datetime.now(tz=UTC))

    told = client.get(page).content.decode()

    assert "Refund…" not in told
    assert "nothing is promised to the driver" in told


def test_a_session_given_back_whole_offers_no_refund(world, paid, client_of):
    client = client_of(world.owner)
    client.post(f"/sessions/{paid.pk}/refund/", SEND | {"amount": "9"})

    told = client.get(f"/sessions/{paid.pk}/").content.decode()

    assert "Refund…" not in told
    assert "Nothing is left to give back" in told
