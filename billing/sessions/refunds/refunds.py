"""Refunds: the difference between a receipt and the same receipt without the refunded lines, and how it is paid back.

`routing` decides the ways; each is a row of its own, which `attempts` sends. The order is that of holds: our rows are
committed and their amounts reserved, then the processor is called. `send` must not be called inside a database
transaction.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Sum

from authorization.people.second_person import First
from billing.engine.rate import definition
from billing.engine.values import money
from billing.models import Dispute, Hold, Rating, Receipt, Refund, RefundPart
from billing.payments.books import postings
from billing.payments.books.ledger import Code
from billing.pricing import session_facts
from billing.sessions.charges import receivables, refund_attempts
from billing.sessions.documents import receipts
from billing.sessions.refunds import attempts, complaint_answers, late_stop_answers, refund_taxes, routing
from billing.sessions.refunds.refund_taxes import Share, Shares
from billing.sessions.refunds.routing import NoWayError, Room, Way
from chargers.lib import ids
from chargers.text import card_numbers

State, PartState = Refund.State, RefundPart.State
_COUNTS: Final = (State.WAITING, State.SENDING, State.CHECKING, State.DONE, State.PARTLY)
REPEATED_WITHIN: Final = timedelta(minutes=15)
"""Within this time the same refund is more likely a mistake than intended."""
KINDS: Final = ("connection", "energy", "time", "idle", "processing")


class RefundError(Exception):
    """The refund is not possible; the message is a sentence with the reason and what is possible."""


class RepeatedError(RefundError):
    """The same refund was made or requested moments ago, so it needs a confirmation."""

    def __init__(self, sentence: str, *, first: Refund) -> None:
        super().__init__(sentence)
        self.first = first


@dataclass(frozen=True, slots=True)
class Difference:
    """The amount to refund, in minor units. `total_minor` is `net_minor` plus `tax_minor`."""

    total_minor: int
    net_minor: int
    tax_minor: int
    taxes: Shares = ()
    """The same by tax rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """A refund as requested: whole lines by their kind, or an amount in minor units; and the reason."""

    lines: frozenset[str] = frozenset()
    amount_minor: int | None = None
    reason: Refund.Reason
    fault: Refund.Fault
    explanation: str
    explanation_reason: dict[str, Any] | None = None
    """The explanation as a code with its amounts, if a person did not write it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundableLine:
    """A kind of line that was not refunded yet: its amount with tax, and the obstacle to refunding it, which may be
    empty.
    """

    kind: str
    total_minor: int
    obstacle: str


def price(receipt: Receipt) -> Rating:
    """Returns the current price: that of the newest correction, which a late stop may have raised."""
    counts = receipts.newest(receipt.session)
    return counts.rating if counts is not None else receipt.rating


def refundable_minor(receipt: Receipt) -> int:
    """Returns what can still be refunded, in minor units: of the receipt, and of what was paid or is owed."""
    of_receipt = not_given(receipt)
    room = routing.load_room(receipt.session_id, currency=receipt.rating.currency).minor
    return of_receipt if room is None else min(of_receipt, room)


def obstacle(receipt: Receipt) -> str:
    """Returns why nothing can be refunded now, and who acts next; empty if something can."""
    if why := routing.obstacle(routing.load_room(receipt.session_id, currency=receipt.rating.currency)):
        return why
    if not_given(receipt) > 0:
        return ""
    return "Nothing is left of this receipt: all of it was given back, or is about to be."


def not_given(receipt: Receipt) -> int:
    """Returns the receipt's amount without refunds and lost disputes, including amounts that cannot be refunded now."""
    lost = Dispute.objects.filter(hold__session=receipt.session_id, taxes__isnull=False)
    lost_minor: int = sum(group["base"] + group["tax"] for dispute in lost for group in dispute.taxes or ())
    return int(price(receipt).total_minor - _refunded_minor(receipt) - lost_minor)


def kinds_left(receipt: Receipt) -> list[str]:
    """Returns the kinds of lines on the receipt that were not refunded yet."""
    refunded_kinds = _waived_kinds(receipt)
    on_receipt = {line["kind"] for line in price(receipt).report["lines"] if line["amount"]}
    return [kind for kind in KINDS if kind in on_receipt and kind not in refunded_kinds]


def lines_left(receipt: Receipt) -> list[RefundableLine]:
    """Returns each remaining line with its refund, and why it cannot be refunded in full.

    Prices the session again for each.
    """
    max_minor, currency = refundable_minor(receipt), receipt.rating.currency
    return [_line_left(receipt, kind, most_minor=max_minor, currency=currency) for kind in kinds_left(receipt)]


def _line_left(receipt: Receipt, kind: str, *, most_minor: int, currency: str) -> RefundableLine:
    total = sum(_sum_lines_by_rate(receipt, {kind}).values())
    obstacle = ""
    if total <= 0:
        obstacle = "Without it the session costs the same, so it gives nothing back by itself."
    elif total > most_minor:
        obstacle = f"Only {money.text(most_minor, currency=currency)} is left to give back: type an amount up to that."
    return RefundableLine(kind=kind, total_minor=total, obstacle=obstacle)


def difference(receipt: Receipt, request: RefundRequest) -> Difference:
    """Returns what would be refunded. Raises RefundError.

    Lines are recomputed, never subtracted: the receipt is priced again without them, from stored inputs, so that
    rounding and caps are those of a real receipt. The taxes are the difference of the remainder before and after.
    """
    by_rate = _sum_lines_by_rate(receipt, request.lines) if request.lines else {}
    total = sum(by_rate.values()) if request.lines else request.amount_minor or 0
    currency, max_minor = receipt.rating.currency, not_given(receipt)
    if total <= 0:
        raise RefundError("There is nothing to give back: choose a line of the receipt, or an amount above zero.")
    if total > max_minor:
        amount = money.text(max_minor, currency=currency)
        raise RefundError(f"At most {amount} of this receipt can still be given back.")
    shares = taxes_left(receipt)
    returned = refund_taxes.of_lines(shares, by_rate) if request.lines else refund_taxes.of_amount(shares, total)
    return Difference(*refund_taxes.totals(returned), taxes=returned)


def taxes_left(receipt: Receipt) -> Shares:
    """Returns what is left of the current receipt, by tax rate, after all finished and planned refunds."""
    shares = refund_taxes.of_report(price(receipt).report)
    for refund in receipt.refunds.filter(state__in=_COUNTS).order_by("id"):
        shares = refund_taxes.subtract_refunds(shares, [_refund_shares(refund, shares)])
    lost = Dispute.objects.filter(hold__session=receipt.session_id, taxes__isnull=False).order_by("id")
    return refund_taxes.subtract_refunds(
        shares, [tuple(Share.read(tax) for tax in dispute.taxes or ()) for dispute in lost]
    )


def _refund_shares(refund: Refund, remaining_shares: Shares) -> Shares:
    """Returns the refund by tax rate; for refunds from before rates were stored, an estimate from their sums."""
    if refund.taxes is not None:
        return tuple(Share.read(tax_group) for tax_group in refund.taxes)
    return refund_taxes.estimate_shares(remaining_shares, total_minor=refund.total_minor, tax_minor=refund.tax_minor)


def request(receipt: Receipt, request: RefundRequest, *, by: str, now: datetime, is_agent: bool = False) -> Refund:
    """Decides the ways and reserves their amounts. Above the limit for one person it waits for a second one instead.

    A reduction of a debt is done at once; for the cards' parts call `send` next. Raises RefundError, also if two
    concurrent requests would together refund too much. Only an agent can let the platform bear the refund.
    """
    if request.fault == Refund.Fault.PLATFORM and not is_agent:
        raise RefundError("That we bear it can only our support decide: choose that the host does, or ask support.")
    with transaction.atomic():
        Receipt.objects.select_for_update().get(pk=receipt.pk)
        priced = difference(receipt, request)
        currency = receipt.rating.currency
        ways = _split(receipt, priced.total_minor)
        alone = not needs_second(receipt, priced.total_minor)
        refund = Refund.objects.create(
            id=ids.generate(now=now),
            host_id=receipt.host_id,
            receipt=receipt,
            state=State.SENDING if alone else State.WAITING,
            reason=request.reason,
            fault=request.fault,
            explanation=card_numbers.mask(request.explanation)[:400],
            explanation_reason=request.explanation_reason,
            lines=sorted(request.lines),
            total_minor=priced.total_minor,
            net_minor=priced.net_minor,
            tax_minor=priced.tax_minor,
            taxes=[share.as_json() for share in priced.taxes],
            currency=currency,
            asked_by=by[:150],
            created_at=now,
        )
        return _create_parts(refund, ways, now=now) if alone else refund


def check_repeat(receipt: Receipt, request: RefundRequest, *, now: datetime) -> None:
    """Raises RepeatedError if the same lines or amount were requested within the last minutes.

    Call it in the transaction of the request: it locks the receipt, so that of two at once the second finds the first.
    """
    Receipt.objects.select_for_update().get(pk=receipt.pk)
    refuse_if_repeated(receipt, request, now=now)


def refuse_if_repeated(receipt: Receipt, request: RefundRequest, *, now: datetime) -> None:
    """Does the same as `check_repeat` without a lock, for a preview."""
    before = receipt.refunds.filter(
        state__in=_COUNTS, lines=sorted(request.lines), created_at__gt=now - REPEATED_WITHIN
    ).select_related("credit_note")
    if request.amount_minor is not None:
        before = before.filter(total_minor=request.amount_minor)
    if (first := before.order_by("created_at").first()) is not None:
        raise RepeatedError(_describe_repeat(first, now=now), first=first)


def _describe_repeat(first: Refund, *, now: datetime) -> str:
    minutes = int((now - first.created_at).total_seconds() // 60)
    ago = f"{minutes} min ago" if minutes else "less than a minute ago"
    note = f", credit note {first.credit_note}" if first.credit_note else f", {first.get_state_display().lower()}"
    amount = money.text(first.total_minor, currency=first.currency)
    return f"The same refund of {amount} was asked for {ago}{note}. Confirm that you want to give it back once more."


def preview_ways(receipt: Receipt, amount_minor: int) -> list[Way]:
    """Returns the ways that the amount would go now. Raises RefundError."""
    room = routing.load_room(receipt.session_id, currency=receipt.rating.currency)
    return _split_into_ways(amount_minor, room)


def answer(refund_id: UUID, *, approves: bool, by: str, now: datetime) -> Refund:
    """Records the second person's answer; on approval, the ways are decided from the current state.

    Raises RefundError if it is the first person, if nothing waits any more, or if the amount cannot be refunded now.
    """
    with transaction.atomic():
        refund = _lock_refund(refund_id)
        if refund.state != State.WAITING:
            raise RefundError(f"This refund does not wait any more: {refund.get_state_display().lower()}.")
        if refund.asked_by == by:
            raise RefundError("You asked for this refund: another person has to agree to it.")
        refund.answered_by = by[:150]
        if not approves:
            refund.state, refund.finished_at = State.DECLINED, now
            refund.save(update_fields=["answered_by", "state", "finished_at"])
            complaint_answers.update_for_refund(refund, now=now)
            late_stop_answers.update_for_refund(refund)
            return refund
        refund.state = State.SENDING
        refund.save(update_fields=["answered_by", "state"])
        late_stop_answers.update_for_refund(refund)
        return _create_parts(refund, _split(refund.receipt, refund.total_minor), now=now)


def first_of(refund: Refund) -> First:
    """Returns who requested the refund, for the two-person rule."""
    return First(refund.asked_by, refund.asked_person_id, refund.host_id, refund.created_at)


def send(refund_id: UUID, *, now: datetime) -> Refund:
    """Requests each pending part from the processor, once however often it is called."""
    on_its_way = RefundPart.objects.filter(refund=refund_id, state__in=refund_attempts.ON_ITS_WAY)
    for part_id in on_its_way.values_list("pk", flat=True):
        attempts.PARTS.send(part_id, now=now)
    return Refund.objects.get(pk=refund_id)


def send_again(refund_id: UUID, *, now: datetime) -> Refund:
    """Queues again what the processor refused; call `send` next. Raises RefundError."""
    with transaction.atomic():
        refund = _lock_refused_refund(refund_id)
        for part in refund.parts.select_related("hold").filter(state=PartState.REFUSED):
            assert part.hold is not None
            _reserve(part.hold, part.amount_minor)
        refund_attempts.send_again(refund.parts.all())
        return attempts.apply_part_outcomes(refund, now=now)


def give_otherwise(refund_id: UUID, *, note: str, by: str, is_agent: bool, now: datetime) -> Refund:
    """Records that a person gave back by other means what the processor refused: in cash, or by bank transfer.

    If it is an agent, the platform's bank account paid; otherwise the host did. Raises RefundError.
    """
    if not note.strip():
        raise RefundError(refund_attempts.SAY_HOW)
    with transaction.atomic():
        refund = _lock_refused_refund(refund_id)
        refund_attempts.give_otherwise(refund.parts.all(), note=note, by=by, now=now)
        refund = attempts.apply_part_outcomes(refund, now=now)
        payer = Code.BANK if is_agent else Code.HOST_PAYABLE
        for part in refund.parts.filter(state=PartState.OTHERWISE):
            postings.part_given_otherwise(part, payer=payer, now=now)
        return refund


def catch_up(*, now: datetime) -> int:
    """Sends pending refunds again; the idempotency key makes a repeated request harmless."""
    return attempts.PARTS.send_due(now=now)


def needs_second(receipt: Receipt, amount_minor: int) -> bool:
    """Whether refunding this much more needs a second person, given all earlier refunds of the session."""
    before = receipt.refunds.filter(state__in=_COUNTS).exclude(state=State.WAITING)
    earlier_minor = before.aggregate(given=Sum("total_minor"))["given"] or 0
    return int(earlier_minor) + amount_minor > limit_minor(receipt.rating.currency)


def limit_minor(currency: str) -> int:
    """Returns the most that one person may refund of a session alone:

    REFUND_ALONE_UP_TO everyday units of the currency.
    """
    return money.everyday_minor(settings.REFUND_ALONE_UP_TO, currency=currency)


def _sum_lines_by_rate(receipt: Receipt, kinds: Collection[str]) -> dict[str, int]:
    """Returns the lines' amounts with tax, by tax rate.

    May be negative: if a maximum capped the sum, the other lines would cost more.
    """
    unknown = sorted(set(kinds) - set(kinds_left(receipt)))
    if unknown:
        raise RefundError(f"This receipt has no {unknown[0]} line that was not given back yet.")
    rating, waived = price(receipt), _waived_kinds(receipt)
    before, after = _sum_without_lines(rating, waived), _sum_without_lines(rating, waived | set(kinds))
    by_rate = {rate: before.get(rate, 0) - after.get(rate, 0) for rate in (*before, *after)}
    return {rate: minor for rate, minor in by_rate.items() if minor}


def _sum_without_lines(rating: Rating, kinds: Collection[str]) -> dict[str, int]:
    """Returns the session's amounts with tax, by tax rate, without these kinds of lines."""
    if not kinds:
        return {share.rate_pct: share.gross_minor for share in refund_taxes.of_report(rating.report)}
    reduced_rate = definition.drop_charges(rating.inputs["session"]["rate"], kinds)
    report = session_facts.replay(rating.inputs, definition=reduced_rate)
    return {str(group.rate_pct): group.base_minor + group.tax_minor for group in report.taxes}


def _refunded_minor(receipt: Receipt) -> int:
    return receipt.refunds.filter(state__in=_COUNTS).aggregate(given=Sum("total_minor"))["given"] or 0


def _waived_kinds(receipt: Receipt) -> set[str]:
    return {
        kind for lines in receipt.refunds.filter(state__in=_COUNTS).values_list("lines", flat=True) for kind in lines
    }


def _split(receipt: Receipt, amount_minor: int) -> list[Way]:
    """Decides the ways. Call it in the transaction that locked the receipt. Raises RefundError."""
    return _split_into_ways(amount_minor, routing.lock_room(receipt.session_id, currency=receipt.rating.currency))


def _split_into_ways(amount_minor: int, room: Room) -> list[Way]:
    try:
        return routing.split(amount_minor, room)
    except NoWayError as exc:
        raise RefundError(str(exc)) from exc


def _create_parts(refund: Refund, ways: list[Way], *, now: datetime) -> Refund:
    """Reserves the cards' parts and reduces the debt. Call it in the transaction that decided the ways."""
    for way in ways:
        if way.hold is not None:
            _reserve(way.hold, way.amount_minor)
        if way.receivable is not None:
            receivables.reduce(way.receivable, amount_minor=way.amount_minor, now=now)
        RefundPart.objects.create(
            id=ids.generate(now=now),
            refund=refund,
            hold=way.hold,
            receivable=way.receivable,
            amount_minor=way.amount_minor,
            state=PartState.DONE if way.hold is None else PartState.SENDING,
            finished_at=now if way.hold is None else None,
        )
    return attempts.apply_part_outcomes(_lock_refund(refund.pk), now=now)


def _lock_refused_refund(refund_id: UUID) -> Refund:
    """Returns a refund with a refused part, locked. Raises RefundError.

    The amount of a wholly refused refund was free for other refunds, so the receipt must still have as much left.
    """
    receipt_id = Refund.objects.values_list("receipt_id", flat=True).get(pk=refund_id)
    Receipt.objects.select_for_update().get(pk=receipt_id)
    refund = _lock_refund(refund_id)
    if refund.state not in {State.REFUSED, State.PARTLY}:
        raise RefundError(f"Nothing of this refund was refused: {refund.get_state_display().lower()}.")
    if refund.state == State.REFUSED:
        request = RefundRequest(
            lines=frozenset(refund.lines),
            amount_minor=refund.total_minor,
            reason=Refund.Reason(refund.reason),
            fault=Refund.Fault(refund.fault),
            explanation=refund.explanation,
        )
        priced = difference(refund.receipt, request)
        if priced.total_minor != refund.total_minor:
            raise RefundError("Other refunds have changed what these lines come to: ask for a new refund.")
        refund.net_minor, refund.tax_minor = priced.net_minor, priced.tax_minor
        refund.taxes = [share.as_json() for share in priced.taxes]
        refund.save(update_fields=["net_minor", "tax_minor", "taxes"])
    return refund


def _lock_refund(refund_id: UUID) -> Refund:
    return attempts.lock_refund(refund_id)


def _reserve(hold: Hold, amount_minor: int) -> None:
    """Reserves the amount of a payment. The database checks that refunds never exceed it, even for two at once."""
    try:
        with transaction.atomic():
            Hold.objects.filter(pk=hold.pk).update(refunded_minor=F("refunded_minor") + amount_minor)
    except IntegrityError as exc:
        hold.refresh_from_db()
        amount = money.text(hold.captured_minor - hold.refunded_minor, currency=hold.currency)
        raise RefundError(f"Only {amount} of what was taken from the card can still go back.") from exc
