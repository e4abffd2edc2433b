"""Users' answers about bank lines that were not matched automatically: which payouts they are, or what else."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import accumulate
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from billing.engine.values import money
from billing.models import BankImport, BankLine, HomeInvoice, HomePayout, Payout
from billing.payouts.bank_lines import home_lines, matches
from billing.payouts.bank_lines.home_lines import Due
from billing.payouts.bank_lines.matches import CLOSED, NotPossibleError, Rule, kind_of, obstacle

_MAX_HOME: Final = 40
_MAX_AMOUNTS: Final = 10_000


def candidates(line: BankLine) -> QuerySet[Payout]:
    """Returns payouts that the line could be, closest amounts first.

    They are in the line's currency and not matched to another line.
    """
    kind = kind_of(line)
    if kind is None or not line.amount_minor:
        return Payout.objects.none()
    rows = Payout.objects.filter(currency=line.currency, amount_minor__gt=0, amount_minor__lte=abs(line.amount_minor))
    rows = rows.exclude(matches.obstacle_condition(kind)).exclude(bank_matches__kind=kind).select_related("host")
    rows = rows.filter(host=line.host) if line.host_id else rows
    return rows.order_by("-amount_minor", "-created_at")


def match(line: BankLine, payouts: Sequence[Payout], *, by: str, now: datetime) -> BankLine:
    """Matches a line to payouts that come to its exact amount. Raises NotPossibleError."""
    kind = kind_of(line)
    if kind is None or not payouts:
        raise NotPossibleError("Nothing was changed: choose the payouts that this line is.")
    if line.host_id and any(payout.host_id != line.host_id for payout in payouts):
        raise NotPossibleError("Nothing was changed: a host's account shows only its own payouts.")
    total = sum(payout.amount_minor for payout in payouts)
    if total != abs(line.amount_minor) or {payout.currency for payout in payouts} != {line.currency}:
        come_to = money.text(total, currency=payouts[0].currency)
        amount = money.text(abs(line.amount_minor), currency=line.currency)
        raise NotPossibleError(f"Nothing was changed: these payouts come to {come_to}, the line to {amount}.")
    if wrong := next((payout for payout in payouts if obstacle(payout, kind)), None):
        state = wrong.get_state_display().lower()
        raise NotPossibleError(f"Nothing was changed: {wrong.label} cannot be this line, it is {state}.")
    return matches.write(line.pk, payouts, kind=kind, rule=Rule.PERSON, now=now, by=by)


def home_candidates(line: BankLine) -> list[Due]:
    """Returns unmatched invoices (for incoming money) or payments to employees (for outgoing) of the line's amount."""
    invoices = HomeInvoice.objects.filter(currency=line.currency)
    invoices = invoices.filter(host=line.host) if line.host_id else invoices
    if line.amount_minor > 0:
        home_invoices = invoices.filter(total_minor=line.amount_minor, bank_match=None).select_related("host")
        return list(home_invoices.order_by("-pk")[:_MAX_HOME])
    parts = HomePayout.objects.filter(invoice__in=invoices, amount_minor=-line.amount_minor, bank_match=None)
    parts = parts.filter(amount_minor__gt=0).select_related("invoice__host", "contract")
    return list(parts.order_by("-pk")[:_MAX_HOME])


def matchable_ids(lines: Iterable[BankLine]) -> set[int]:
    """Returns the primary keys of lines that can be matched by hand.

    Open payouts come to at least their amount, or home charging has exactly that amount. One query for each kind of
    line, not for each line.
    """
    groups: dict[tuple[int | None, str, str], list[BankLine]] = defaultdict(list)
    ids: set[int] = set()
    for line in lines:
        if line.amount_minor and line.match not in CLOSED:
            groups[line.host_id, line.currency, str(kind_of(line) or "")].append(line)
    for some in groups.values():
        largest = max(some, key=lambda line: abs(line.amount_minor))
        rows = candidates(largest).order_by("amount_minor").values_list("amount_minor", flat=True)
        amounts = list(rows[:_MAX_AMOUNTS])
        totals = list(accumulate(amounts))
        for line in some:
            count = bisect_right(amounts, abs(line.amount_minor))
            if count and totals[count - 1] >= abs(line.amount_minor):
                ids.add(line.pk)
        ids |= _matchable_home_ids(some)
    return ids


def _matchable_home_ids(lines: Sequence[BankLine]) -> set[int]:
    amounts = {abs(line.amount_minor) for line in lines}
    first = lines[0]
    invoices = HomeInvoice.objects.filter(currency=first.currency)
    invoices = invoices.filter(host=first.host_id) if first.host_id else invoices
    parts = HomePayout.objects.filter(invoice__in=invoices, amount_minor__in=amounts, bank_match=None)
    invoices = invoices.filter(total_minor__in=amounts, bank_match=None)
    came = first.amount_minor > 0
    home_amounts = set(
        invoices.values_list("total_minor", flat=True) if came else parts.values_list("amount_minor", flat=True)
    )
    return {line.pk for line in lines if abs(line.amount_minor) in home_amounts}


def match_home(line: BankLine, due: Due, *, by: str, now: datetime) -> BankLine:
    """Matches a line to home charging of its exact amount and direction. Raises NotPossibleError."""
    if home_lines.currency(due) != line.currency or home_lines.amount_minor(due) != abs(line.amount_minor):
        expected = money.text(home_lines.amount_minor(due), currency=home_lines.currency(due))
        amount = money.text(abs(line.amount_minor), currency=line.currency)
        raise NotPossibleError(f"Nothing was changed: {home_lines.label(due)} is {expected}, the line is {amount}.")
    if isinstance(due, HomeInvoice) != (line.amount_minor > 0):
        went = "came in" if line.amount_minor > 0 else "left"
        raise NotPossibleError(f"Nothing was changed: {home_lines.label(due)} cannot be it, the money {went}.")
    invoice = due if isinstance(due, HomeInvoice) else due.invoice
    if line.host_id and invoice.host_id != line.host_id:
        raise NotPossibleError("Nothing was changed: a host's account shows only its own invoices.")
    return home_lines.write(line.pk, due, rule=Rule.PERSON, now=now, by=by)


def answer(line: BankLine, *, reason: str, by: str, now: datetime) -> BankLine:
    """Records what a line was if it is not a payout; the books stay as they are. Raises NotPossibleError."""
    if not reason.strip():
        raise NotPossibleError("Nothing was changed: say what it was.")
    with transaction.atomic():
        row = BankLine.objects.select_for_update().get(pk=line.pk)
        if row.match in CLOSED:
            raise NotPossibleError(f"Nothing was changed: this line is {row.get_match_display().lower()}.")
        close(row, answer=reason.strip()[:400], by=by[:150], now=now)
        return row


def close(line: BankLine, *, answer: str, by: str, now: datetime) -> None:
    """Closes a line with an answer. Call it with the line locked and checked to be open."""
    line.match, line.answer, line.answered_by, line.found_at = BankLine.Match.ANSWERED, answer, by, now
    line.save(update_fields=["match", "answer", "answered_by", "found_at"])


def answer_statement(file: BankImport, *, reason: str, by: str) -> BankImport:
    """Records why a statement does not add up. Raises NotPossibleError."""
    if not reason.strip():
        raise NotPossibleError("Nothing was changed: say why it does not add up.")
    with transaction.atomic():
        row = BankImport.objects.select_for_update().get(pk=file.pk)
        row.answer, row.answered_by = reason.strip()[:400], by[:150]
        row.save(update_fields=["answer", "answered_by"])
        return row
