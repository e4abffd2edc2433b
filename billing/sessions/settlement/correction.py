"""Corrections: what a late stop added to a session, shown next to the bill, and billed or left by a person.

If it is billed, the session gets a corrected receipt, and the difference is owed; a saved card is charged if its holder
agreed. All but the charge is one transaction; `charge` must not be called inside one, and a sweep repeats it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from billing.engine import price
from billing.engine.values import money
from billing.models import Hold, LateStop, Rating, Receipt, Receivable, Session
from billing.payments.books import postings
from billing.sentences.payments import PaymentCode
from billing.sessions.charges import receivables
from billing.sessions.documents import receipts
from billing.sessions.holds import holds
from billing.sessions.settlement import settle
from chargers.lib import batch
from chargers.sentences import stored

Outcome = LateStop.Outcome
_CHANGED: Final = "The amount has changed since you opened the page: look at it again."
_APPROVED: Final = "billed after a person approved what a stop that came late had added"


class DifferenceError(Exception):
    """Nothing was changed; the message tells why, and what is possible."""


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """One line of both receipts, in minor units; None on the side that lacks it."""

    label: str
    before_minor: int
    after_minor: int

    @property
    def more_minor(self) -> int:
        return self.after_minor - self.before_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionOffer:
    """Both receipts side by side, the difference, and how it would be collected."""

    late_stop: LateStop
    before: Rating | None
    """None if nothing was billed: the session had been closed without energy."""
    rows: tuple[CorrectionRow, ...]
    collected: str

    @property
    def currency(self) -> str:
        return self.late_stop.currency

    @property
    def before_minor(self) -> int:
        return self.before.total_minor if self.before else 0

    @property
    def difference_minor(self) -> int:
        return self.late_stop.total_minor - self.before_minor


def offer(session: Session) -> CorrectionOffer | None:
    """Returns the open correction for a person to decide, or None. Six queries."""
    late = LateStop.objects.filter(session=session, outcome=Outcome.NOT_BILLED).first()
    if late is None:
        return None
    counts = receipts.newest(session)
    if counts is None and session.state != Session.State.FAILED:
        return None
    before = counts.rating if counts else None
    rows = tuple(_rows(before.report if before else _empty_report(late.report), late.report))
    correction_offer = CorrectionOffer(
        late_stop=late, before=before, rows=rows, collected=_describe_collection(session)
    )
    return correction_offer if correction_offer.difference_minor > 0 else None


def _empty_report(report: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the report of a session for which nothing was billed."""
    return {"lines": [], "tax": 0, "total": 0, "tax_mode": report["tax_mode"]}


def bill(session_id: UUID, *, expected_minor: int, by: str, now: datetime) -> LateStop:
    """Issues the corrected receipt and opens the debt; call `charge` next. Raises DifferenceError.

    If nothing was billed so far, `charge` settles the session like any other.

    `expected_minor` is the difference that the person saw. The caller records who it was in the same transaction.
    """
    with transaction.atomic():
        late, counts = _lock_late_stop(session_id)
        if counts is None:
            return _reopen(late, expected_minor=expected_minor, by=by, now=now)
        session, before = late.session, counts.rating
        difference = late.total_minor - before.total_minor
        if difference != expected_minor:
            raise DifferenceError(_CHANGED)
        owed = Receivable.objects.select_for_update().filter(session=session, state=Receivable.State.OPEN).first()
        if _is_being_paid(session):
            raise DifferenceError("A payment of this session is under way: wait until the processor has answered.")
        rating = _replace_rating(late, before, now=now)
        paid_by = list(session.holds.exclude(state=Hold.State.FAILED).order_by("created_at", "id"))
        corrected = receipts.reprice(
            counts,
            rating,
            why=_describe_correction(late, before),
            why_reason=_why_reason(late, before),
            paid_by=paid_by,
            now=now,
        )
        postings.receipt_corrected(corrected, before=before, now=now)
        is_charged = owed is None and _card(session) is not None
        if paid_by:
            receivables.add(
                session,
                owed,
                amount_minor=difference,
                currency=rating.currency,
                why=stored.build_sentence(PaymentCode.OWED_LATE),
                now=now,
            )
        late.asked_at = None if is_charged else now
        return _record_answer(late, Outcome.BILLED, by=by, now=now)


def _reopen(late: LateStop, *, expected_minor: int, by: str, now: datetime) -> LateStop:
    """Reopens a session that was closed without a bill, at the price with its stop; its receipt is issued later."""
    if late.total_minor != expected_minor:
        raise DifferenceError(_CHANGED)
    closed = Session.objects.filter(pk=late.session_id, state=Session.State.FAILED)
    if not closed.update(state=Session.State.STOPPED, state_sentences=()):
        raise DifferenceError("The session is not closed any more: open its page again.")
    _replace_rating(late, None, now=now)
    return _record_answer(late, Outcome.BILLED, by=by, now=now)


def leave(session_id: UUID, *, by: str, now: datetime) -> LateStop:
    """Leaves the receipt as it is. Raises DifferenceError. The caller records who it was in the same transaction."""
    with transaction.atomic():
        late, _ = _lock_late_stop(session_id)
        return _record_answer(late, Outcome.LEFT, by=by, now=now)


def charge(late_stop_id: int, *, now: datetime) -> None:
    """Charges the debt to the saved card, once however often it is called. Not in a transaction."""
    late = LateStop.objects.filter(pk=late_stop_id, outcome=Outcome.BILLED, asked_at=None).first()
    if late is None:
        return
    if not _is_settled(late.session_id, now=now):
        return
    session = Session.objects.select_related("rate_version__rate").get(pk=late.session_id)
    rest_payment = _open_rest_payment(late, session, now=now)
    if rest_payment is not None:
        rest_payment = holds.charge(rest_payment, now=now)
    if rest_payment is None or rest_payment.state not in Hold.LIVE:
        LateStop.objects.filter(pk=late.pk).update(asked_at=now)


def _is_settled(session_id: UUID, *, now: datetime) -> bool:
    """Settles a session that was reopened; False while a payment is in doubt."""
    reopened = Session.objects.filter(pk=session_id, state=Session.State.STOPPED)
    if reopened.exists():
        settle.settle(session_id, now=now)
    return not reopened.exists()


def catch_up(*, now: datetime) -> int:
    """Charges the cards that were not charged yet, or whose outcome is unknown."""
    unasked = LateStop.objects.filter(outcome=Outcome.BILLED, asked_at=None)
    return batch.run_for_rows(unasked, lambda pk: charge(pk, now=now), failure="could not be charged")


def _lock_late_stop(session_id: UUID) -> tuple[LateStop, Receipt | None]:
    """Returns the pending late stop and the current receipt, if any, locked against refunds. Raises DifferenceError."""
    originals = Receipt.objects.select_for_update(of=("self",)).filter(kind=Receipt.Kind.RECEIPT)
    first = originals.filter(session=session_id).first()
    rows = LateStop.objects.select_for_update(of=("self",)).select_related(
        "session__property", "session__host", "session__charger", "session__transaction", "session__rate_version__rate"
    )
    late = rows.filter(session=session_id).first()
    if late is None or (first is None and late.session.state != Session.State.FAILED and late.answered_at is None):
        raise DifferenceError("No stop came late for this session: there is nothing to decide.")
    if late.answered_at is not None:
        decider = late.answered_by.partition(":")[2] or late.answered_by
        was = "billed the difference" if late.outcome == Outcome.BILLED else "left it as it was"
        raise DifferenceError(f"{decider} decided this already and {was}, {late.answered_at:%Y-%m-%d %H:%M} UTC.")
    counts = receipts.newest(late.session)
    if late.outcome != Outcome.NOT_BILLED:
        raise DifferenceError(f"There is nothing to decide: {late.get_outcome_display().lower()}.")
    return late, counts


def _record_answer(late: LateStop, outcome: LateStop.Outcome, *, by: str, now: datetime) -> LateStop:
    late.outcome, late.answered_by, late.answered_at = outcome, by[:150], now
    late.save(update_fields=["outcome", "answered_by", "answered_at", "asked_at"])
    return late


def _replace_rating(late: LateStop, before: Rating | None, *, now: datetime) -> Rating:
    """Makes the price with the stop the final one, and sets the session's end to the charger's time."""
    Rating.objects.filter(session=late.session_id, kind=Rating.Kind.FINAL).update(kind=Rating.Kind.REPLACED)
    session = late.session
    settle.note_times(session)
    report = late.report | {"notes": [*late.report["notes"], _APPROVED]}
    return Rating.objects.create(
        session=session,
        kind=Rating.Kind.FINAL,
        engine_version=price.ENGINE_VERSION,
        inputs=late.inputs,
        report=report,
        currency=before.currency if before else late.currency,
        total_minor=report["total"],
        net_minor=report["net"],
        tax_minor=report["tax"],
        energy_wh=late.energy_wh,
        created_at=now,
    )


def _describe_correction(late: LateStop, before: Rating) -> str:
    was, now = (money.text(minor, currency=late.currency) for minor in (before.total_minor, late.total_minor))
    return f"The charger reported the end of charging late: it cost {now} instead of {was}, and the host approved that."


def _why_reason(late: LateStop, before: Rating) -> dict[str, Any]:
    amounts = {"was": before.total_minor, "now": late.total_minor}
    return {"code": "late_stop_correction", "currency": late.currency, "amounts": amounts}


def _open_rest_payment(late: LateStop, session: Session, *, now: datetime) -> Hold | None:
    """Returns the payment of the difference, ours or the guest's, opened once; None if nothing is owed, or no card is
    saved.
    """
    card = _card(session)
    if card is None:
        return None
    with transaction.atomic():
        rows = Receivable.objects.select_for_update().filter(session=session, state=Receivable.State.OPEN)
        owed = rows.first()
        payments = session.holds.filter(role=Hold.Role.REST, created_at__gte=late.answered_at)
        hold = payments.order_by("-created_at", "-id").first()
        if hold is not None or owed is None:
            return hold
        return holds.open_rest(session, card, amount_minor=owed.left_minor, now=now)


def _card(session: Session) -> Hold | None:
    """Returns the payment whose holder agreed that the same card is charged again for the same session."""
    payments = session.holds.filter(role=Hold.Role.MAIN, state__in=(Hold.State.CAPTURED, Hold.State.EXPIRED))
    return payments.exclude(card_ref="").first()


def _is_being_paid(session: Session) -> bool:
    return session.holds.filter(role=Hold.Role.REST, state__in=Hold.LIVE).exists()


def _describe_collection(session: Session) -> str:
    """Returns how the difference would be collected, as a sentence."""
    open_debt = session.receivables.filter(state=Receivable.State.OPEN).first()
    if open_debt is not None:
        amount = money.text(open_debt.left_minor, currency=open_debt.currency)
        return f"It is added to the {amount} that are still owed; the guest can pay them by the link of the session."
    if (card := _card(session)) is not None:
        return (
            f"It is taken from the card ending {card.last4}, whose holder let us charge it again for this session; "
            "where the card refuses, it stays owed."
        )
    if session.holds.exclude(state=Hold.State.FAILED).exists():
        return "It stays owed: the card was for what was held only. The guest can pay it by the link of the session."
    return "No card was charged for this session: the driver settles it as all else."


def _rows(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[CorrectionRow]:
    """Yields each kind of line, the added taxes, and the total."""
    amounts: dict[str, list[int]] = {}
    for at, report in enumerate((before, after)):
        for line in report["lines"]:
            amounts.setdefault(_label(line), [0, 0])[at] += line["amount"]
    yield from (CorrectionRow(label, *pair) for label, pair in amounts.items())
    if before["tax_mode"] != "inclusive" and (before["tax"] or after["tax"]):
        yield CorrectionRow("Tax", before["tax"], after["tax"])
    yield CorrectionRow("Total", before["total"], after["total"])


def _label(line: Mapping[str, Any]) -> str:
    return f"Energy, {line['label']}" if line["kind"] == "energy" else str(line["label"]).capitalize()
