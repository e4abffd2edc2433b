"""Figures: one module computes every headline about money, and they are the same wherever they stand."""

import random
from datetime import timedelta

import pytest
from django.db.models import Sum

from authorization.models import ApiKey, User
from billing.models import Dispute, Hold, LedgerEntry, Receipt, Receivable, Refund, RefundPart
from billing.payments.books import figures, ledger, statements
from billing.payments.books.ledger import Cause, Code, Movement
from billing.payments.processors import simulated
from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from billing.sessions.processor_reports import disputes
from billing.sessions.refunds import refunds
from billing.sessions.refunds.refunds import RefundError, RefundRequest
from tests.billing.conftest import NOON, PLAIN

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
AFTER = NOON + timedelta(days=2)
TAXED = PLAIN | {
    "processing_fee": "0.30",
    "processing_paid_by": "host",
    "tax": {"mode": "exclusive", "rates": {"connection": "21", "energy": "9"}},
}


def charge(site, kind, *, at, wh, held=4000):
    """One session of a guest, a member or a roaming partner, settled."""
    id_token, granted_by = "04A1", {"member": "local_group", "roaming": "roaming_always"}.get(kind, "guest_hold")
    if kind == "guest":
        session = lifecycle.open_for_guest(lifecycle.GuestOrder(charger=site.charger, evse_number=1), now=at)
        holds.authorize(holds.open_hold(session, amount_minor=held, now=at), card="4242424242424242", now=at)
        id_token = session.id_token
    row = site.transaction(id_token=id_token, at=at)
    session = site.begin(row, site.decision(granted_by=granted_by))
    site.stop(row, 1000 + wh, at=at + timedelta(minutes=60), reason="EVDisconnected")
    site.work(now=at + timedelta(minutes=61))
    return Receipt.objects.get(session=session, kind="receipt")


def give_back(receipt, dice, *, at):
    left = refunds.refundable_minor(receipt)
    asked = RefundRequest(
        amount_minor=dice.randint(1, left) if left > 0 else 1,
        reason=Refund.Reason.GOODWILL,
        fault=dice.choice(list(Refund.Fault)),
        explanation="Sorry.",
    )
    try:
        refund = refunds.request(receipt, asked, by="user:agent@example.com", now=at, is_agent=True)
    except RefundError:
        return
    refunds.send(refund.pk, now=at)


def contest(dice, *, at):
    """Opens a dispute about a payment that nobody contests yet, or decides one that is open."""
    dispute = Dispute.objects.filter(state__in=disputes.OPEN).order_by("id").first()
    if dispute is not None:
        simulated.decide_dispute(dispute.processor_ref, is_won=dice.random() < 0.5)
        disputes.sync_from_processor(dispute.processor_ref, processor="simulated", now=at)
        return
    free = Hold.objects.filter(state="captured", refunded_minor=0, disputes=None).order_by("id").first()
    if free is not None:
        disputes.sync_from_processor(simulated.dispute(free.processor_ref).ref, processor="simulated", now=at)


def by_documents(site, *, since, until):
    """The same from receipts, refunds, payments and debts."""
    receipts = Receipt.objects.filter(kind="receipt", issued_at__gte=since, issued_at__lt=until)
    given = Refund.objects.filter(credit_note__issued_at__gte=since, credit_note__issued_at__lt=until)
    ours, theirs = receipts.filter(collected_by="platform"), receipts.filter(collected_by="host")
    back, own_back = given.filter(receipt__collected_by="platform"), given.filter(receipt__collected_by="host")
    taken = Hold.objects.filter(finished_at__gte=since, finished_at__lt=until)
    taken_back = LedgerEntry.objects.filter(source_type="dispute", posted_at__gte=since, posted_at__lt=until)
    opened, won = (
        Dispute.objects.filter(pk__in=[int(entry.source_id) for entry in taken_back.filter(kind=kind)])
        for kind in ("opened", "won")
    )
    sent = RefundPart.objects.filter(finished_at__gte=since, finished_at__lt=until, state="done", hold__isnull=False)
    return {
        "gross_minor": of(ours, "rating__total_minor"),
        "refunds_minor": of(back, "total_minor"),
        "tax_minor": of(ours, "rating__tax_minor") - of(back, "tax_minor"),
        "own_minor": of(theirs, "rating__total_minor") - of(own_back, "total_minor"),
        "collected_minor": of(taken, "captured_minor")
        - of(sent, "amount_minor")
        - of(opened, "amount_minor")
        + of(won, "amount_minor"),
    }


def of(rows, name):
    return rows.aggregate(sum=Sum(name))["sum"] or 0


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_random_months_have_the_same_figures_everywhere(site, seed):
    site.rate("guest", "member", "roaming", definition=TAXED)
    agent = User.objects.create_user("agent@example.com", "x", is_agent=True)
    dice, at, made = random.Random(seed), NOON, []
    for _ in range(14):
        kind = dice.choice(("guest", "guest", "member", "roaming"))
        made.append(charge(site, kind, at=at, wh=dice.randint(2000, 9000), held=dice.choice((300, 4000))))
        at += timedelta(hours=dice.randint(2, 200))
        for receipt in dice.sample(made, k=min(2, len(made))):
            give_back(receipt, dice, at=at)
        if dice.random() < 0.5:
            contest(dice, at=at)

    months = statements.months(site.host)

    assert len(months) > 1
    for month in months:
        since, until = month.span
        told = month.figures
        assert told == figures.of_host(site.host, currency="USD", since=since, until=until)
        assert [told] == figures.of_viewer(agent, since=since, until=until)
        assert (told.earned_minor, told.payable_minor) == (month.moved_minor, month.closing_minor)
        assert sum(minor for _, minor in figures.parts(told)) == told.earned_minor
        assert sum(one.amount_minor for one in statements.sums(month)) == told.earned_minor
        expected = by_documents(site, since=since, until=until)
        assert {name: getattr(told, name) for name in expected} == expected
    assert months[0].closing_minor == -ledger.balance(site.host, Code.HOST_PAYABLE, currency="USD")
    owed = sum(one.left_minor for one in Receivable.objects.filter(state="open"))
    partners = ledger.balance(site.host, Code.ROAMING_RECEIVABLE, currency="USD")
    assert months[0].figures.outstanding_minor == owed + partners


@pytest.mark.parametrize(("is_won", "collected", "earned"), [(None, 0, 300), (True, 330, 300), (False, 0, 0)])
def test_what_a_bank_took_back_is_not_collected(site, is_won, collected, earned):
    """Neither while it decides nor once it has given the money to the cardholder."""
    site.rate("guest", definition=PLAIN | {"tax": {"mode": "exclusive", "rates": {"connection": "10", "energy": "10"}}})
    receipt = charge(site, "guest", at=NOON, wh=5000)
    ref = simulated.dispute(receipt.session.holds.get().processor_ref).ref
    if is_won is not None:
        disputes.sync_from_processor(ref, processor="simulated", now=NOON + HOUR * 5)
        simulated.decide_dispute(ref, is_won=is_won)

    disputes.sync_from_processor(ref, processor="simulated", now=NOON + HOUR * 6)

    told = figures.of_host(site.host, currency="USD", since=NOON, until=AFTER)
    assert (told.gross_minor, told.collected_minor, told.earned_minor) == (330, collected, earned)


def test_what_members_settle_with_the_property_is_not_owed_to_the_host(site):
    site.rate("guest", "member", definition=TAXED)
    charge(site, "member", at=NOON, wh=5000)

    [month] = statements.months(site.host)

    assert (month.figures.own_minor, month.figures.gross_minor) == (339, 0)
    assert month.figures.payable_minor == month.closing_minor == -30, "its processing fee is the host's to bear"
    assert ledger.balance(site.host, Code.GUEST_RECEIVABLE, currency="USD") == 0
    assert ledger.balance(site.host, Code.TAX_PAYABLE, currency="USD") == 0, "the host remits it"


def test_a_key_sees_its_host_alone(site):
    site.rate("guest", definition=TAXED)
    charge(site, "guest", at=NOON, wh=5000)
    key = ApiKey(host=site.host)
    since, until = NOON - timedelta(days=1), NOON + timedelta(days=1)

    assert [one.currency for one in figures.of_viewer(key, since=since, until=until)] == ["USD"]
    other = ApiKey(host_id=site.host.pk + 1)
    assert figures.of_viewer(other, since=since, until=until) == []


def give(receipt, amount):
    asked = RefundRequest(
        amount_minor=amount, reason=Refund.Reason.GOODWILL, fault=Refund.Fault.HOST, explanation="Sorry."
    )
    return refunds.send(refunds.request(receipt, asked, by="user:a@example.com", now=AFTER).pk, now=AFTER)


def as_before(site, source, pk, sold):
    """What the books had of a sale that the host collects: our debt, instead of its own sale."""
    net, tax = sold["net"], sold["tax"]
    total = net + tax
    kind = "issued" if source == "receipt" else "credited"
    lines = {
        Code.HOST_CLAIMS: -total,
        Code.HOST_SALES: total,
        Code.GUEST_RECEIVABLE: total,
        Code.TAX_PAYABLE: -tax,
        Code.HOST_PAYABLE: -net,
    }
    post(site, Cause(type=source, id=str(pk), kind=kind, generation=2), lines)


def as_moved(site, pk, lines):
    post(site, Cause(type="refund", id=str(pk), kind="credited", generation=2), {code: -n for code, n in lines.items()})


def post(site, cause, lines):
    movement = Movement(host=site.host, currency="USD", cause=cause, lines=lines, memo="As before", occurred_at=AFTER)
    ledger.post(movement, now=AFTER)
