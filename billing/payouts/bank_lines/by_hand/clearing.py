"""Posts money at the bank or in suspense that belongs to no payout to a named account of a host's books.

Above the limit for one person, a second person must agree. Each bank line, and each entry in suspense, is posted once,
and each posting can be reversed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet, Sum

from authorization.people.second_person import First
from billing.models import BankLine, Clearing, LedgerAccount, LedgerEntry, Posting
from billing.payments.books import ledger
from billing.payments.books.ledger import Cause, Code, Movement
from billing.payouts.bank_lines.by_hand import answers
from billing.payouts.bank_lines.matches import CLOSED, NotPossibleError, booked_at
from billing.sessions.refunds import refunds
from chargers.models import Host
from chargers.text import card_numbers

State = Clearing.State
OF_LINES: Final = (
    Code.BANK_SUSPENSE, Code.PROCESSOR_CLEARING, Code.HOST_PAYABLE, Code.PLATFORM_REVENUE, Code.ROAMING_RECEIVABLE,
    Code.EMPLOYER_RECEIVABLE, Code.EMPLOYEE_PAYABLE,
)  # fmt: skip
_LINE: Final = "bank_line"
_POSTED: Final = "posted"
OF_SUSPENSE: Final = (Code.BANK, *(code for code in OF_LINES if code != Code.BANK_SUSPENSE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The host and account to post to, and the reason."""

    host: Host
    code: str
    reason: str


def post_line(line: BankLine, target: Target, *, by: str, now: datetime) -> Clearing:
    """Posts a line of the platform's own account. Raises NotPossibleError."""
    _check(target, OF_LINES)
    if line.host_id is not None or not line.amount_minor:
        raise NotPossibleError("Nothing was posted: only lines of the platform's own account are in the books.")
    with transaction.atomic():
        row = BankLine.objects.select_for_update().get(pk=line.pk)
        _require_open(row)
        new_clearing = _create_clearing(
            target, by=by, now=now, line=row, amount_minor=row.amount_minor, currency=row.currency
        )
        return _post_or_wait(new_clearing, now=now)


def post_suspense(entry: LedgerEntry, target: Target, *, by: str, now: datetime) -> Clearing:
    """Moves an entry's amount from suspense to another account of the same host. Raises NotPossibleError."""
    _check(target, OF_SUSPENSE)
    with transaction.atomic():
        LedgerEntry.objects.select_for_update().get(pk=entry.pk)
        part = in_suspense(target.host).filter(entry=entry).select_related("entry").first()
        if part is None:
            raise NotPossibleError("Nothing was posted: this is not in suspense any more.")
        minor = part.amount_minor if part.side == Posting.Side.DEBIT else -part.amount_minor
        new_clearing = _create_clearing(target, by=by, now=now, entry=entry, amount_minor=minor, currency=part.currency)
        return _post_or_wait(new_clearing, now=now)


def answer(clearing: Clearing, *, approves: bool, by: str, now: datetime) -> Clearing:
    """Approves or declines a posting as the second person. Raises NotPossibleError."""
    with transaction.atomic():
        row = _rows().select_for_update(of=("self",)).get(pk=clearing.pk)
        if row.state != State.WAITING:
            raise NotPossibleError(f"Nothing was changed: this posting is {row.get_state_display().lower()} already.")
        if row.asked_by == by:
            raise NotPossibleError("You asked for this posting: a second person has to agree to it.")
        row.second_by = by[:150]
        if approves:
            return _post_clearing(row, now=now)
        row.state, row.closed_at = State.DECLINED, now
        row.save()
        return row


def first_of(row: Clearing) -> First:
    """Returns who asked for the posting, for the two-person rule."""
    return First(row.asked_by, row.asked_person_id, row.host_id, row.asked_at)


def take_back(line: BankLine, *, reason: str, by: str, now: datetime) -> Clearing | None:
    """Reverses what a line posted; None if nothing was posted yet. Call it in the transaction that locked the line.

    Raises NotPossibleError if the entry was moved out of suspense since.
    """
    row = _rows().select_for_update(of=("self",)).filter(line=line, state=State.POSTED).first()
    if row is None:
        return None
    causes = {"source_type": _LINE, "source_id": str(line.pk), "kind": _POSTED, "reversed_by": None}
    entry = LedgerEntry.objects.filter(**causes).order_by("-generation").first()
    if entry is not None:
        if entry.clearings.exclude(state__in=Clearing.GONE).exists():
            raise NotPossibleError("Nothing was changed: what it put in suspense was posted to another account since.")
        ledger.reverse(entry, memo=f"Taken back: {reason}", now=now)
    row.state, row.reversed_by, row.reversed_at, row.reversed_because = State.REVERSED, by[:150], now, reason[:400]
    row.save()
    return row


def return_to_suspense(clearing: Clearing, *, reason: str, by: str, now: datetime) -> Clearing:
    """Reverses a posting out of suspense, so that the amount is in suspense again. Raises NotPossibleError."""
    if not reason.strip():
        raise NotPossibleError("Nothing was changed: say why the posting is wrong.")
    with transaction.atomic():
        row = _rows().select_for_update(of=("self",)).get(pk=clearing.pk)
        if row.state != State.POSTED or row.entry is None:
            raise NotPossibleError("Nothing was changed: this is in suspense, or somebody took it back before.")
        LedgerEntry.objects.select_for_update().get(pk=row.entry.pk)
        causes = {"source_type": row.entry.source_type, "source_id": row.entry.source_id, "kind": Clearing.CLEARED}
        posted = LedgerEntry.objects.filter(**causes, reversed_by=None).order_by("-generation").first()
        if posted is None:
            raise NotPossibleError("Nothing was changed: its posting was reversed before.")
        because = card_numbers.mask(reason.strip())[:400]
        ledger.reverse(posted, memo=f"Taken back: {because}", now=now)
        row.state, row.reversed_by, row.reversed_at, row.reversed_because = State.REVERSED, by[:150], now, because
        row.save()
        return row


def from_suspense(host: Host) -> QuerySet[Clearing]:
    """Returns the postings that users made out of the host's suspense, newest first."""
    return _rows().filter(host=host, state=State.POSTED).exclude(entry=None).order_by("-closed_at", "-pk")


def waiting() -> QuerySet[Clearing]:
    """Returns the postings that wait for a second person, oldest first."""
    return _rows().filter(state=State.WAITING).order_by("pk")


def in_suspense(host: Host) -> QuerySet[Posting]:
    """Returns the host's postings in suspense that are neither cleared nor reversed, oldest first."""
    suspense = Posting.objects.filter(account__host=host, account__code=Code.BANK_SUSPENSE)
    after = suspense.filter(
        entry__source_type=OuterRef("entry__source_type"),
        entry__source_id=OuterRef("entry__source_id"),
        entry_id__gt=OuterRef("entry_id"),
        entry__reverses=None,
        entry__reversed_by=None,
    )
    open_ = suspense.filter(entry__reverses=None, entry__reversed_by=None).exclude(entry__kind=Clearing.CLEARED)
    return open_.filter(~Exists(after)).select_related("entry").order_by("entry__occurred_at", "entry_id")


def _rows() -> QuerySet[Clearing]:
    return Clearing.objects.select_related("line", "entry", "host")


def _check(target: Target, codes: tuple[Code, ...]) -> None:
    if target.code not in codes:
        raise NotPossibleError("Nothing was posted: choose the account that it belongs to.")
    if not target.reason.strip():
        raise NotPossibleError("Nothing was posted: say what it was.")


def _require_open(line: BankLine) -> None:
    if line.match in CLOSED:
        raise NotPossibleError(f"Nothing was posted: this line is {line.get_match_display().lower()}.")


def _create_clearing(target: Target, *, by: str, now: datetime, **source: object) -> Clearing:
    """Stores the posting. A database constraint allows one per line or entry."""
    try:
        with transaction.atomic():
            return Clearing.objects.create(
                host=target.host,
                code=target.code,
                reason=target.reason.strip()[:400],
                asked_by=by[:150],
                asked_at=now,
                **source,
            )
    except IntegrityError as exc:
        raise NotPossibleError("Nothing was posted: it waits for a second person, or is posted already.") from exc


def _post_or_wait(row: Clearing, *, now: datetime) -> Clearing:
    is_small = abs(row.amount_minor) <= refunds.limit_minor(row.currency)
    return _post_clearing(row, now=now) if is_small else row


def _post_clearing(row: Clearing, *, now: datetime) -> Clearing:
    if row.line is not None:
        _close_line(row, now=now)
    if row.entry is not None or row.code == Code.BANK_SUSPENSE:
        _check_suspense(row)
    if row.entry is not None and not in_suspense(row.host).filter(entry=row.entry_id).exists():
        raise NotPossibleError("Nothing was posted: this is not in suspense any more.")
    ledger.post(_movement(row, now=now), now=now)
    row.state, row.closed_at = State.POSTED, now
    row.save()
    return row


def _close_line(row: Clearing, *, now: datetime) -> None:
    assert row.line is not None
    line = BankLine.objects.select_for_update().get(pk=row.line.pk)
    _require_open(line)
    answers.close(line, answer=row.reason, by=row.asked_by, now=now)


def _check_suspense(row: Clearing) -> None:
    """Checks that the posting reduces suspense. Locks the account's row against a simultaneous clearing."""
    account = LedgerAccount.objects.select_for_update().filter(
        host=row.host, code=Code.BANK_SUSPENSE, currency=row.currency
    )
    account.first()
    before = Posting.objects.filter(account__in=account).aggregate(sum=Sum(ledger.DEBITED))["sum"] or 0
    if abs(before - row.amount_minor) >= abs(before):
        raise NotPossibleError("Nothing was posted: so much does not stand in suspense for this host.")


def _movement(row: Clearing, *, now: datetime) -> Movement:
    if row.line is not None:
        before = Clearing.objects.filter(line=row.line, state=State.REVERSED).count()
        cause = Cause(type=_LINE, id=str(row.line_id), kind=_POSTED, generation=before + 1)
        lines = {Code.BANK: row.amount_minor, Code(row.code): -row.amount_minor}
        return _entry(row, cause, lines, at=booked_at(row.line.booked_on, now=now))
    assert row.entry is not None
    before = Clearing.objects.filter(entry=row.entry, state=State.REVERSED).count()
    cause = Cause(
        type=row.entry.source_type,
        id=row.entry.source_id,
        kind=Clearing.CLEARED,
        generation=row.entry.generation + before,
    )
    return _entry(row, cause, {Code.BANK_SUSPENSE: -row.amount_minor, Code(row.code): row.amount_minor}, at=now)


def _entry(row: Clearing, cause: Cause, lines: ledger.Lines, *, at: datetime) -> Movement:
    return Movement(host=row.host, currency=row.currency, cause=cause, lines=lines, memo=row.reason, occurred_at=at)
