"""Which payouts a bank line names: by the id of a payment, the payout's own, its number, its trace, its processor's."""

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
_MOST_NUMBER: Final = 2**31


@dataclass(slots=True)
class Named:
    """What one line names. `looks_like` is what has the form of a reference of ours."""

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


def of(lines: Sequence[BankLine], *, host: Host | None) -> dict[int, Named]:
    """By the lines' keys; of a host's account only its own payouts. A few queries for all lines together."""
    terms = {line.pk: _terms(line) for line in lines}
    payments = _payments(terms.values(), host)
    payouts = _payouts(terms.values(), host)
    files = {file.message_id: file for file in _files(terms.values())} if host is None else {}
    return {pk: _named(some, payments, payouts, files) for pk, some in terms.items()}


def _terms(line: BankLine) -> _Terms:
    whole = [line.reference, line.bank_ref, line.order_ref]
    text = " ".join([*whole, line.text, line.counterparty])
    payments = frozenset(one.upper() for one in _PAYMENT.findall(text))
    labels = {match[0].upper(): int(match[1]) for match in _LABEL.finditer(_PAYMENT.sub(" ", text))}
    split = {term.strip("/:.,;") for term in re.split(r"[\s,;]+", text)}
    exact = {term for term in (*(one.strip() for one in whole), *split) if len(term) >= _SHORTEST}
    return _Terms(
        payments=payments,
        numbers=frozenset(number for number in labels.values() if number < _MOST_NUMBER),
        ids=frozenset(uuid.UUID(one) for one in _UUID.findall(text)),
        files=frozenset(one.upper() for one in _FILE.findall(text)),
        exact=frozenset(exact),
        looks_like=next(iter([*sorted(payments), *sorted(labels)]), ""),
        text=text.casefold(),
    )


def _payments(terms: Iterable[_Terms], host: Host | None) -> dict[str, Payout]:
    """By the ids and trace numbers of payments in our files, also of withdrawn ones."""
    ids = {one for some in terms for one in (*some.payments, *some.exact)}
    rows = FilePayment.objects.filter(Q(end_to_end_id__in=ids) | Q(trace__in=ids)).select_related(
        "payout__host", "payout__bank_account"
    )
    rows = rows.filter(payout__host=host) if host else rows
    found: dict[str, Payout] = {}
    for row in rows:
        found[row.end_to_end_id] = row.payout
        if row.trace:
            found[row.trace] = row.payout
    return found


def _payouts(terms: Iterable[_Terms], host: Host | None) -> list[Payout]:
    some = list(terms)
    exact = {one for each in some for one in each.exact}
    numbers = {number for each in some for number in each.numbers}
    ids = {one for each in some for one in each.ids}
    named = Q(pk__in=ids) | Q(number__in=numbers) | Q(trace__in=exact) | Q(processor_ref__in=exact)
    rows = Payout.objects.filter(named | Q(transfer_ref__in=exact)).select_related("host", "bank_account")
    return list(rows.filter(host=host) if host else rows)


def _files(terms: Iterable[_Terms]) -> list[PaymentFile]:
    ids = {file for some in terms for file in some.files}
    payments = FilePayment.objects.filter(is_withdrawn=False).select_related("payout__host", "payout__bank_account")
    return list(PaymentFile.objects.filter(message_id__in=ids).prefetch_related(Prefetch("payments", payments)))


def _named(
    terms: _Terms, payments: dict[str, Payout], payouts: Sequence[Payout], files: dict[str, PaymentFile]
) -> Named:
    """What names one payout exactly counts before numbers, which every host has."""
    found = {payments[one].pk: payments[one] for one in (*terms.payments, *terms.exact) if one in payments}
    for one in payouts:
        refs = {one.trace, one.processor_ref, one.transfer_ref} - {""}
        if one.pk in terms.ids or refs & terms.exact:
            found[one.pk] = one
    if not found:
        numbered = [one for one in payouts if one.number in terms.numbers]
        of_host = [one for one in numbered if one.host.slug in terms.text or one.host.name.casefold() in terms.text]
        found = {payout.pk: payout for payout in of_host or numbered}
    return Named(
        payouts=sorted(found.values(), key=lambda one: (one.host_id, one.number)),
        files=[files[file] for file in sorted(terms.files) if file in files],
        looks_like=terms.looks_like,
    )
