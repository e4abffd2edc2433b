"""A driver's charges: everything that took or gave back money, or failed to, with its reason as a sentence.

Built from stored rows, in a fixed number of queries.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from django.db.models import Model, Prefetch

from billing.engine.values import money
from billing.models import (
    Dispute,
    Driver,
    Hold,
    Invoice,
    PeriodRefund,
    PlanChange,
    Rating,
    Receipt,
    Receivable,
    Refund,
    Session,
    SubscriptionPeriod,
)
from billing.sessions.holds import hold_limit
from billing.sessions.plans import change_terms

Kind = Literal["ok", "busy", "warn", "bad", "unknown"]
_LIMIT: Final = 20
_REFUND_STATES: Final[dict[PeriodRefund.State, tuple[Kind, str]]] = {
    PeriodRefund.State.SENDING: ("busy", "on its way"),
    PeriodRefund.State.CHECKING: ("busy", "being checked, the processor did not answer"),
    PeriodRefund.State.DONE: ("ok", "sent to the processor"),
    PeriodRefund.State.REFUSED: ("bad", "refused by the processor, an agent gives it back"),
    PeriodRefund.State.OTHERWISE: ("ok", "given back another way"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event: when, what and why, each a sentence; `about` is its row."""

    at: datetime
    kind: Kind
    sentence: str
    reason: str = ""
    about: type[Model]
    key: UUID | int


def entries(driver: Driver) -> list[Entry]:
    """Returns the entries, newest first, at most 20 of each kind. Fourteen queries."""
    entries = [
        *_sessions(driver),
        *_refunds(driver),
        *_periods(driver),
        *_changes(driver),
        *_list_period_refunds(driver),
    ]
    return sorted([*entries, *_disputes(driver)], key=lambda entry: entry.at, reverse=True)


def _sessions(driver: Driver) -> Iterator[Entry]:
    rows = Session.objects.filter(driver=driver).select_related("property", "rate_version__rate")
    detailed_rows = rows.prefetch_related(
        Prefetch("holds", Hold.objects.order_by("created_at")),
        Prefetch("receivables", Receivable.objects.filter(state=Receivable.State.OPEN)),
        Prefetch("ratings", Rating.objects.defer("inputs", "report").order_by("id")),
        Prefetch("receipts", Receipt.objects.defer("document").order_by("id")),
    )
    for session in detailed_rows.order_by("-id")[:_LIMIT]:
        yield _session(session)
        for hold in session.holds.all():
            if hold.state == Hold.State.FAILED:
                sentence = f"{_money(hold.amount_minor, hold.currency)} was refused on the card {_card(hold.last4)}"
                yield Entry(
                    at=hold.created_at, kind="bad", sentence=sentence, reason=hold.failure, about=Hold, key=hold.pk
                )


def _session(session: Session) -> Entry:
    rating = next(reversed(session.ratings.all()), None)
    papers = ", ".join(f"{receipt.get_kind_display().lower()} {receipt.label}" for receipt in session.receipts.all())
    cost = _money(rating.total_minor, rating.currency) if rating else "nothing priced yet"
    sentence = f"Session at {session.property}: {session.get_state_display().lower()}, {cost}"
    kind: Kind = "warn" if session.state == Session.State.HELD else "ok"
    limit = hold_limit.reason(session, session.holds.all())
    ended = f"{limit.title}: {limit.agent.meaning}" if limit else ""
    why = [session.state_reason, ended, *_describe_captures(session), session.rate_reason]
    for owed in session.receivables.all():
        kind = "bad"
        why.insert(0, f"{_money(owed.left_minor, owed.currency)} is still owed: {owed.reason}")
    return Entry(
        at=session.opened_at,
        kind=kind,
        sentence=f"{sentence}, {papers}" if papers else sentence,
        reason=" ".join(filter(None, why)),
        about=Session,
        key=session.pk,
    )


def _describe_captures(session: Session) -> Iterator[str]:
    """Yields what was charged to which card."""
    for hold in session.holds.all():
        if hold.captured_minor:
            yield f"{_money(hold.captured_minor, hold.currency)} was taken from the card {_card(hold.last4)}."
    if not any(hold.captured_minor for hold in session.holds.all()) and session.state == Session.State.SETTLED:
        yield "No card was charged for it."


def _refunds(driver: Driver) -> Iterator[Entry]:
    refunds = Refund.objects.filter(receipt__session__driver=driver).select_related("receipt", "credit_note")
    rows = refunds.prefetch_related("parts")
    for refund in rows.order_by("-id")[:_LIMIT]:
        is_done, amount = refund.state == Refund.State.DONE, _money(refund.total_minor, refund.currency)
        outcome = f"credit note {refund.credit_note}" if refund.credit_note else refund.get_state_display().lower()
        yield Entry(
            at=refund.finished_at or refund.created_at,
            kind="ok" if is_done else "warn",
            sentence=f"Refund of {amount} for receipt {refund.receipt}: {outcome}",
            reason=f"{refund.get_reason_display()}. {refund.explanation} {refund.failure}".strip(),
            about=Session,
            key=refund.receipt.session_id,
        )


def _periods(driver: Driver) -> Iterator[Entry]:
    rows = SubscriptionPeriod.objects.filter(subscription__driver=driver).select_related("version__plan", "change")
    papers = Prefetch("invoices", Invoice.objects.defer("document").order_by("id"))
    for period in rows.prefetch_related(papers).order_by("-id")[:_LIMIT]:
        paid = period.state == SubscriptionPeriod.State.PAID
        labels = ", ".join(invoice.label for invoice in period.invoices.all())
        sentence = f"Fee of the plan {period.version.plan}: {_money(period.total_minor, period.currency)}"
        charged_minor = period.taken_minor
        card = (
            f"{_money(charged_minor, period.currency)} was taken from the card {_card(period.last4)}."
            if charged_minor
            else ""
        )
        yield Entry(
            at=period.paid_at or period.due_at,
            kind="ok" if paid else "bad",
            sentence=f"{sentence}, {period.get_state_display().lower()}{f', {labels}' if labels else ''}",
            reason=f"{_span(period)} {card if paid else period.failure}".strip(),
            about=SubscriptionPeriod,
            key=period.pk,
        )


def _changes(driver: Driver) -> Iterator[Entry]:
    rows = PlanChange.objects.filter(subscription__driver=driver).select_related(
        "subscription", "period__version__plan", "version__plan"
    )
    for change in rows.order_by("-id")[:_LIMIT]:
        terms = change_terms.calculate(change)
        parts = [
            f"{line.text}: {_money(line.signed_minor, change.currency)}. {line.reason}".strip()
            for line in change_terms.lines(terms)
        ]
        is_done = change.state == PlanChange.State.DONE
        yield Entry(
            at=change.finished_at or change.agreed_at,
            kind="ok" if is_done else "warn",
            sentence=f"Plan {terms.old_plan} to {terms.new_plan}: {change.get_state_display().lower()}",
            reason=" ".join([change.failure, *parts, f"{change_terms.result(terms)}."]).strip(),
            about=PlanChange,
            key=change.pk,
        )


def _list_period_refunds(driver: Driver) -> Iterator[Entry]:
    rows = PeriodRefund.objects.filter(period__subscription__driver=driver).select_related(
        "period__version__plan", "paid_for"
    )
    for refund in rows.order_by("-id")[:_LIMIT]:
        amount = _money(refund.amount_minor, refund.period.currency)
        kind, came = _REFUND_STATES[PeriodRefund.State(refund.state)]
        yield Entry(
            at=refund.finished_at or refund.planned_at,
            kind=kind,
            sentence=f"{amount} back to the card {_card(refund.paid_for.last4)}: {came}",
            reason=" ".join(
                [f"The plan {refund.period.version.plan} ended within its period.", refund.failure, refund.note]
            ).strip(),
            about=SubscriptionPeriod,
            key=refund.period_id,
        )


def _disputes(driver: Driver) -> Iterator[Entry]:
    rows = Dispute.objects.filter(hold__session__driver=driver).select_related("hold")
    for dispute in rows.order_by("-id")[:_LIMIT]:
        amount = _money(dispute.amount_minor, dispute.currency)
        yield Entry(
            at=dispute.opened_at,
            kind="warn",
            about=Dispute,
            key=dispute.pk,
            sentence=f"Dispute over {amount} of the card {_card(dispute.hold.last4)}: {dispute.get_state_display()}",
            reason=f"The cardholder says: {dispute.reason_text} (the bank's code: {dispute.reason}).",
        )


def _span(period: SubscriptionPeriod) -> str:
    return f"For {period.begins_at:%Y-%m-%d} until {period.ends_at:%Y-%m-%d}."


def _money(amount_minor: int, currency: str) -> str:
    return money.text(amount_minor, currency=currency)


def _card(last4: str) -> str:
    return f"ending in {last4}" if last4 else "with unknown digits"
