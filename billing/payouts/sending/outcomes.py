"""The states of a payout that is being sent, each with its ledger entry and its notice: by processor or by file."""

from datetime import UTC, date, datetime, time
from typing import Any, Final

from django.db.models import F

from billing.models import LedgerEntry, Payout, PayoutAgreement, PayoutCarry
from billing.payments.books import ledger
from billing.payments.books.ledger import Cause, Code, Lines, Movement
from billing.payouts.bank_files import failure_codes
from billing.payouts.bank_files.failure_codes import Repeat
from billing.payouts.cycle import notices
from billing.payouts.payees import bank_accounts

State = Payout.State
Way = PayoutAgreement.Way
_MEMOS: Final = {
    "booked": "left our bank",
    "booked_back": "came back to our bank",
    "sent": "transferred to the host's account at the processor",
    "withdrawn": "taken out of its file",
}
_SENT: Final = (State.SUBMITTED, State.IN_TRANSIT, State.PAID, State.RECONCILED)


def mark_submitted(payout: Payout, *, now: datetime, **fields: Any) -> bool:
    """Marks an approved payout as being sent: it is no longer owed to the host.

    Call it in a transaction; returns False if it is not approved. `fields` are written too, such as the reference by
    which the bank finds it.
    """
    approved_payouts = Payout.objects.filter(pk=payout.pk, state=State.APPROVED)
    if not approved_payouts.update(state=State.SUBMITTED, submitted_at=now, waits_for="", processor_says="", **fields):
        return False
    lines = {Code.HOST_PAYABLE: payout.amount_minor, Code.PAYOUT_IN_TRANSIT: -payout.amount_minor}
    post(payout, "submitted", lines, now=now)
    notices.publish_change(payout.pk, now=now)
    return True


def mark_withdrawn(payout: Payout, *, now: datetime) -> bool:
    """Marks a payout as approved again because its file never reached the bank.

    Call it in a transaction; returns False if it is not being sent.
    """
    submitted_payouts = Payout.objects.filter(pk=payout.pk, state=State.SUBMITTED, way=Way.BANK_FILE, paid_at=None)
    fields = {"submitted_at": None, "trace": "", "processor_ref": "", "transfer_ref": ""}
    if not submitted_payouts.update(state=State.APPROVED, generation=F("generation") + 1, **fields):
        return False
    lines = {Code.PAYOUT_IN_TRANSIT: payout.amount_minor, Code.HOST_PAYABLE: -payout.amount_minor}
    post(payout, "withdrawn", lines, now=now)
    notices.publish_change(payout.pk, now=now)
    return True


def mark_paid(payout: Payout, *, at: datetime, trace: str = "") -> bool:
    """Marks a payout as paid. Call it in a transaction; returns False if it already was."""
    rows = Payout.objects.filter(pk=payout.pk, state__in=(State.SUBMITTED, State.IN_TRANSIT))
    cleared = {"waits_for": "", "processor_says": ""}
    is_new = bool(rows.update(state=State.PAID, paid_at=at, trace=trace or F("trace"), **cleared))
    if is_new:
        notices.publish_change(payout.pk, now=at)
    return is_new


def mark_failed(payout: Payout, *, code: str, now: datetime) -> bool:
    """Marks a payout as failed or, if it was paid, as returned: it is owed again.

    Call it in a transaction; returns False if it already was.
    """
    row = Payout.objects.select_for_update(of=("self",)).select_related("bank_account", "host").get(pk=payout.pk)
    if row.state not in _SENT:
        return False
    row.state = State.RETURNED if row.paid_at else State.FAILED
    row.failure, row.failed_at, row.expected_on = code[:40], now, None
    row.waits_for = row.processor_says = ""
    row.bridge = [*_drop_carry_rows(row), _carried_on(row)]
    row.save()
    PayoutCarry.objects.create(payout=row, kind=PayoutCarry.Kind.FAILED, amount_minor=row.amount_minor)
    post(row, "failed", {Code.PAYOUT_IN_TRANSIT: row.amount_minor, Code.HOST_PAYABLE: -row.amount_minor}, now=now)
    if row.bank_account is not None and failure_codes.resolve(code).repeat == Repeat.NEW_ACCOUNT:
        bank_accounts.refuse(row.bank_account, code=code, now=now)
    notices.publish_change(row.pk, now=now)
    return True


def book_paid(payout: Payout, *, booked_at: datetime, now: datetime) -> bool:
    """Marks a payout on the platform's bank statement as paid.

    Call it in a transaction; returns False if it already was.
    """
    lines = {Code.PAYOUT_IN_TRANSIT: payout.amount_minor, Code.BANK: -payout.amount_minor}
    post(payout, "booked", lines, now=now, at=booked_at)
    return mark_paid(payout, at=booked_at)


def book_returned(payout: Payout, *, code: str, booked_at: datetime, now: datetime) -> bool:
    """Records that the platform's bank statement shows a payout as returned.

    Call it in a transaction; returns False if it had failed before, so that only its money is new.
    """
    lines = {Code.BANK: payout.amount_minor, Code.PAYOUT_IN_TRANSIT: -payout.amount_minor}
    is_new = mark_failed(payout, code=code, now=now)
    post(payout, "booked_back", lines, now=now, at=booked_at)
    return is_new


def mark_reconciled(payout: Payout, *, now: datetime) -> bool:
    """Marks a payout as found on a bank statement.

    Call it in a transaction; returns False if it already was, or is not paid.
    """
    is_new = bool(
        Payout.objects.filter(pk=payout.pk, state=State.PAID).update(state=State.RECONCILED, reconciled_at=now)
    )
    if is_new:
        notices.publish_change(payout.pk, now=now)
    return is_new


def noon_utc(day: date) -> datetime:
    """Returns noon UTC of the day, because banks book by day."""
    return datetime.combine(day, time(12), UTC)


def post(payout: Payout, kind: str, lines: Lines, *, now: datetime, at: datetime | None = None) -> LedgerEntry | None:
    movement = Movement(
        host=payout.host,
        currency=payout.currency,
        cause=Cause(type="payout", id=str(payout.pk), kind=kind, generation=payout.generation),
        lines=lines,
        memo=f"{payout} {_MEMOS.get(kind, kind)}",
        occurred_at=at or now,
    )
    return ledger.post(movement, now=now)


def _drop_carry_rows(payout: Payout) -> list[dict[str, Any]]:
    return [row for row in payout.bridge if row["kind"] != "carried_out"]


def _carried_on(payout: Payout) -> dict[str, Any]:
    """Returns the last row of a failed payout's bridge, which carries everything on, so that nothing is left."""
    before: dict[str, Any] = next((row for row in payout.bridge if row["kind"] == "carried_out"), {})
    part = {"kind": PayoutCarry.Kind.FAILED.value, "amount_minor": -payout.amount_minor}
    minor = before.get("amount_minor", 0) - payout.amount_minor
    return {"kind": "carried_out", "amount_minor": minor, "parts": [*before.get("parts", ()), part]}
