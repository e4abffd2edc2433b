"""What people say of bank lines that no payout explains: which payouts they are, or what else they were."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from billing.bank_lines import matches
from billing.bank_lines.matches import CLOSED, NotPossibleError, Rule, kind_of, obstacle
from billing.models import BankImport, BankLine, Payout
from billing.rating.values import money


def candidates(line: BankLine) -> QuerySet[Payout]:
    """Payouts in the line's currency that no other line is matched to and that may be it, the nearest amounts first."""
    kind = kind_of(line)
    if kind is None or not line.amount_minor:
        return Payout.objects.none()
    rows = Payout.objects.filter(currency=line.currency, amount_minor__gt=0, amount_minor__lte=abs(line.amount_minor))
    rows = rows.exclude(matches.obstructed(kind)).exclude(bank_matches__kind=kind).select_related("host")
    rows = rows.filter(host=line.host) if line.host_id else rows
    return rows.order_by("-amount_minor", "-created_at")


def match(line: BankLine, payouts: Sequence[Payout], *, by: str, now: datetime) -> BankLine:
    """Only where the payouts come to the line's amount exactly. Raises NotPossibleError."""
    kind = kind_of(line)
    if kind is None or not payouts:
        raise NotPossibleError("Nothing was changed: choose the payouts that this line is.")
    if line.host_id and any(one.host_id != line.host_id for one in payouts):
        raise NotPossibleError("Nothing was changed: a host's account shows only its own payouts.")
    total = sum(one.amount_minor for one in payouts)
    if total != abs(line.amount_minor) or {one.currency for one in payouts} != {line.currency}:
        come_to = money.text(total, currency=payouts[0].currency)
        amount = money.text(abs(line.amount_minor), currency=line.currency)
        raise NotPossibleError(f"Nothing was changed: these payouts come to {come_to}, the line to {amount}.")
    if wrong := next((one for one in payouts if obstacle(one, kind)), None):
        state = wrong.get_state_display().lower()
        raise NotPossibleError(f"Nothing was changed: {wrong.label} cannot be this line, it is {state}.")
    return matches.write(line.pk, payouts, kind=kind, rule=Rule.PERSON, now=now, by=by)


def answer(line: BankLine, *, reason: str, by: str, now: datetime) -> BankLine:
    """Says what a line was that is no payout; the books stay as they are. Raises NotPossibleError."""
    if not reason.strip():
        raise NotPossibleError("Nothing was changed: say what it was.")
    with transaction.atomic():
        row = BankLine.objects.select_for_update().get(pk=line.pk)
        if row.match in CLOSED:
            raise NotPossibleError(f"Nothing was changed: this line is {row.get_match_display().lower()}.")
        close(row, answer=reason.strip()[:400], by=by[:150], now=now)
        return row


def close(line: BankLine, *, answer: str, by: str, now: datetime) -> None:
    """Call it with the line locked, and known as open."""
    line.match, line.answer, line.answered_by, line.found_at = BankLine.Match.ANSWERED, answer, by, now
    line.save(update_fields=["match", "answer", "answered_by", "found_at"])


def answer_statement(file: BankImport, *, reason: str, by: str) -> BankImport:
    """Says why a statement does not add up. Raises NotPossibleError."""
    if not reason.strip():
        raise NotPossibleError("Nothing was changed: say why it does not add up.")
    with transaction.atomic():
        row = BankImport.objects.select_for_update().get(pk=file.pk)
        row.answer, row.answered_by = reason.strip()[:400], by[:150]
        row.save(update_fields=["answer", "answered_by"])
        return row
