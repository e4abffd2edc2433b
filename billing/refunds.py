"""Refunds: what a receipt would have been without the lines that are given back, the difference, and its way back.

The order is that of holds: our row is committed and its amount reserved, the processor is asked with a key made of
it, its answer is written by a conditional update together with the credit note and the entry in the books. Whoever
is killed in between is resumed with the same key. `send` must not be called inside a database transaction.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Sum

from billing import bookkeeping, processors, receipts, rounds, session_facts
from billing.models import Hold, Receipt, Refund
from billing.processors.protocol import NotPossibleError, OutcomeUnknownError
from billing.rating import money
from chargers import ids

State = Refund.State
_COUNTS: Final = (State.WAITING, State.SENDING, State.CHECKING, State.DONE)
_ON_ITS_WAY: Final = (State.SENDING, State.CHECKING)
_AGAIN_AFTER: Final = timedelta(seconds=10)
KINDS: Final = ("connection", "energy", "time", "idle", "processing")
_KEYS: Final = {
    "connection": ("connection_fee",),
    "time": ("time",),
    "idle": ("idle",),
    "processing": ("processing_fee", "processing_pct"),
}


class RefundError(Exception):
    """It cannot be given back; the message is a sentence that says why and what can be."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What goes back, in minor units. `total_minor` is `net_minor` and `tax_minor` together."""

    total_minor: int
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person wants to give back: whole lines by their kind, or an amount in minor units; and why."""

    lines: frozenset[str] = frozenset()
    amount_minor: int | None = None
    reason: Refund.Reason
    fault: Refund.Fault
    explanation: str


def left(receipt: Receipt) -> int:
    """What can still be given back, in minor units."""
    return receipt.rating.total_minor - _given(receipt)


def kinds_left(receipt: Receipt) -> list[str]:
    """The kinds of lines on the receipt that were not given back yet."""
    given = _waived(receipt)
    shown = {line["kind"] for line in receipt.rating.report["lines"] if line["amount"]}
    return [kind for kind in KINDS if kind in shown and kind not in given]


def difference(receipt: Receipt, wanted: Wanted) -> Difference:
    """What would go back. Raises RefundError.

    Lines are recomputed, never subtracted: the receipt is priced again without them, from what was stored, so that
    rounding, caps and taxes are those of a real receipt.
    """
    found = _of_lines(receipt, wanted.lines) if wanted.lines else _of_amount(receipt, wanted.amount_minor or 0)
    currency, most = receipt.rating.currency, left(receipt)
    if found.total_minor <= 0:
        raise RefundError("There is nothing to give back: choose a line of the receipt, or an amount above zero.")
    if found.total_minor > most:
        told = money.text(most, currency=currency)
        raise RefundError(f"At most {told} of this receipt can still be given back.")
    return found


def request(receipt: Receipt, wanted: Wanted, *, by: str, now: datetime, is_agent: bool = False) -> Refund:
    """Reserves the amount. Above the limit of one person it waits for a second; else `send` comes next.

    Raises RefundError, also where two who ask at once would together give back too much. That the platform bears
    it, only an agent can say.
    """
    if wanted.fault == Refund.Fault.PLATFORM and not is_agent:
        raise RefundError("That we bear it can only our support decide: choose that the host does, or ask support.")
    with transaction.atomic():
        Receipt.objects.select_for_update().get(pk=receipt.pk)
        found = difference(receipt, wanted)
        hold = _fullest(receipt)
        if hold is not None:
            _reserve(hold, found.total_minor)
        alone = found.total_minor <= limit_minor(receipt.rating.currency)
        return Refund.objects.create(
            id=ids.new(now=now),
            host_id=receipt.host_id,
            receipt=receipt,
            hold=hold,
            state=State.SENDING if alone else State.WAITING,
            reason=wanted.reason,
            fault=wanted.fault,
            explanation=wanted.explanation[:400],
            lines=sorted(wanted.lines),
            total_minor=found.total_minor,
            net_minor=found.net_minor,
            tax_minor=found.tax_minor,
            currency=receipt.rating.currency,
            asked_by=by[:150],
            created_at=now,
        )


def answer(refund_id: UUID, *, approves: bool, by: str, now: datetime) -> Refund:
    """The second person's word. Raises RefundError where it is the first one, or nothing waits any more."""
    with transaction.atomic():
        refund = Refund.objects.select_for_update().get(pk=refund_id)
        if refund.state != State.WAITING:
            raise RefundError(f"This refund does not wait any more: {refund.get_state_display().lower()}.")
        if refund.asked_by == by:
            raise RefundError("You asked for this refund: another person has to agree to it.")
        refund.answered_by = by[:150]
        if approves:
            refund.state = State.SENDING
        else:
            refund.state, refund.finished_at = State.DECLINED, now
            _free(refund)
        refund.save(update_fields=["answered_by", "state", "finished_at"])
        return refund


def send(refund_id: UUID, *, now: datetime) -> Refund:
    """Asks the processor, once however often it is called; without a card there is nobody to ask."""
    refund = Refund.objects.select_related("hold").get(pk=refund_id)
    if refund.state not in _ON_ITS_WAY:
        return refund
    Refund.objects.filter(pk=refund.pk).update(sent_at=now)
    try:
        if refund.hold is not None:
            _ask(refund, refund.hold)
    except OutcomeUnknownError:
        Refund.objects.filter(pk=refund.pk, state=State.SENDING).update(state=State.CHECKING)
    except NotPossibleError as exc:
        _failed(refund, str(exc), now=now)
    else:
        _done(refund.pk, now=now)
    refund.refresh_from_db()
    return refund


def catch_up(*, now: datetime) -> int:
    """Sends what was left on its way; whatever the processor did with it before, it does once."""
    unfinished = Refund.objects.filter(state__in=_ON_ITS_WAY).exclude(sent_at__gt=now - _AGAIN_AFTER)
    return rounds.each(unfinished, lambda pk: send(pk, now=now), what="could not be sent")


def limit_minor(currency: str) -> int:
    """Up to here one person may give back alone: REFUND_ALONE_UP_TO of the major unit."""
    return money.round_half_away(money.exact_minor(Decimal(settings.REFUND_ALONE_UP_TO), currency=currency))


def _of_lines(receipt: Receipt, kinds: Collection[str]) -> Difference:
    unknown = sorted(set(kinds) - set(kinds_left(receipt)))
    if unknown:
        raise RefundError(f"This receipt has no {unknown[0]} line that was not given back yet.")
    before, after = _without(receipt, _waived(receipt)), _without(receipt, _waived(receipt) | set(kinds))
    return Difference(*(old - new for old, new in zip(before, after, strict=True)))


def _without(receipt: Receipt, kinds: Collection[str]) -> tuple[int, int, int]:
    """Total, net and tax of the session as if these kinds of lines had never been."""
    rating = receipt.rating
    if not kinds:
        return rating.total_minor, rating.net_minor, rating.tax_minor
    definition = _free_of(rating.inputs["session"]["rate"], kinds)
    report = session_facts.replay(rating.inputs, definition=definition)
    return report.total_minor, report.net_minor, report.tax_minor


def _free_of(definition: Mapping[str, Any], kinds: Collection[str]) -> dict[str, Any]:
    """The rate with nothing to pay for these kinds, nor a minimum that would take it all the same."""
    gone = {"min_total", *(name for kind in kinds for name in _KEYS.get(kind, ()))}
    free = {name: value for name, value in definition.items() if name not in gone}
    if "energy" in kinds:
        free["energy"] = [window | {"price": "0"} for window in definition["energy"]]
    return free


def _of_amount(receipt: Receipt, amount_minor: int) -> Difference:
    """A part of the whole: its tax is the same share of the receipt's."""
    rating = receipt.rating
    tax = money.round_half_away(Fraction(rating.tax_minor * amount_minor, rating.total_minor or 1))
    return Difference(amount_minor, amount_minor - tax, tax)


def _given(receipt: Receipt) -> int:
    return receipt.refunds.filter(state__in=_COUNTS).aggregate(given=Sum("total_minor"))["given"] or 0


def _waived(receipt: Receipt) -> set[str]:
    return {
        kind for lines in receipt.refunds.filter(state__in=_COUNTS).values_list("lines", flat=True) for kind in lines
    }


def _fullest(receipt: Receipt) -> Hold | None:
    """Of the session's payments the one of which most can still go back: a refund goes back one way."""
    captured = Hold.objects.filter(session=receipt.session_id, state=Hold.State.CAPTURED)
    return captured.order_by(F("refunded_minor") - F("captured_minor")).first()


def _reserve(hold: Hold, amount_minor: int) -> None:
    """What goes back never exceeds what was taken: the database checks it, whoever asks at once."""
    try:
        with transaction.atomic():
            Hold.objects.filter(pk=hold.pk).update(refunded_minor=F("refunded_minor") + amount_minor)
    except IntegrityError as exc:
        hold.refresh_from_db()
        told = money.text(hold.captured_minor - hold.refunded_minor, currency=hold.currency)
        raise RefundError(f"Only {told} of what was taken from the card can still go back.") from exc


def _free(refund: Refund) -> None:
    if refund.hold_id is not None:
        Hold.objects.filter(pk=refund.hold_id).update(refunded_minor=F("refunded_minor") - refund.total_minor)


def _ask(refund: Refund, hold: Hold) -> None:
    """The same key gives the same answer and one effect."""
    key = f"refund:{refund.pk}:refund:1"
    processors.processor(hold.processor).refund(hold.processor_ref, amount_minor=refund.total_minor, key=key)


def _failed(refund: Refund, failure: str, *, now: datetime) -> None:
    with transaction.atomic():
        moved = Refund.objects.filter(pk=refund.pk, state__in=_ON_ITS_WAY).update(
            state=State.REFUSED, failure=failure[:255], finished_at=now
        )
        if moved:
            _free(refund)


def _done(refund_id: UUID, *, now: datetime) -> None:
    with transaction.atomic():
        rows = Refund.objects.select_for_update(of=("self",)).filter(pk=refund_id, state__in=_ON_ITS_WAY)
        refund = rows.select_related("receipt__rating", "receipt__session__property", "host", "hold").first()
        if refund is None:
            return
        note = receipts.credit(refund, now=now)
        Refund.objects.filter(pk=refund.pk).update(state=State.DONE, credit_note=note, finished_at=now)
        refund.credit_note, refund.finished_at = note, now
        bookkeeping.refunded(refund, now=now)
