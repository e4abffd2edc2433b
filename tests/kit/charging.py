"""Paid sessions at the world's charger: from its messages, priced and settled by the real code."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from authorization.decide import decisions
from authorization.models import Decision, User
from billing.models import (
    Complaint,
    Dispute,
    Hold,
    PeriodRefund,
    PlanVersion,
    ProcessorTransaction,
    Rate,
    RateAssignment,
    RateVersion,
    Receipt,
    Receivable,
    Refund,
    RefundOffer,
    Session,
)
from billing.payments.processors import simulated
from billing.sentences.doubts import DoubtCode
from billing.sentences.payments import PaymentCode
from billing.sessions.drivers import accounts, payment_cards
from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from billing.sessions.offers import offers
from billing.sessions.plans import catalogue, subscriptions
from billing.sessions.plans.catalogue import PlanTerms
from billing.sessions.refunds import complaints, refunds
from billing.sessions.settlement import settle
from chargers.lib import ids
from chargers.models import Charger, Host, Message, MeterValue, Property, StatusReport, Transaction
from chargers.sentences import stored

PLAIN = {
    "energy": [{"name": "all day", "price": "0.40"}],
    "connection_fee": "1.00",
    "idle": {"per_min": "0.20", "grace_min": 10, "cap": "10.00"},
}
YESTERDAY = datetime.now(tz=UTC).replace(microsecond=0) - timedelta(days=1)
_numbers = itertools.count(1000)


def make_rate(
    host: Host, *, slug: str = "plain", currency: str = "USD", definition: dict[str, Any] = PLAIN
) -> RateVersion:
    rate = Rate.objects.create(host=host, slug=slug, name=slug.capitalize(), currency=currency)
    return RateVersion.objects.create(
        rate=rate, number=1, definition=definition, created_at=YESTERDAY - timedelta(days=7)
    )


def assign(version: RateVersion, place: Property, *audiences: str, charger: Charger | None = None) -> None:
    for audience in audiences:
        RateAssignment.objects.create(rate=version.rate, property=place, charger=charger, audience=audience)


def charge(charger: Charger, *, uid: str = "04A1B2C3D4", at: datetime = YESTERDAY, wh: int = 20_000) -> Session:
    """A card starts, charges for two hours and leaves at once; settled."""
    row = start(charger, uid=uid, at=at)
    return finish(row, wh=wh, at=at + timedelta(hours=2))


def guest(
    charger: Charger,
    *,
    email: str = "kim@example.com",
    at: datetime = YESTERDAY,
    wh: int = 20_000,
    held_minor: int = 4000,
) -> Session:
    """A guest holds 40.00 on 4242, charges for two hours and leaves at once; settled and captured."""
    session = paid_for(charger, email=email, at=at, held_minor=held_minor)
    row = start(charger, uid=session.id_token, at=at + timedelta(minutes=1))
    return finish(row, wh=wh, at=at + timedelta(hours=2))


def paid_for(
    charger: Charger, *, email: str = "kim@example.com", at: datetime = YESTERDAY, held_minor: int = 4000
) -> Session:
    """A guest who holds 40.00 on 4242, and has not started to charge."""
    session = lifecycle.open_for_guest(lifecycle.GuestOrder(charger=charger, evse_number=1, email=email), now=at)
    hold = holds.open_hold(session, amount_minor=held_minor, now=at)
    holds.authorize(hold, card="4242 4242 4242 4242", now=at)
    return session


def start(charger: Charger, *, uid: str, at: datetime) -> Transaction:
    """Plugs in a minute before, and starts by the real rules."""
    report(charger, "Preparing", at=at - timedelta(minutes=1))
    asked = decisions.Question(kind="start", uid=uid, at=at)
    decided = decisions.decide(charger=charger, question=asked, now=at)
    row = Transaction.objects.create(
        charger=charger,
        transaction_id=str(next(_numbers)),
        id_token=uid,
        started_at=at,
        start_received_at=at,
        authorization_status="Accepted",
        ocpp_version="1.6",
        evse_number=1,
        connector_number=1,
        meter_start_wh=1000,
    )
    lifecycle.begin(row, charger=charger, decision=Decision.objects.get(pk=decided.id), now=at)
    report(charger, "Charging", at=at + timedelta(seconds=10))
    read(row, 1000, at=at + timedelta(seconds=20))
    return row


def overstay(charger: Charger, *, late: timedelta, at: datetime = YESTERDAY) -> Session:
    """A card charges for two hours, the car stops taking energy, and leaves this much later; settled."""
    row = start(charger, uid="04A1B2C3D4", at=at)
    full = at + timedelta(hours=2)
    read(row, 21_000, at=full)
    report(charger, "SuspendedEV", at=full)
    for number in range(int(late / timedelta(minutes=5)) + 1):
        message(charger, at=full + number * timedelta(minutes=5))
    return finish(row, wh=20_000, at=full + late)


def read(row: Transaction, wh: int, *, at: datetime) -> None:
    MeterValue.objects.create(
        id=ids.derive_from_key(at=at, key=f"{row.pk}|{wh}"),
        charger=row.charger,
        transaction=row,
        at=at,
        received_at=at,
        register_wh=wh,
        samples=[],
    )
    Transaction.objects.filter(pk=row.pk).update(register_wh=wh, register_at=at)


def finish(row: Transaction, *, wh: int, at: datetime, reason: str = "Local") -> Session:
    row.refresh_from_db()
    row.stopped_at = row.stop_received_at = at
    row.meter_stop_wh, row.stop_reason = 1000 + wh, reason
    row.save()
    lifecycle.stop(row)
    settle.catch_up(now=at + timedelta(seconds=5))
    report(row.charger, "Available", at=at + timedelta(minutes=1))
    settle.settle_due(now=at + timedelta(minutes=1, seconds=5))
    return Session.objects.get(transaction=row)


def held_after_a_jump(charger: Charger) -> Session:
    """5 kWh in half an hour, and then a register that jumped: held for review, with money on the guest's card."""
    session = lifecycle.open_for_guest(lifecycle.GuestOrder(charger=charger, evse_number=1), now=YESTERDAY)
    hold = holds.open_hold(session, amount_minor=4000, now=YESTERDAY)
    holds.authorize(hold, card="4242 4242 4242 4242", now=YESTERDAY)
    row = start(charger, uid=session.id_token, at=YESTERDAY)
    read(row, 6000, at=YESTERDAY + timedelta(minutes=30))
    return finish(row, wh=9_000_000, at=YESTERDAY + timedelta(hours=2))


def message(charger: Charger, *, at: datetime, uid: str = "") -> Message:
    return Message.objects.create(
        id=ids.generate(now=at),
        charger=charger,
        direction="in",
        ocpp_version="1.6",
        message_type=2,
        action="StartTransaction",
        request_at=at,
        request="[]",
        uid=uid,
    )


def report(charger: Charger, word: str, *, at: datetime) -> None:
    StatusReport.objects.create(charger=charger, evse_number=1, connector_number=1, status=word, at=at, received_at=at)
    lifecycle.status(charger, evse_number=1, word=word, at=at)


def refund(session: Session, *, amount_minor: int = 100) -> Refund:
    """Requests a refund of a settled session, which has not been sent."""
    return refund_of(session.receipts.get(), amount_minor=amount_minor)


def refund_of(receipt: Receipt, *, amount_minor: int = 100) -> Refund:
    wanted = refunds.RefundRequest(
        amount_minor=amount_minor, reason=Refund.Reason.GOODWILL, fault=Refund.Fault.HOST, explanation="Sorry."
    )
    return refunds.request(receipt, wanted, by="user:somebody@example.com", now=YESTERDAY)


def dispute(session: Session) -> Dispute:
    """A cardholder disputes the session's payment; without a card payment, one is made up."""
    hold = session.holds.first() or Hold.objects.create(
        id=ids.generate(now=session.opened_at),
        session=session,
        processor="simulated",
        processor_ref=f"sim_{session.pk}",
        amount_minor=4000,
        captured_minor=900,
        currency="USD",
        state="captured",
        last4="4242",
        created_at=session.opened_at,
        finished_at=session.opened_at,
    )
    return Dispute.objects.create(
        hold=hold,
        host=session.host,
        processor="simulated",
        processor_ref=f"dp_{session.pk}",
        state="needs_response",
        reason="fraudulent",
        amount_minor=900,
        fee_minor=1500,
        currency="USD",
        opened_at=YESTERDAY,
    )


def receivable(session: Session, *, amount_minor: int = 1100) -> Receivable:
    """The part of a session that no card covered."""
    return Receivable.objects.create(
        session=session,
        host=session.host,
        amount_minor=amount_minor,
        currency="USD",
        reason_sentences=stored.build_sentence(PaymentCode.OWED_BEYOND),
        created_at=YESTERDAY,
    )


def movement(*, net_minor: int = -500) -> ProcessorTransaction:
    """A movement at the processor that none of our records explains."""
    return ProcessorTransaction.objects.create(
        processor="simulated",
        ref="txn_1",
        kind="fee",
        amount_minor=net_minor,
        fee_minor=0,
        net_minor=net_minor,
        currency="USD",
        source_ref="fee_1",
        made_at=YESTERDAY,
        available_at=YESTERDAY,
        match="unknown",
        finding="The processor charged or paid something that belongs to no payment.",
        seen_at=YESTERDAY,
    )


def refused_of_plan(host: Host, *, email: str = "subscriber@example.com") -> PeriodRefund:
    """A driver's plan of 9.90 a month ends at once, but its payment is disputed, so nothing can be refunded."""
    now = datetime.now(tz=UTC)
    driver = accounts.of_user(User.objects.create_user(email, None, sees_portal=False), language="en", now=now)
    card = payment_cards.save(driver, card="4242424242424242", return_url="http://x/CARD", now=now)
    offer = PlanTerms(fee_minor=990, currency="USD", proration=PlanVersion.Proration.FULL)
    plan = catalogue.make(host, name="Neighbour", offer=offer, now=now).plan
    period = subscriptions.subscribe(driver, plan, card=card, now=now)
    simulated.dispute(period.processor_ref)
    subscriptions.end_at_once(period.subscription, now=now)
    return PeriodRefund.objects.get(period=period)


def complaint(session: Session, *, text: str = "The cable did not come out.", email: str = "") -> Complaint:
    """The guest complains on the receipt's page about the energy; the host has not answered."""
    said = complaints.ComplaintText(about=Complaint.About.ENERGY, text=text, email=email, language="en")
    return complaints.make(session, said, now=datetime.now(tz=UTC))


def offer(session: Session) -> RefundOffer:
    """The records prove the connection fee wrong; the offer waits for the host, who has set no limit."""
    return RefundOffer.objects.create(
        receipt=session.receipts.earliest("id"),
        host=session.host,
        state="waiting",
        limit="no_terms",
        lines=["connection"],
        reason="not_delivered",
        sentences=stored.build_sentence(DoubtCode.BROKE_OFF, minutes=4, energy_wh=300),
        total_minor=100,
        currency="USD",
        made_at=YESTERDAY,
        ends_at=YESTERDAY + offers.OPEN_FOR,
    )
