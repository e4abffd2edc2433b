"""Takes back a line's match or answer: its payouts return to their previous state, its postings are reversed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing.models import BankLine, BankMatch, Payout
from billing.payouts.bank_lines import home_lines
from billing.payouts.bank_lines.by_hand import clearing, reversal
from billing.payouts.bank_lines.matches import FAILED, UNDONE, Kind, NotPossibleError
from chargers.text import card_numbers

Match = BankLine.Match


def undo(line: BankLine, *, reason: str, by: str, now: datetime) -> BankLine:
    """Takes back the match to all payouts of the line, or its answer and postings. Raises NotPossibleError."""
    if not reason.strip():
        raise NotPossibleError(f"Nothing was changed: say why the {_describe_decision(line)} is wrong.")
    with transaction.atomic():
        _lock_scopes(line)
        row = BankLine.objects.select_for_update().get(pk=line.pk)
        if row.match == Match.ANSWERED:
            return _reopen_answered_line(row, reason=card_numbers.mask(reason.strip())[:400], by=by[:150], now=now)
        if row.match != Match.MATCHED:
            raise NotPossibleError(
                "Nothing was changed: this line is not matched, or somebody took its match back before."
            )
        homes = row.home_matches.select_related("invoice", "payout__contract", "payout__invoice").order_by("pk")
        taken_back = [*_take_back(row, now=now), *(home_lines.take_back(match, now=now) for match in homes)]
        row.match, row.kind, row.found_at = Match.AMBIGUOUS, UNDONE, now
        row.facts = {"payouts": taken_back, "reason": card_numbers.mask(reason.strip())[:400], "by": by[:150]}
        row.save(update_fields=["match", "kind", "facts", "found_at"])
        return row


def _describe_decision(line: BankLine) -> str:
    return "answer" if line.match == Match.ANSWERED else "match"


def _reopen_answered_line(row: BankLine, *, reason: str, by: str, now: datetime) -> BankLine:
    """Reopens an answered line, leaves it to a person, and reverses its posting."""
    posted = clearing.take_back(row, reason=reason, by=by, now=now)
    account = f"{posted.get_code_display()} of {posted.host}" if posted else ""
    row.facts = {"answer": row.answer, "account": account, "reason": reason, "by": by}
    row.match, row.kind, row.found_at, row.answer, row.answered_by = Match.AMBIGUOUS, UNDONE, now, "", ""
    row.save(update_fields=["match", "kind", "facts", "found_at", "answer", "answered_by"])
    return row


def _lock_scopes(line: BankLine) -> None:
    """Locks the scopes before any row, because closing a period locks its scope first and may take over what failed."""
    for match in line.matches.filter(kind=Kind.RETURNED).select_related("payout__host", "payout__property"):
        reversal.lock(match.payout)


def _take_back(line: BankLine, *, now: datetime) -> list[str]:
    matches = list(line.matches.order_by("payout_id"))
    for payout in _lock_payouts([bank_match.payout_id for bank_match in matches]):
        match = next(match for match in matches if match.payout_id == payout.pk)
        match.delete()
        _revert(payout, match, now=now)
    rows = Payout.objects.filter(pk__in=[match.payout_id for match in matches]).select_related("host")
    return [f"{row.label} of {row.host.name}" if line.host_id is None else row.label for row in rows.order_by("number")]


def _lock_payouts(keys: Sequence[UUID]) -> list[Payout]:
    rows = Payout.objects.select_for_update(of=("self",)).select_related("host", "property", "bank_account")
    return list(rows.filter(pk__in=keys).order_by("pk"))


def _revert(payout: Payout, match: BankMatch, *, now: datetime) -> None:
    """Restores the payout. Raises NotPossibleError if it has moved on since."""
    if match.kind != Kind.RETURNED and payout.state in FAILED and match.state_before not in FAILED:
        state = payout.get_state_display().lower()
        raise NotPossibleError(f"Nothing was changed: {payout.label} is {state} since it was matched to this line.")
    match match.kind:
        case Kind.LEFT:
            reversal.not_left(payout, now=now)
        case Kind.ARRIVED:
            reversal.not_arrived(payout, before=match.state_before, now=now)
        case Kind.RETURNED:
            if obstacle := reversal.not_returned(payout, matched_at=match.matched_at, now=now):
                raise NotPossibleError(f"Nothing was changed: {obstacle}")
