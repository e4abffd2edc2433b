"""The lines of a statement for CSV and API: with the number that people see, and with gross and tax."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db.models import Sum

from billing.models import Dispute, Invoice, Posting, Receipt, Refund, RefundPart, SubscriptionPeriod
from billing.payments.books import ledger
from billing.payments.books.ledger import Code
from billing.payments.books.sources import keys

_GROSS: Final = (Code.GUEST_RECEIVABLE, Code.ROAMING_RECEIVABLE, Code.DISPUTE_HOLD)
"""Accounts that the gross of a sale, a refund or a lost dispute is posted to."""
_TAXED: Final = ("receipt", "refund", "dispute")


def facts(lines: Iterable[Any]) -> list[dict[str, Any]]:
    """Returns each line in minor units, with times in ISO 8601. A query for each kind of document and one for the
    amounts.

    `gross_minor` and `tax_minor` have the sign of the line; None if the document is not a sale of the platform's.
    """
    rows = list(lines)
    numbers, amounts = numbers_of(rows), _amounts(rows)
    return [_fact(line, numbers=numbers, amounts=amounts) for line in rows]


def _fact(
    line: Any, *, numbers: Mapping[tuple[str, str], str], amounts: Mapping[int, tuple[int, int]]
) -> dict[str, Any]:
    entry = line.entry
    gross, tax = amounts.get(entry.pk, (None, None))
    return {
        "posted_at": entry.posted_at.isoformat(),
        "happened_at": entry.occurred_at.isoformat(),
        "kind": f"{entry.source_type}.{entry.kind}",
        "number": numbers.get((entry.source_type, entry.source_id), ""),
        "document": entry.source_id,
        "text": entry.memo,
        "gross_minor": gross,
        "tax_minor": tax,
        "amount_minor": line.owed_minor,
        "balance_minor": line.balance_minor,
        "currency": line.currency,
        "entry": entry.pk,
    }


def numbers_of(lines: Iterable[Any]) -> dict[tuple[str, str], str]:
    """Returns the printed number of each document, by its kind and id; for a dispute, the processor's."""
    ids: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        ids[line.entry.source_type].add(line.entry.source_id)
    numbered = Receipt.objects.only("series", "number")  # documents are large
    receipts = numbered.filter(pk__in=keys(Receipt, ids["receipt"])) if ids["receipt"] else ()
    numbers = {("receipt", str(receipt.pk)): receipt.label for receipt in receipts}
    credited = Refund.objects.select_related("credit_note").defer("credit_note__document")
    for refund in credited.filter(pk__in=keys(Refund, ids["refund"])) if ids["refund"] else ():
        numbers["refund", str(refund.pk)] = str(refund.credit_note or "")
    if ids["refund_part"]:
        for part in RefundPart.objects.filter(pk__in=keys(RefundPart, ids["refund_part"])).select_related(
            "refund__credit_note"
        ):
            numbers["refund_part", str(part.pk)] = str(part.refund.credit_note or "")
    for dispute in Dispute.objects.filter(pk__in=keys(Dispute, ids["dispute"])) if ids["dispute"] else ():
        numbers["dispute", str(dispute.pk)] = dispute.processor_ref
    for period in _periods(ids["period"]):
        numbers["period", str(period.pk)] = " ".join(invoice.label for invoice in period.invoices.all())
    return numbers


def _periods(ids: Iterable[str]) -> Iterable[SubscriptionPeriod]:
    return (
        SubscriptionPeriod.objects.filter(pk__in=keys(SubscriptionPeriod, ids)).prefetch_related("invoices")
        if ids
        else ()
    )


def _amounts(lines: Iterable[Any]) -> dict[int, tuple[int, int]]:
    """Returns gross and tax by entry, from the books; for plans, from their invoices."""
    rows = list(lines)
    sales = [line.entry_id for line in rows if line.entry.source_type in _TAXED]
    moved = Posting.objects.filter(entry__in=sales, account__code__in=(*_GROSS, Code.TAX_PAYABLE))
    by_entry: dict[int, list[int]] = {}
    for entry, code, minor in moved.values_list("entry", "account__code").annotate(minor=Sum(ledger.CREDITED)):
        sums = by_entry.setdefault(entry, [0, 0])
        if code == Code.TAX_PAYABLE:
            sums[1] += minor
        else:
            sums[0] -= minor
    amounts = {entry: (gross, tax) for entry, (gross, tax) in by_entry.items()}
    plans = {line.entry.source_id: line.entry_id for line in rows if line.entry.source_type == "period"}
    return amounts | {plans[str(period.pk)]: _sum_plan_invoices(period) for period in _periods(plans)}


def _sum_plan_invoices(period: SubscriptionPeriod) -> tuple[int, int]:
    gross = tax = 0
    for invoice in period.invoices.all():
        sign = -1 if invoice.kind == Invoice.Kind.CREDIT_NOTE else 1
        gross, tax = gross + sign * invoice.document["total"], tax + sign * invoice.document["tax"]
    return gross, tax
