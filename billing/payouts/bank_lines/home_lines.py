"""Bank lines of home charging: an employer's payment of an invoice, or the payment to one employee.

They are recognised only by reference and exact amount: `H2026-000001` is an invoice, `H2026-000001-7` an employee's
part of it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from billing.models import BankLine, BankMatch, HomeInvoice, HomeMatch, HomePayout
from billing.payouts.bank_lines.matches import NotPossibleError, booked_at
from billing.sessions.home import home_charging

Match = BankLine.Match
Due = HomeInvoice | HomePayout
_REFERENCE: Final = re.compile(r"(?<![A-Z0-9])(H\d{4})-?(\d{6})(?:-(\d{1,9}))?(?!\d)", re.I)


@dataclass(frozen=True, slots=True)
class Reference:
    """An invoice's series and number, and the key of an employee's part if the reference has one."""

    series: str
    number: int
    payout: int | None
    text: str


@dataclass(frozen=True, slots=True)
class HomePayment:
    """The invoice or payment that a line pays."""

    due: Due


@dataclass(frozen=True, slots=True)
class HomeProblem:
    """Why a line with a home charging reference pays nothing: a code of `wording.KINDS`, and what the line names."""

    kind: str
    reference: str
    named: tuple[Due, ...] = ()


def judge(line: BankLine) -> HomePayment | HomeProblem | None:
    """Decides what a line pays; None if it has no home charging reference, which needs no query."""
    text = " ".join([line.reference, line.text, line.order_ref, line.bank_ref])
    match = _REFERENCE.search(text)
    if match is None:
        return None
    payout = int(match[3]) if match[3] else None
    reference = Reference(match[1].upper(), int(match[2]), payout, match[0].upper())
    return _judge_dues(line, _find_named_dues(reference, line), reference)


def write(line_id: int, due: Due, *, rule: BankMatch.Rule, now: datetime, by: str = "") -> BankLine:
    """Matches the line and records the payment unless a user did.

    Raises NotPossibleError if either is already matched.
    """
    with transaction.atomic():
        line = BankLine.objects.select_for_update().get(pk=line_id)
        if line.match == Match.MATCHED:
            raise NotPossibleError("Nothing was changed: this line is matched already.")
        is_invoice = isinstance(due, HomeInvoice)
        type(due)._default_manager.select_for_update(of=("self",)).get(pk=due.pk)
        target = {"invoice": due} if is_invoice else {"payout": due}
        if HomeMatch.objects.filter(**target).exists():
            raise NotPossibleError(f"Nothing was changed: {label(due)} is matched to another line.")
        paid_at = booked_at(line.booked_on, now=now)
        has_paid = _record(due, reference=line.reference or line.bank_ref, paid_at=paid_at, now=now)
        HomeMatch.objects.create(
            **target,
            line=line,
            rule=rule,
            has_paid=has_paid,
            amount_minor=amount_minor(due),
            matched_by=by[:150],
            matched_at=now,
        )
        line.match, line.kind, line.facts, line.found_at = Match.MATCHED, "", {}, now
        line.save(update_fields=["match", "kind", "facts", "found_at"])
        return line


def take_back(match: HomeMatch, *, now: datetime) -> str:
    """Removes the match, and the payment if the line recorded it. Returns a label of what was matched.

    Call it in the transaction that locked the line.
    """
    match.delete()
    if match.invoice is not None:
        if match.has_paid:
            home_charging.not_received(match.invoice, now=now)
        return label(match.invoice)
    assert match.payout is not None, "the database holds that a match has one of both"
    if match.has_paid:
        home_charging.not_paid_out(match.payout, now=now)
    return label(match.payout)


def label(due: Due) -> str:
    """Returns a readable label: "invoice H2026-000001 to Acme"."""
    if isinstance(due, HomeInvoice):
        return f"invoice {due.label} to {due.employer}"
    return f"the payment {due.reference} to {due.contract.name}"


def key(due: Due) -> str:
    """Returns the value for a form: `invoice-7`, or `payment-7`."""
    return f"{'invoice' if isinstance(due, HomeInvoice) else 'payment'}-{due.pk}"


def number(due: Due) -> str:
    """Returns the reference that the bank line should have:

    H2026-000001 for an invoice, H2026-000001-7 for a payment.
    """
    return due.label if isinstance(due, HomeInvoice) else due.reference


def amount_minor(due: Due) -> int:
    return due.total_minor if isinstance(due, HomeInvoice) else due.amount_minor


def currency(due: Due) -> str:
    return due.currency if isinstance(due, HomeInvoice) else due.invoice.currency


def _record(due: Due, *, reference: str, paid_at: datetime, now: datetime) -> bool:
    if isinstance(due, HomeInvoice):
        return home_charging.record_payment(due, reference=reference, now=now, on=paid_at)
    return home_charging.paid_out(due, reference=reference, now=now, on=paid_at)


def _find_named_dues(reference: Reference, line: BankLine) -> list[Due]:
    """Returns the invoices with the number, which is unique only per host; for outgoing money, the employees' parts."""
    invoices = HomeInvoice.objects.filter(series=reference.series, number=reference.number).select_related("host")
    invoices = invoices.filter(host=line.host) if line.host_id else invoices
    if reference.payout is None and line.amount_minor >= 0:
        return list(invoices.order_by("pk"))
    payouts = _parts(invoices, reference)
    return list(payouts) or list(invoices.order_by("pk"))


def _parts(invoices: QuerySet[HomeInvoice], reference: Reference) -> QuerySet[HomePayout]:
    rows = HomePayout.objects.filter(invoice__in=invoices, amount_minor__gt=0)
    rows = rows.filter(pk=reference.payout) if reference.payout is not None else rows
    return rows.select_related("invoice__host", "contract").order_by("pk")


def _judge_dues(line: BankLine, named_dues: Sequence[Due], reference: Reference) -> HomePayment | HomeProblem:
    if not named_dues:
        return HomeProblem("unknown_reference", reference.text)
    facing = [due for due in named_dues if isinstance(due, HomeInvoice) == (line.amount_minor > 0)]
    if not facing:
        return HomeProblem("wrong_direction", reference.text, tuple(named_dues))
    same = [due for due in facing if amount_minor(due) == abs(line.amount_minor)]
    exact = [due for due in same if currency(due) == line.currency]
    if not exact:
        return HomeProblem("other_currency" if same else "wrong_amount", reference.text, tuple(same or facing))
    free = [due for due in exact if not _is_taken(due)]
    if not free:
        return HomeProblem("doubled", reference.text, tuple(exact))
    if len(free) > 1:
        free = [due for due in free if _is_in_text(due, line)] or free
    if len(free) > 1:
        return HomeProblem("two_candidates", reference.text, tuple(free))
    return HomePayment(free[0])


def _is_taken(due: Due) -> bool:
    target = Q(invoice=due) if isinstance(due, HomeInvoice) else Q(payout=due)
    return HomeMatch.objects.filter(target).exists()


def _is_in_text(due: Due, line: BankLine) -> bool:
    """Whether the line names the payer, the employee or the host."""
    text = f"{line.counterparty} {line.text}".casefold()
    if isinstance(due, HomeInvoice):
        return due.employer.casefold() in text or due.host.name.casefold() in text
    return due.contract.name.casefold() in text
