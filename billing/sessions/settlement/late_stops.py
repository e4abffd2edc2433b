"""Stops that arrive after their session was closed without one: priced again, and never billed silently.

A lower price is refunded automatically with a credit note. A higher one is not billed: the receipt stays until a person
bills the difference (`correction`). After 30 days nothing is changed, and the difference is only shown.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from billing.engine import price
from billing.engine.reports.reasons import PriceReason
from billing.engine.reports.report import PriceReport
from billing.engine.reports.report_json import report_json
from billing.engine.values import money
from billing.models import LateStop, Rating, Receipt, Refund, Session
from billing.pricing import benefits, session_facts
from billing.pricing.taxes import property_tax
from billing.sentences import catalogue
from billing.sentences.payments import PaymentCode
from billing.sessions.refunds import refunds
from billing.sessions.refunds.refunds import RefundError, RefundRequest
from billing.sessions.settlement import overlaps
from billing.sessions.settlement import settle as settlement
from chargers.lib import batch
from chargers.sentences import stored
from chargers.sentences.stored import Sentences

Outcome = LateStop.Outcome
CHANGES_WITHIN: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class _LateStopResult:
    """The result of a late stop; `gives_back_minor` is above zero only for a refund."""

    outcome: LateStop.Outcome
    why: Sentences
    gives_back_minor: int = 0
    reason: dict[str, Any] | None = None
    while_waiting: Sentences = ()
    """The sentences while the refund waits for a second person."""


def catch_up(*, now: datetime) -> int:
    """Handles the stops that have arrived, each once."""
    waiting = Session.objects.filter(late_stop_at__isnull=False, late_stop=None)
    return batch.run_for_rows(
        waiting, lambda pk: settle(pk, now=now), failure="has a late stop that could not be priced"
    )


def settle(session_id: UUID, *, now: datetime) -> bool:
    """Prices the session with its stop, stores the result, and refunds the difference if it is lower."""
    with transaction.atomic():
        rows = Session.objects.select_for_update(of=("self",), skip_locked=True).select_related(
            "property", "charger", "host", "transaction", "rate_version__rate"
        )
        session = rows.filter(pk=session_id, late_stop_at__isnull=False, late_stop=None).first()
        if session is None or session.late_stop_at is None:
            return False
        refund = _settle(session, came_at=session.late_stop_at, now=now)
    if refund is not None:
        refunds.send(refund.pk, now=now)
    return True


def _settle(session: Session, *, came_at: datetime, now: datetime) -> Refund | None:
    settlement.note_times(session)
    version, inputs = session.rate_version, session_facts.load(session, until=came_at)
    if version is None or inputs is None:
        Session.objects.filter(pk=session.pk).update(late_stop_at=None)
        return None
    currency = version.rate.currency
    plan = benefits.apply_to_session(session, property_tax.of_session(session), currency=currency)
    inputs = replace(inputs, facts=replace(inputs.facts, benefits=plan.engine))
    report = price.price(rate=plan.rate(currency=currency), facts=inputs.facts, zone=inputs.zone)
    rating = session.ratings.order_by("-id").first()
    receipt = Receipt.objects.filter(session=session, kind=Receipt.Kind.RECEIPT).first()
    billed = rating.total_minor if rating and rating.kind == Rating.Kind.FINAL else 0
    closed_at = session.settled_at or (rating.created_at if rating else came_at)
    judged = _judge(report, billed_minor=billed, late=came_at - closed_at, overlap=overlaps.find_doubt(session))
    judged, refund = _give_back(receipt, judged, now=now)
    LateStop.objects.create(
        session=session,
        outcome=judged.outcome,
        currency=report.currency,
        billed_minor=billed,
        total_minor=report.total_minor,
        energy_wh=report.energy_wh,
        sentences=judged.why,
        inputs=session_facts.as_json(inputs, definition=plan.definition, currency=currency, as_of=None),
        report=plan.with_waived_fees(report_json(report)),
        created_at=now,
    )
    return refund


def _judge(report: PriceReport, *, billed_minor: int, late: timedelta, overlap: PriceReason | None) -> _LateStopResult:
    came = stored.build_sentence(PaymentCode.LATE_CAME, late_s=max(int(late.total_seconds()), 0))
    was, now = (money.fact(amount, currency=report.currency) for amount in (billed_minor, report.total_minor))
    costs = (*came, *stored.build_sentence(PaymentCode.LATE_COSTS, now=now, was=was))
    difference = report.total_minor - billed_minor
    if report.is_held:
        doubts = catalogue.of_price(evidence.reason for evidence in report.held)
        return _LateStopResult(Outcome.DOUBTFUL, (*came, *stored.build_sentence(PaymentCode.LATE_DOUBTFUL), *doubts))
    if not difference:
        return _LateStopResult(Outcome.SAME, (*came, *stored.build_sentence(PaymentCode.LATE_STAYS, was=was)))
    if late > CHANGES_WITHIN:
        return _LateStopResult(
            Outcome.TOO_LATE, (*costs, *stored.build_sentence(PaymentCode.LATE_TOO_LATE, days=CHANGES_WITHIN.days))
        )
    if difference > 0:
        doubts = catalogue.of_price((overlap,)) if overlap else ()
        return _LateStopResult(
            Outcome.NOT_BILLED, (*costs, *doubts, *stored.build_sentence(PaymentCode.LATE_NOT_BILLED))
        )
    back = money.fact(-difference, currency=report.currency)
    amounts = {"was": billed_minor, "now": report.total_minor, "back": -difference}
    return _LateStopResult(
        Outcome.REFUNDED,
        (*came, *stored.build_sentence(PaymentCode.LATE_GOES_BACK, now=now, was=was, back=back)),
        gives_back_minor=-difference,
        reason={"code": "late_stop_refund", "currency": report.currency, "amounts": amounts},
        while_waiting=(*costs, *stored.build_sentence(PaymentCode.LATE_WAITS, back=back)),
    )


def _give_back(
    receipt: Receipt | None, judged: _LateStopResult, *, now: datetime
) -> tuple[_LateStopResult, Refund | None]:
    """Requests the refund, at most the remainder if a part was refunded already."""
    if not judged.gives_back_minor or receipt is None:
        return judged, None
    amount = min(judged.gives_back_minor, refunds.refundable_minor(receipt))
    request = RefundRequest(
        amount_minor=amount,
        reason=Refund.Reason.NOT_DELIVERED,
        fault=Refund.Fault.HOST,
        explanation=catalogue.english(judged.why),
        explanation_reason=judged.reason and judged.reason | {"amounts": judged.reason["amounts"] | {"back": amount}},
    )
    try:
        with transaction.atomic():
            refund = refunds.request(receipt, request, by="system", now=now)
    except RefundError as exc:
        return _LateStopResult(
            Outcome.SAME, (*judged.why, *stored.build_sentence(PaymentCode.LATE_COULD_NOT, why=str(exc)))
        ), None
    if refund.state == Refund.State.WAITING:
        return replace(judged, outcome=Outcome.REFUND_WAITS, why=judged.while_waiting), refund
    return judged, refund
