"""Imports bank statements, matches their lines by hand, and records answers for lines that are not payouts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, BinaryIO, Final

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access, second_person
from authorization.people.roles import Right
from billing.engine.values import money
from billing.models import BankImport, BankLine, Clearing, LedgerEntry, Payout
from billing.payouts.bank_lines import home_lines, imports, matching
from billing.payouts.bank_lines.by_hand import answers, clearing
from billing.payouts.bank_lines.by_hand import undo as undo_match
from billing.payouts.bank_lines.by_hand.clearing import Target
from billing.payouts.bank_lines.home_lines import Due
from billing.payouts.bank_lines.imports import ImportResult
from billing.payouts.bank_lines.matches import NotPossibleError
from chargers.models import Host

_VERBS: Final = {
    "posted": "clearing.posted",
    "waiting": "clearing.asked",
    "declined": "clearing.declined",
    "reversed": "clearing.taken_back",
}


def bring_in(
    stream: BinaryIO,
    *,
    name: str,
    host: Host | None,
    by: User | ApiKey,
    now: datetime,
    columns: Mapping[str, Any] = MappingProxyType({}),
) -> ImportResult:
    """Imports a file and matches its lines.

    Agents import the platform's own account; users who handle a host's money import the host's. Raises NotAllowedError,
    FileError and QuestionsError.
    """
    _require(by, host)
    with transaction.atomic():
        imported = imports.bring_in(stream, name=name, host=host, by=audit.actor(by), now=now, answers=columns)
        if imported.file is not None:
            after = {"lines": imported.file.lines_count, "sha256": imported.file.sha256}
            audit.write("bank_import.made", _import_subject(imported.file), user=by, now=now, after=after)
    matched = matching.run(host, now=now)
    file_match_count = imported.file.lines.filter(match=BankLine.Match.MATCHED).count() if imported.file else 0
    imported.matched, imported.matched_before = file_match_count, matched - file_match_count
    return imported


def match(line: BankLine, payouts: Sequence[Payout], *, by: User | ApiKey, now: datetime) -> BankLine:
    """Matches a line to payouts by hand. Raises NotAllowedError and NotPossibleError."""
    _require(by, line.host)
    with transaction.atomic():
        matched_line = answers.match(line, payouts, by=audit.actor(by), now=now)
        after = {"payouts": [payout.label for payout in payouts]}
        audit.write("bank_line.matched", _line_subject(matched_line), user=by, now=now, after=after)
    return matched_line


def undo(line: BankLine, *, reason: str, by: User | ApiKey, now: datetime) -> BankLine:
    """Takes back a wrong match, or a wrong answer with its postings. Raises NotAllowedError and NotPossibleError."""
    _require(by, line.host)
    with transaction.atomic():
        reopened_line = undo_match.undo(line, reason=reason, by=audit.actor(by), now=now)
        before = {
            name: reopened_line.facts[name]
            for name in ("payouts", "answer", "account")
            if reopened_line.facts.get(name)
        }
        verb = "bank_line.unmatched" if "payouts" in reopened_line.facts else "bank_line.unanswered"
        audit.write(
            verb, _line_subject(reopened_line), user=by, now=now, before=before, reason=reopened_line.facts["reason"]
        )
    return reopened_line


def match_home(line: BankLine, due: Due, *, by: User | ApiKey, now: datetime) -> BankLine:
    """Matches a line by hand to an invoice or payment of home charging. Raises NotAllowedError and NotPossibleError."""
    _require(by, line.host)
    with transaction.atomic():
        matched_line = answers.match_home(line, due, by=audit.actor(by), now=now)
        audit.write(
            "bank_line.matched", _line_subject(matched_line), user=by, now=now, after={"home": home_lines.label(due)}
        )
    return matched_line


def post_line(line: BankLine, target: Target, *, by: User | ApiKey, now: datetime) -> Clearing:
    """Posts a line that is not a payout to a named account. Raises NotAllowedError and NotPossibleError."""
    access.require_agent(by, Right.HANDLE_MONEY)
    with transaction.atomic():
        new_clearing = clearing.post_line(line, target, by=audit.actor(by), now=now)
        _sign(new_clearing, by)
        _note_clearing(new_clearing, by=by, now=now)
    return new_clearing


def post_suspense(entry: LedgerEntry, target: Target, *, by: User | ApiKey, now: datetime) -> Clearing:
    """Moves an entry out of suspense to a named account. Raises NotAllowedError and NotPossibleError."""
    access.require_agent(by, Right.HANDLE_MONEY)
    with transaction.atomic():
        new_clearing = clearing.post_suspense(entry, target, by=audit.actor(by), now=now)
        _sign(new_clearing, by)
        _note_clearing(new_clearing, by=by, now=now)
    return new_clearing


def answer_clearing(row: Clearing, *, approves: bool, by: User, now: datetime) -> Clearing:
    """Approves or declines a posting as the second person. Raises NotAllowedError and NotPossibleError."""
    access.require_agent(by, Right.HANDLE_MONEY)
    if why := second_person.why_not(by, clearing.first_of(row), did="asked for this", now=now):
        raise NotPossibleError(why)
    with transaction.atomic():
        answered_clearing = clearing.answer(row, approves=approves, by=audit.actor(by), now=now)
        answered_clearing.second_person = by
        answered_clearing.save(update_fields=["second_person"])
        _note_clearing(answered_clearing, by=by, now=now)
    return answered_clearing


def return_to_suspense(row: Clearing, *, reason: str, by: User | ApiKey, now: datetime) -> Clearing:
    """Reverses a posting out of suspense. Raises NotAllowedError and NotPossibleError."""
    access.require_agent(by, Right.HANDLE_MONEY)
    with transaction.atomic():
        reversed_clearing = clearing.return_to_suspense(row, reason=reason, by=audit.actor(by), now=now)
        _note_clearing(reversed_clearing, by=by, now=now)
    return reversed_clearing


def answer(line: BankLine, *, reason: str, by: User | ApiKey, now: datetime) -> BankLine:
    """Records what a line was, as told by the user. Raises NotAllowedError and NotPossibleError."""
    _require(by, line.host)
    with transaction.atomic():
        answered_line = answers.answer(line, reason=reason, by=audit.actor(by), now=now)
        audit.write("bank_line.answered", _line_subject(answered_line), user=by, now=now, reason=answered_line.answer)
    return answered_line


def answer_statement(file: BankImport, *, reason: str, by: User | ApiKey, now: datetime) -> BankImport:
    """Records why a statement does not add up. Raises NotAllowedError and NotPossibleError."""
    _require(by, file.host)
    with transaction.atomic():
        answered_import = answers.answer_statement(file, reason=reason, by=audit.actor(by))
        audit.write(
            "bank_import.answered", _import_subject(answered_import), user=by, now=now, reason=answered_import.answer
        )
    return answered_import


def _require(by: User | ApiKey, host: Host | None) -> None:
    if host is None:
        access.require_agent(by, Right.HANDLE_MONEY)
    else:
        access.require(by, Right.HANDLE_MONEY, host)


def _note_clearing(row: Clearing, *, by: User | ApiKey, now: datetime) -> None:
    amount = money.text(row.amount_minor, currency=row.currency)
    after = {"account": row.get_code_display(), "host": row.host.slug, "amount": amount, "state": row.state}
    subject = _line_subject(row.line) if row.line else audit.Subject("ledger_entry", row.entry_id, row.reason, row.host)
    audit.write(_VERBS[row.state], subject, user=by, now=now, after=after, reason=row.reversed_because or row.reason)


def _import_subject(file: BankImport) -> audit.Subject:
    return audit.Subject("bank_import", file.pk, file.name, file.host)


def _line_subject(line: BankLine) -> audit.Subject:
    label = f"{line.booked_on} {money.text(line.amount_minor, currency=line.currency)}"
    return audit.Subject("bank_line", line.pk, label, line.host)


def _sign(new_clearing: Clearing, by: User | ApiKey) -> None:
    new_clearing.asked_person = second_person.find_responsible_user(by)
    new_clearing.save(update_fields=["asked_person"])
