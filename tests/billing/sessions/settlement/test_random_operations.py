"""Money under random operations: whatever happens in whatever order, the promises about books and money hold.

The operations are those of guests, chargers, hosts, agents, the card processor and the workers, drawn by a seed. The
suite runs some hundred, `make test-all` some thousand, RANDOM_OPERATIONS=100000 as many as you like; RANDOM_SEED draws
others.
"""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Case, Count, F, Q, Sum, When

from billing.models import (
    Hold,
    LedgerEntry,
    Posting,
    ProcessorEvent,
    Rating,
    Receipt,
    Receivable,
    Refund,
    RefundPart,
    Session,
    SimulatedDelivery,
    SimulatedPayment,
)
from billing.payments.books import ledger, postings
from billing.payments.processors import simulated
from billing.payments.processors.protocol import ProcessorError, WebhookError
from billing.payments.processors.simulated import clock
from billing.processor_events import processor_events
from billing.sessions.charges import receivables
from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from billing.sessions.processor_reports import disputes, reconciliation
from billing.sessions.refunds import refunds
from billing.sessions.refunds.refunds import RefundError, RefundRequest
from billing.sessions.settlement import settle
from billing.sessions.starting import ordering
from billing.sessions.starting.ordering import PaymentOrder
from chargers.models import Charger, Connector, Evse, Transaction
from tests.billing.conftest import Site
from tests.kit.sampling import is_whole

OPERATIONS = int(os.environ.get("RANDOM_OPERATIONS", "4000" if is_whole() else "700"))
SEED = int(os.environ.get("RANDOM_SEED", "20261122"))
LOOK_EVERY = max(500, OPERATIONS // 20)
PROCESSOR = simulated.SimulatedProcessor()
CARDS = (
    "4242424242424242", "4242424242424242", "5555555555554444", "4000000000000002", "4000000000009995",
    "4000002760003184", "4000000000000119", "4000000000000341", "4000000000000259",
)  # fmt: skip
RATE = {
    "energy": [{"name": "day", "price": "0.45", "from": "06:00", "to": "22:00"}, {"name": "night", "price": "0.25"}],
    "connection_fee": "0.50",
    "idle": {"per_min": "0.10", "grace_min": 10, "cap": "5.00"},
    "processing_fee": "0.35",
    "tax": {"mode": "exclusive", "rates": {"connection": "8.25", "energy": "8.25", "idle": "8.25"}},
}
State = Session.State


@dataclass
class Running:
    """What a charger knows of a session."""

    row: Transaction
    wh: int
    at: datetime


@dataclass
class World:
    """The clock, the dice, the chargers, and what runs at them."""

    site: Site
    dice: random.Random
    now: datetime
    chargers: list[Charger]
    running: dict[int, Running] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    free: int = 0

    def free_charger(self) -> Charger | None:
        busy = set(Session.objects.filter(state=State.WAITING).values_list("charger_id", flat=True))
        free = [one for one in self.chargers if one.pk not in self.running and one.pk not in busy]
        return self.dice.choice(free) if free else None

    def some(self, rows):
        """Any of them, the newer the likelier."""
        found = list(rows.order_by("-pk")[:20])
        return self.dice.choice(found) if found else None


@pytest.fixture
def world(site):
    site.rate("guest", "member", definition=RATE)
    chargers = [site.charger]
    for number in range(2, 13):
        charger = Charger.objects.create(charger_id=f"CP{number}", station_id=f"S{number}", property=site.place)
        evse = Evse.objects.create(charger=charger, number=1)
        Connector.objects.create(evse=evse, number=1, max_power_w=11000)
        chargers.append(charger)
    # The processor keeps our time: its holds must not expire between two steps of a story.
    return World(site=site, dice=random.Random(SEED), now=clock.now(), chargers=chargers)


# What people, chargers and workers do.


def guest_orders(world: World) -> None:
    charger = world.free_charger()
    if charger is None:
        return
    waiting = Session.objects.filter(charger=charger, state=State.WAITING)
    if waiting.exists() and world.dice.random() < 0.8:  # now and then two want the same outlet
        return
    try:
        session = lifecycle.open_for_guest(lifecycle.GuestOrder(charger=charger, evse_number=1), now=world.now)
    except lifecycle.OccupiedError:
        return
    amount = world.dice.choice((300, 600, 1500, 4000))
    hold = holds.open_hold(session, amount_minor=amount, now=world.now)
    card, back, keeps = world.dice.choice(CARDS), "https://portal.example/back", world.dice.random() < 0.5
    for _ in range(world.dice.choice((1, 1, 1, 2))):  # a double tap
        hold = holds.authorize(hold, card=card, now=world.now, return_url=back, keeps_card=keeps)


def guest_confirms(world: World) -> None:
    hold = world.some(Hold.objects.filter(state=Hold.State.AUTHORISING).exclude(processor_ref=""))
    if hold is not None:
        try:
            simulated.confirm(hold.processor_ref, accepted=world.dice.random() < 0.7)
        except ProcessorError:
            return
        holds.check(hold.pk, now=world.now)


def plug_goes_in(world: World) -> None:
    session = world.some(Session.objects.filter(state=State.WAITING, holds__state=Hold.State.AUTHORISED))
    if session is None or session.charger_id in world.running:
        return
    _start(world, session.charger, id_token=session.id_token, granted_by="guest_hold")


def member_starts(world: World) -> None:
    charger = world.free_charger()
    if charger is not None:
        _start(world, charger, id_token="04A1", granted_by="local_group")


def _start(world: World, charger: Charger, *, id_token: str, granted_by: str) -> None:
    here = Site(world.site.host, world.site.place, charger, world.site.member)
    row = here.transaction(id_token=id_token, at=world.now, meter_start_wh=1000)
    here.begin(row, here.decision(granted_by=granted_by))
    world.running[charger.pk] = Running(row, 1000, world.now)


def more_is_held(world: World) -> None:
    """The cost came near what is held: the same amount once more, where the guest agreed to that."""
    charging = Hold.objects.filter(role=Hold.Role.MAIN, state=Hold.State.AUTHORISED, session__state=State.CHARGING)
    main = world.some(charging.exclude(card_ref=""))
    if main is not None:
        holds.extend(main, now=world.now)


def guest_pays_the_rest(world: World) -> None:
    owed = world.some(Receivable.objects.filter(state=Receivable.State.OPEN))
    if owed is not None:
        order = PaymentOrder(card=world.dice.choice(CARDS), return_url="https://portal.example/back")
        ordering.pay_rest(owed.session, order, now=world.now)


def agent_gives_up(world: World) -> None:
    owed = world.some(Receivable.objects.filter(state=Receivable.State.OPEN))
    if owed is None:
        return
    try:
        receivables.give_up(owed.pk, reason="x", by="user:agent@example.com", now=world.now)
    except receivables.NotOpenError:
        return


def meter_moves(world: World) -> None:
    if not world.running:
        return
    one = world.running[world.dice.choice(sorted(world.running))]
    if one.at == world.now:
        return
    hours = (world.now - one.at).total_seconds() / 3600
    one.wh += int(hours * world.dice.choice((0, 3000, 9000)))
    one.at = world.now
    here = Site(world.site.host, world.site.place, one.row.charger, world.site.member)
    here.reading(one.row, one.wh, at=world.now)
    Charger.objects.filter(pk=one.row.charger_id).update(last_message_at=world.now)


def plug_goes_out(world: World) -> None:
    if not world.running:
        return
    one = world.running.pop(world.dice.choice(sorted(world.running)))
    here = Site(world.site.host, world.site.place, one.row.charger, world.site.member)
    one.row.refresh_from_db()
    wh = one.wh if world.dice.random() < 0.95 else one.wh + 900_000  # a meter that cannot be right
    here.stop(one.row, wh, at=world.now, reason=world.dice.choice(("EVDisconnected", "EVDisconnected", "Local")))


def charger_dies(world: World) -> None:
    if world.running and world.dice.random() < 0.1:
        world.running.pop(world.dice.choice(sorted(world.running)))


def time_goes_by(world: World) -> None:
    world.now += timedelta(minutes=world.dice.choice((1, 5, 20, 60)))


def workers_settle(world: World) -> None:
    settle.fail_unstarted(now=world.now)
    settle.catch_up(now=world.now)
    settle.settle_due(now=world.now)


def workers_close_silent(world: World) -> None:
    settle.close_silent(now=world.now)


def workers_resolve(world: World) -> None:
    settle.resolve_holds(now=world.now)
    refunds.catch_up(now=world.now)
    postings.catch_up(now=world.now)


def processor_tells(world: World) -> None:
    """Webhooks in any order, some twice, some never."""
    waiting = list(SimulatedDelivery.objects.filter(delivered_at=None).order_by("pk"))
    due = world.dice.sample(waiting, min(5, len(waiting)))
    for delivery in due:
        raw, at = delivery.raw.encode(), clock.now()
        event = PROCESSOR.verify_webhook(raw, signature=simulated.sign(raw, now=at), now=at)
        processor_events.keep(event, processor="simulated", raw=raw, now=world.now)
        SimulatedDelivery.objects.filter(pk=delivery.pk).update(delivered_at=at)
    processor_events.handle_stored(now=world.now)


def somebody_forges(world: World) -> None:
    hold = world.some(Hold.objects.exclude(processor_ref=""))
    if hold is None:
        return
    raw = f'{{"id": "evt_x", "kind": "payment.captured", "ref": "{hold.processor_ref}", "created_at": "x"}}'.encode()
    stamp = str(int(clock.now().timestamp()))
    before = ProcessorEvent.objects.count()
    with pytest.raises(WebhookError):
        PROCESSOR.verify_webhook(raw, signature=f"{stamp}.{'0' * 64}", now=clock.now())
    assert ProcessorEvent.objects.count() == before


def host_refunds(world: World) -> None:
    """Also while something of it is owed, and of sessions that were paid several times."""
    receipts = Receipt.objects.filter(kind=Receipt.Kind.RECEIPT)
    owing = receipts.filter(session__receivables__state=Receivable.State.OPEN)
    captured = Count("session__holds", filter=Q(session__holds__state=Hold.State.CAPTURED))
    often = receipts.annotate(captured=captured).filter(captured__gt=1)
    receipt = world.some(world.dice.choice((receipts, owing, often)))
    if receipt is None:
        return
    kinds = refunds.kinds_left(receipt)
    by_line = kinds and world.dice.random() < 0.5
    wanted = RefundRequest(
        lines=frozenset({world.dice.choice(kinds)}) if by_line else frozenset(),
        amount_minor=None if by_line else world.dice.randint(1, world.dice.choice((500, 1500, 3000))),
        reason=Refund.Reason.GOODWILL,
        fault=world.dice.choice(list(Refund.Fault)),
        explanation="Sorry.",
    )
    try:
        refund = refunds.request(receipt, wanted, by="user:a@example.com", now=world.now, is_agent=True)
    except RefundError:
        return
    if refund.state == Refund.State.SENDING and world.dice.random() < 0.9:  # else its worker was killed
        refunds.send(refund.pk, now=world.now)


def second_person_answers(world: World) -> None:
    refund = world.some(Refund.objects.filter(state=Refund.State.WAITING))
    if refund is not None:
        approves = world.dice.random() < 0.7
        try:
            refunds.answer(refund.pk, approves=approves, by="user:b@example.com", now=world.now)
        except RefundError:  # what was still owed was given up meanwhile, or is being paid
            assert approves


def somebody_answers_a_refusal(world: World) -> None:
    refund = world.some(Refund.objects.filter(state__in=(Refund.State.REFUSED, Refund.State.PARTLY)))
    if refund is None:
        return
    try:
        if world.dice.random() < 0.5:
            refunds.send_again(refund.pk, now=world.now)
        else:
            is_agent = world.dice.random() < 0.5
            refunds.give_otherwise(
                refund.pk, note="By bank transfer.", by="user:a@example.com", is_agent=is_agent, now=world.now
            )
    except RefundError:
        return


def host_waives(world: World) -> None:
    session = world.some(Session.objects.filter(state=State.HELD))
    if session is not None and settle.waive(session.pk, reason="A gift", now=world.now):
        holds.release(session.pk, now=world.now)


def somebody_rewrites_the_books(world: World) -> None:
    """Also the application's own role may not: a fault of ours must not be able to."""
    for sql in ("UPDATE billing_posting SET amount_minor = amount_minor + 1", "DELETE FROM billing_ledgerentry"):
        if Posting.objects.exists():
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql)


def host_refunds_a_debt(world: World) -> None:
    """Played once beside what the dice draw: the hold was too small, and the host refunds before the rest is paid."""
    receipt = _underpaid(world, "CP98")
    refund = refunds.request(receipt, _goodwill(150), by="user:a@example.com", now=world.now, is_agent=True)
    assert refund.parts.filter(receivable__isnull=False).exists()


def host_refunds_two_cards(world: World) -> None:
    """The same, but the rest was paid by another card: the money goes back to both."""
    receipt = _underpaid(world, "CP99")
    order = PaymentOrder(card=CARDS[2], return_url="https://portal.example/back")
    ordering.pay_rest(receipt.session, order, now=world.now)
    total = receipt.rating.total_minor
    refund = refunds.request(receipt, _goodwill(total), by="user:a@example.com", now=world.now, is_agent=True)
    assert refund.parts.filter(hold__isnull=False).count() == 2


def _underpaid(world: World, charger_id: str) -> Receipt:
    charger = Charger.objects.create(charger_id=charger_id, station_id=charger_id, property=world.site.place)
    Connector.objects.create(evse=Evse.objects.create(charger=charger, number=1), number=1, max_power_w=11000)
    session = lifecycle.open_for_guest(lifecycle.GuestOrder(charger=charger, evse_number=1), now=world.now)
    hold = holds.open_hold(session, amount_minor=300, now=world.now)
    holds.authorize(hold, card=CARDS[0], now=world.now, return_url="https://portal.example/back", keeps_card=False)
    here = Site(world.site.host, world.site.place, charger, world.site.member)
    row = here.transaction(id_token=session.id_token, at=world.now, meter_start_wh=1000)
    here.begin(row, here.decision(granted_by="guest_hold"))
    world.now += timedelta(hours=2)
    here.stop(row, 21_000, at=world.now, reason="EVDisconnected")
    world.now += timedelta(hours=1)
    workers_settle(world)
    assert session.receivables.filter(state=Receivable.State.OPEN).exists()
    return Receipt.objects.get(session=session, kind=Receipt.Kind.RECEIPT)


def _goodwill(amount_minor: int) -> RefundRequest:
    return RefundRequest(
        lines=frozenset(),
        amount_minor=amount_minor,
        reason=Refund.Reason.GOODWILL,
        fault=Refund.Fault.HOST,
        explanation="Sorry.",
    )


WHAT: dict[Callable[[World], None], int] = {
    guest_orders: 10, guest_confirms: 4, plug_goes_in: 14, member_starts: 2, meter_moves: 20, plug_goes_out: 9,
    charger_dies: 1, time_goes_by: 12, workers_settle: 12, workers_close_silent: 2, workers_resolve: 6,
    processor_tells: 6, somebody_forges: 1, host_refunds: 14, second_person_answers: 2, host_waives: 1,
    somebody_rewrites_the_books: 1, more_is_held: 2, guest_pays_the_rest: 1, agent_gives_up: 1,
    somebody_answers_a_refusal: 1,
}  # fmt: skip


# What must be true at every moment, and what at rest.


def look(world: World) -> None:
    books_balance()
    money_out_is_never_more_than_money_in()
    every_part_is_accounted_for()
    every_amount_is_explained()
    every_session_has_one_end(world)


def books_balance() -> None:
    signed = Case(When(side="D", then=F("amount_minor")), default=-F("amount_minor"))
    unbalanced = LedgerEntry.objects.annotate(
        sum=Sum(Case(When(postings__side="D", then=F("postings__amount_minor")), default=-F("postings__amount_minor")))
    ).exclude(sum=0)
    assert not unbalanced.exists()
    assert (Posting.objects.aggregate(sum=Sum(signed))["sum"] or 0) == 0


def money_out_is_never_more_than_money_in() -> None:
    for payment in SimulatedPayment.objects.filter(
        Q(captured_minor__gt=F("amount_minor")) | Q(refunded_minor__gt=F("captured_minor"))
    ):
        raise AssertionError(f"{payment} took more than it held, or gave back more than it took")
    given = Q(refund_parts__state__in=["sending", "checking", "done"])
    parts = Hold.objects.annotate(given=Sum("refund_parts__amount_minor", filter=given))
    assert not parts.filter(given__gt=F("captured_minor")).exists()
    back = Q(refunds__state__in=["waiting", "sending", "checking", "done", "partly"])
    beyond = Receipt.objects.annotate(given=Sum("refunds__total_minor", filter=back))
    assert not beyond.filter(given__gt=F("rating__total_minor")).exists()
    # Only the processor can say that money moved: what we wrote down as taken or given back is what it did.
    for hold in Hold.objects.filter(state=Hold.State.CAPTURED).exclude(processor_ref=""):
        payment = SimulatedPayment.objects.get(ref=hold.processor_ref)
        assert payment.captured_minor == hold.captured_minor
        sent = hold.refund_parts.filter(state="done").aggregate(sum=Sum("amount_minor"))["sum"] or 0
        assert sent <= payment.refunded_minor <= hold.refunded_minor


def every_part_is_accounted_for() -> None:
    """The parts of a refund are its whole, its state follows from theirs, and debts shrink by them and nothing else."""
    for refund in Refund.objects.exclude(state__in=["waiting", "declined"]).prefetch_related("parts"):
        parts = list(refund.parts.all())
        assert sum(part.amount_minor for part in parts) == refund.total_minor
        assert (refund.credit_note_id is not None) == any(part.state in {"done", "otherwise"} for part in parts)
    owed = Receivable.objects.annotate(taken_off=Sum("refund_parts__amount_minor", default=0))
    assert not owed.exclude(reduced_minor=F("taken_off")).exists()
    assert not Receivable.objects.exclude(Q(state="reduced") ^ Q(reduced_minor__lt=F("amount_minor"))).exists()


def what_guests_owe() -> int:
    """By the documents: open debts, claims that no card is for, less what is owed to guests and could not go back."""
    total = sum(one.left_minor for one in Receivable.objects.filter(state="open"))
    by_claim = Receipt.objects.filter(kind="receipt", collected_by="platform", session__receivables=None)
    total += claims(by_claim.exclude(session__holds__state="captured"))
    stuck = RefundPart.objects.filter(state="refused", refund__state="partly").aggregate(sum=Sum("amount_minor"))["sum"]
    return total - (stuck or 0)


def claims(receipts) -> int:
    """What these receipts are over, less what was credited of them."""
    total = 0
    for receipt in receipts.select_related("rating"):
        credited = receipt.refunds.filter(credit_note__isnull=False).aggregate(sum=Sum("total_minor"))["sum"] or 0
        total += receipt.rating.total_minor - credited
    return total


def every_amount_is_explained() -> None:
    for rating in Rating.objects.filter(kind="final").order_by("-pk")[:300]:
        lines = sum(line["amount"] for line in rating.report["lines"])
        taxes = sum(group["tax"] for group in rating.report["taxes"])
        assert lines == rating.report["subtotal"]
        assert rating.total_minor == rating.net_minor + rating.tax_minor == lines + taxes


def every_session_has_one_end(world: World) -> None:
    settled = Session.objects.filter(state=State.SETTLED, rate_version__isnull=False)
    assert not settled.annotate(n=Count("receipts", filter=Q(receipts__kind="receipt"))).exclude(n=1).exists()
    unbilled = Session.objects.exclude(state=State.SETTLED)
    assert not Receipt.objects.filter(session__in=unbilled).exists()
    failed = Session.objects.filter(state=State.FAILED, holds__captured_minor__gt=0)
    assert not failed.exists()
    numbers = list(Receipt.objects.filter(kind="receipt").order_by("series", "number").values_list("series", "number"))
    for series in {series for series, _ in numbers}:
        mine = [number for one, number in numbers if one == series]
        assert mine == list(range(1, len(mine) + 1))
    posted = {int(one) for one in LedgerEntry.objects.filter(source_type="receipt").values_list("source_id", flat=True)}
    billed = Receipt.objects.filter(rating__total_minor__gt=0, kind="receipt")
    assert set(billed.values_list("pk", flat=True)) <= posted


def come_to_rest(world: World) -> None:
    """Everybody unplugs, the workers run until nothing is left to do."""
    while world.running:
        plug_goes_out(world)
    for _ in range(12):
        world.now += timedelta(hours=1)
        for pk in Refund.objects.filter(state=Refund.State.WAITING).values_list("pk", flat=True):
            try:
                refunds.answer(pk, approves=True, by="user:b@example.com", now=world.now)
            except RefundError:
                refunds.answer(pk, approves=False, by="user:b@example.com", now=world.now)
        workers_close_silent(world)
        workers_settle(world)
        workers_resolve(world)
        disputes.learn_open(now=world.now)
        reconciliation.pull(now=world.now)
        while SimulatedDelivery.objects.filter(delivered_at=None).exists():
            processor_tells(world)


@pytest.mark.long
def test_money_keeps_its_promises_whatever_happens(world):
    does, weights = list(WHAT), list(WHAT.values())
    for number in range(1, OPERATIONS + 1):
        act = world.dice.choices(does, weights)[0]
        act(world)
        world.done[act.__name__] = world.done.get(act.__name__, 0) + 1
        if number % LOOK_EVERY == 0:
            look(world)

    host_refunds_a_debt(world)
    host_refunds_two_cards(world)
    come_to_rest(world)

    look(world)
    assert not Session.objects.filter(state__in=[State.WAITING, State.CHARGING, State.STOPPED]).exists()
    live = Hold.objects.filter(state__in=Hold.LIVE).exclude(session__state=State.HELD)
    assert not live.exists(), list(live)
    assert not Refund.objects.filter(state__in=["waiting", "sending", "checking"]).exists()
    events = ProcessorEvent.objects.values_list("event_id", flat=True)
    assert len(events) == len(set(events)) == SimulatedDelivery.objects.values("event_id").distinct().count()
    assert Receipt.objects.filter(kind="receipt").count() > OPERATIONS / 100
    assert Refund.objects.filter(state="done").exists()
    owed = ledger.balance(world.site.host, ledger.Code.GUEST_RECEIVABLE, currency="USD")
    assert owed == what_guests_owe()
    own = Receipt.objects.filter(kind="receipt", collected_by="host")
    assert not own.filter(session__holds__captured_minor__gt=0).exists()
    assert ledger.balance(world.site.host, ledger.Code.HOST_CLAIMS, currency="USD") == claims(own) > 0
    there = PROCESSOR.balance("USD")
    assert ledger.balance(world.site.host, ledger.Code.PROCESSOR_CLEARING, currency="USD") == (
        there.available_minor + there.pending_minor
    )
