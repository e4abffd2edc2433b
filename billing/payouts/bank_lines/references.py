"""Finds the payouts that a bank line names: by payment id, payout id, number, trace number or the processor's
reference.
"""

import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db.models import Prefetch, Q

from billing.models import BankLine, FilePayment, PaymentFile, Payout
from chargers.models import Host

_PAYMENT: Final = re.compile(r"(?<![A-Z0-9])P-\d{6,9}-[0-9A-Z]{1,4}(?:-\d{1,2})?(?![A-Z0-9])", re.I)
_LABEL: Final = re.compile(r"(?<![A-Z0-9])P-?(\d{6,9})(?!\d)", re.I)
_FILE: Final = re.compile(r"(?<![A-Z0-9])PAY-\d{8}-\d+(?!\d)", re.I)
_UUID: Final = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}(?![0-9a-f])", re.I)
_SHORTEST: Final = 6
_MAX_NUMBER: Final = 2**31


@dataclass(slots=True)
class References:
    """What one line names. `looks_like` is a text in the form of one of our references."""

    payouts: list[Payout] = field(default_factory=list)
    files: list[PaymentFile] = field(default_factory=list)
    looks_like: str = ""


@dataclass(frozen=True, slots=True)
class _Terms:
    """The terms of a line that may be references."""

    payments: frozenset[str]
    numbers: frozenset[int]
    ids: frozenset[uuid.UUID]
    files: frozenset[str]
    exact: frozenset[str]
    looks_like: str
    text: str


def resolve(lines: Sequence[BankLine], *, host: Host | None) -> dict[int, References]:
    """Resolves the references of lines, by line key; for a host's account only among its own payouts.

    A few queries for all lines together.
    """
    terms = {line.pk: _terms(line) for line in lines}
    payments = _payments(terms.values(), host)
    payouts = _payouts(terms.values(), host)
    files = {file.message_id: file for file in _files(terms.values())} if host is None else {}
    return {pk: _combine_named_records(some, payments, payouts, files) for pk, some in terms.items()}


def _terms(line: BankLine) -> _Terms:
    reference_fields = [line.reference, line.bank_ref, line.order_ref]
    text = " ".join([*reference_fields, line.text, line.counterparty])
    payments = frozenset(reference.upper() for reference in _PAYMENT.findall(text))
    labels = {match[0].upper(): int(match[1]) for match in _LABEL.finditer(_PAYMENT.sub(" ", text))}
    split = {term.strip("/:.,;") for term in re.split(r"[\s,;]+", text)}
    exact = {
        term for term in (*(reference.strip() for reference in reference_fields), *split) if len(term) >= _SHORTEST
    }
    return _Terms(
        payments=payments,
        numbers=frozenset(number for number in labels.values() if number < _MAX_NUMBER),
        ids=frozenset(uuid.UUID(reference) for reference in _UUID.findall(text)),
        files=frozenset(reference.upper() for reference in _FILE.findall(text)),
        exact=frozenset(exact),
        looks_like=next(iter([*sorted(payments), *sorted(labels)]), ""),
        text=text.casefold(),
    )


def _payments(terms: Iterable[_Terms], host: Host | None) -> dict[str, Payout]:
    """Finds payouts by the ids and trace numbers of payments in our files, including withdrawn ones."""
    ids = {reference for some in terms for reference in (*some.payments, *some.exact)}
    rows = FilePayment.objects.filter(Q(end_to_end_id__in=ids) | Q(trace__in=ids)).select_related(
        "payout__host", "payout__bank_account"
    )
    rows = rows.filter(payout__host=host) if host else rows
    by_reference: dict[str, Payout] = {}
    for row in rows:
        by_reference[row.end_to_end_id] = row.payout
        if row.trace:
            by_reference[row.trace] = row.payout
    return by_reference


def _payouts(terms: Iterable[_Terms], host: Host | None) -> list[Payout]:
    some = list(terms)
    exact = {reference for line_terms in some for reference in line_terms.exact}
    numbers = {number for line_terms in some for number in line_terms.numbers}
    ids = {payout_id for line_terms in some for payout_id in line_terms.ids}
    payout_condition = Q(pk__in=ids) | Q(number__in=numbers) | Q(trace__in=exact) | Q(processor_ref__in=exact)
    rows = Payout.objects.filter(payout_condition | Q(transfer_ref__in=exact)).select_related("host", "bank_account")
    return list(rows.filter(host=host) if host else rows)


def _files(terms: Iterable[_Terms]) -> list[PaymentFile]:
    ids = {file for some in terms for file in some.files}
    payments = FilePayment.objects.filter(is_withdrawn=False).select_related("payout__host", "payout__bank_account")
    return list(PaymentFile.objects.filter(message_id__in=ids).prefetch_related(Prefetch("payments", payments)))


def _combine_named_records(
    terms: _Terms, payments: dict[str, Payout], payouts: Sequence[Payout], files: dict[str, PaymentFile]
) -> References:
    """Combines what a line names. Unique ids take precedence over payout numbers, which repeat between hosts."""
    by_id = {
        payments[reference].pk: payments[reference]
        for reference in (*terms.payments, *terms.exact)
        if reference in payments
    }
    for payout in payouts:
        refs = {payout.trace, payout.processor_ref, payout.transfer_ref} - {""}
        if payout.pk in terms.ids or refs & terms.exact:
            by_id[payout.pk] = payout
    if not by_id:
        numbered = [payout for payout in payouts if payout.number in terms.numbers]
        of_host = [
            payout for payout in numbered if payout.host.slug in terms.text or payout.host.name.casefold() in terms.text
        ]
        by_id = {payout.pk: payout for payout in of_host or numbered}
    return References(
        payouts=sorted(by_id.values(), key=lambda payout: (payout.host_id, payout.number)),
        files=[files[file] for file in sorted(terms.files) if file in files],
        looks_like=terms.looks_like,
    )
