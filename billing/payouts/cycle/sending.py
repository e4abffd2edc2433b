"""Sends payouts to the host's account at the card processor and from there to its bank, and handles returns.

A bank may return a payout days after it was paid. Every step is stored before the processor is called, with a key made
from the payout, so that a killed worker can resume and nothing is sent twice. Nothing here may be called inside a
database transaction. Payouts ordered from a bank by file are sent by `bank_lines.payment_files`.
"""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from billing.models import BankAccount, LedgerEntry, Payout, PayoutAgreement, PayoutCarry, ProcessorAccount
from billing.payments import processors
from billing.payments.books import ledger
from billing.payments.books.ledger import Cause, Code, Lines, Movement
from billing.payments.processors.protocol import BankPayout, NotPossibleError, OutcomeUnknownError, PayoutState
from billing.payouts.bank_files import failure_codes
from billing.payouts.bank_files.failure_codes import Repeat
from billing.payouts.cycle import notices
from billing.payouts.payees import bank_accounts, processor_accounts
from billing.payouts.payees.agreements import Scope
from chargers.lib import batch

State = Payout.State
Way = PayoutAgreement.Way
_MEMOS: Final = {
    "booked": "left our bank",
    "booked_back": "came back to our bank",
    "sent": "transferred to the host's account at the processor",
    "withdrawn": "taken out of its file",
}
_RETURNS_WITHIN: Final = timedelta(days=30)
"""Counted from when it was paid. Banks return within 5 business days, rarely later; then only an event tells."""
_NO_MONEY_YET: Final = (
    "The money is not available at the card processor yet. It is tried again by itself every few minutes: you need to "
    "do nothing."
)
_NOT_TAKEN: Final = (
    "The card processor has not taken the payout to your bank yet. It is tried again by itself every few minutes, and "
    "support sees it."
)
_SENT: Final = (State.SUBMITTED, State.IN_TRANSIT, State.PAID, State.RECONCILED)


def send_due(*, now: datetime) -> int:
    """Sends approved payouts, resumes started ones, and checks on the others."""
    by_processor = Payout.objects.filter(way=Way.PROCESSOR)
    done = batch.each(by_processor.filter(state__in=(State.APPROVED, State.SUBMITTED)), lambda pk: send(pk, now=now))
    # A paid payout may come back for some days, even after it was found on a bank statement.
    lately = Q(state=State.RECONCILED, paid_at__gte=now - _RETURNS_WITHIN)
    on_its_way = by_processor.filter(Q(state__in=(State.IN_TRANSIT, State.PAID)) | lately)
    return done + batch.each(on_its_way, lambda pk: follow(pk, now=now))


def send(payout_id: UUID, *, now: datetime) -> Payout:
    """Advances an approved payout as far as the processor allows."""
    payout = _payout(payout_id)
    account = processor_accounts.find(payout.host, payout.property)
    if payout.state not in (State.APPROVED, State.SUBMITTED):
        return payout
    if account is None or not account.is_enabled:
        return _waits(payout, "The host's account at the card processor is not ready yet.")
    payout = _to_bank_of_now(payout)
    if payout.state == State.APPROVED:
        if (missing := bank_accounts.why_not(payout.bank_account, now=now)) is not None:
            return _waits(payout, f"It is not sent yet: {missing}")
        payout = _submit(payout, now=now)
    return payout if payout.state != State.SUBMITTED else _sent(payout, account, now=now)


def _sent(payout: Payout, account: ProcessorAccount, *, now: datetime) -> Payout:
    """Transfers the money to the host's account, then pays it out to the host's bank."""
    bank = payout.bank_account
    assert bank is not None, "the database holds that what is sent goes to a bank"
    sentence = _NO_MONEY_YET
    try:
        if payout.transferred_minor < payout.amount_minor:
            payout = _transfer(payout, account, now=now)
        sentence = _NOT_TAKEN
        bank_ref = processor_accounts.bank_ref(account, bank)
        sent = processors.processor(account.processor).pay_out(
            account.ref,
            amount_minor=payout.amount_minor,
            currency=payout.currency,
            key=_key(payout, "payout"),
            bank_ref=bank_ref,
        )
    except OutcomeUnknownError:
        return payout  # it may have succeeded: the next round calls with the same key
    except NotPossibleError as exc:
        return _waits(payout, sentence, processor_says=str(exc))
    return _learn(payout, sent, now=now)


def _to_bank_of_now(payout: Payout) -> Payout:
    """Moves a payout approved before a change of bank account to the new account, once that may be used."""
    old = payout.bank_account
    if payout.state != State.APPROVED or old is None or old.state == BankAccount.State.CONFIRMED:
        return payout
    scope = Scope.from_row(payout)
    new = bank_accounts.current(scope)
    if new is None or new.pk == old.pk:
        return payout
    Payout.objects.filter(pk=payout.pk, state=State.APPROVED).update(bank_account=new)
    return _payout(payout.pk)


def follow(payout_id: UUID, *, now: datetime) -> Payout:
    """Updates a payout that is on its way or was recently paid; without an answer it stays unchanged."""
    try:
        return learn(payout_id, now=now)
    except OutcomeUnknownError:
        return _payout(payout_id)


def learn(payout_id: UUID, *, now: datetime) -> Payout:
    """Looks up a payout's state at the processor, whenever it was paid. Raises OutcomeUnknownError."""
    payout = _payout(payout_id)
    account = processor_accounts.find(payout.host, payout.property)
    if account is None or not payout.processor_ref:
        return payout
    bank_payout = processors.processor(account.processor).look_up_payout(payout.processor_ref, account_ref=account.ref)
    return payout if bank_payout is None else _learn(payout, bank_payout, now=now)


def paid(payout: Payout, *, at: datetime, trace: str = "") -> bool:
    """Marks a payout as paid. Call it in a transaction; returns False if it already was."""
    rows = Payout.objects.filter(pk=payout.pk, state__in=(State.SUBMITTED, State.IN_TRANSIT))
    cleared = {"waits_for": "", "processor_says": ""}
    is_new = bool(rows.update(state=State.PAID, paid_at=at, trace=trace or F("trace"), **cleared))
    if is_new:
        notices.changed(payout.pk, now=at)
    return is_new


def failed(payout: Payout, *, code: str, now: datetime) -> bool:
    """Marks a payout as failed or, if it was paid, as returned: it is owed again.

    Call it in a transaction; returns False if it already was.
    """
    row = Payout.objects.select_for_update(of=("self",)).select_related("bank_account", "host").get(pk=payout.pk)
    if row.state not in _SENT:
        return False
    row.state = State.RETURNED if row.paid_at else State.FAILED
    row.failure, row.failed_at, row.expected_on = code[:40], now, None
    row.waits_for = row.processor_says = ""
    row.bridge = [*_without_carry(row), _carried_on(row)]
    row.save()
    PayoutCarry.objects.create(payout=row, kind=PayoutCarry.Kind.FAILED, amount_minor=row.amount_minor)
    _post(row, "failed", {Code.PAYOUT_IN_TRANSIT: row.amount_minor, Code.HOST_PAYABLE: -row.amount_minor}, now=now)
    if row.bank_account is not None and failure_codes.look_up(code).repeat == Repeat.NEW_ACCOUNT:
        bank_accounts.refuse(row.bank_account, code=code, now=now)
    notices.changed(row.pk, now=now)
    return True


def submitted(payout: Payout, *, now: datetime, **fields: Any) -> bool:
    """Marks an approved payout as being sent: it is no longer owed to the host.

    Call it in a transaction; returns False if it is not approved. `fields` are written too, such as the reference by
    which the bank finds it.
    """
    mine = Payout.objects.filter(pk=payout.pk, state=State.APPROVED)
    if not mine.update(state=State.SUBMITTED, submitted_at=now, waits_for="", processor_says="", **fields):
        return False
    lines = {Code.HOST_PAYABLE: payout.amount_minor, Code.PAYOUT_IN_TRANSIT: -payout.amount_minor}
    _post(payout, "submitted", lines, now=now)
    notices.changed(payout.pk, now=now)
    return True


def withdrawn(payout: Payout, *, now: datetime) -> bool:
    """Marks a payout as approved again because its file never reached the bank.

    Call it in a transaction; returns False if it is not being sent.
    """
    mine = Payout.objects.filter(pk=payout.pk, state=State.SUBMITTED, way=Way.BANK_FILE, paid_at=None)
    fields = {"submitted_at": None, "trace": "", "processor_ref": "", "transfer_ref": ""}
    if not mine.update(state=State.APPROVED, generation=F("generation") + 1, **fields):
        return False
    lines = {Code.PAYOUT_IN_TRANSIT: payout.amount_minor, Code.HOST_PAYABLE: -payout.amount_minor}
    _post(payout, "withdrawn", lines, now=now)
    notices.changed(payout.pk, now=now)
    return True


def left_bank(payout: Payout, *, on: datetime, now: datetime) -> bool:
    """Marks a payout on the platform's bank statement as paid.

    Call it in a transaction; returns False if it already was.
    """
    lines = {Code.PAYOUT_IN_TRANSIT: payout.amount_minor, Code.BANK: -payout.amount_minor}
    _post(payout, "booked", lines, now=now, at=on)
    return paid(payout, at=on)


def came_back(payout: Payout, *, code: str, on: datetime, now: datetime) -> bool:
    """Records that the platform's bank statement shows a payout as returned.

    Call it in a transaction; returns False if it had failed before, so that only its money is new.
    """
    lines = {Code.BANK: payout.amount_minor, Code.PAYOUT_IN_TRANSIT: -payout.amount_minor}
    is_new = failed(payout, code=code, now=now)
    _post(payout, "booked_back", lines, now=now, at=on)
    return is_new


def reconciled(payout: Payout, *, now: datetime) -> bool:
    """Marks a payout as found on a bank statement.

    Call it in a transaction; returns False if it already was, or is not paid.
    """
    is_new = bool(
        Payout.objects.filter(pk=payout.pk, state=State.PAID).update(state=State.RECONCILED, reconciled_at=now)
    )
    if is_new:
        notices.changed(payout.pk, now=now)
    return is_new


def _submit(payout: Payout, *, now: datetime) -> Payout:
    with transaction.atomic():
        submitted(payout, now=now)
    return _payout(payout.pk)


def _transfer(payout: Payout, account: ProcessorAccount, *, now: datetime) -> Payout:
    """Transfers the amount to the host's balance at the processor, less what failed payouts left there."""
    missing_minor = payout.amount_minor - payout.transferred_minor
    made = processors.processor(account.processor).transfer(
        account.ref, amount_minor=missing_minor, currency=payout.currency, key=_key(payout, "transfer")
    )
    with transaction.atomic():
        mine = Payout.objects.filter(pk=payout.pk, state=State.SUBMITTED, transferred_minor=payout.transferred_minor)
        if mine.update(transfer_ref=made.ref, transferred_minor=payout.amount_minor, waits_for="", processor_says=""):
            _post(
                payout,
                "sent",
                {Code.PAYOUT_IN_TRANSIT: missing_minor, Code.PROCESSOR_CLEARING: -missing_minor},
                now=now,
            )
    return _payout(payout.pk)


def _learn(payout: Payout, bank_payout: BankPayout, *, now: datetime) -> Payout:
    with transaction.atomic():
        left = Payout.objects.filter(pk=payout.pk, state=State.SUBMITTED).update(
            state=State.IN_TRANSIT,
            processor_ref=bank_payout.ref,
            trace=bank_payout.trace,
            waits_for="",
            processor_says="",
            expected_on=bank_payout.arrives_at.date(),
        )
        if left:
            notices.changed(payout.pk, now=now)
        if bank_payout.state == PayoutState.PAID:
            paid(payout, at=now, trace=bank_payout.trace)
        elif bank_payout.state in (PayoutState.FAILED, PayoutState.CANCELLED):
            failed(payout, code=bank_payout.failure or "could_not_process", now=now)
    return _payout(payout.pk)


def _waits(payout: Payout, sentence: str, *, processor_says: str = "") -> Payout:
    """Stores why the payout waits.

    The host reads our sentence; the processor's message stays internal because it names the platform's balances and
    ids.
    """
    fields = {"waits_for": sentence[:400], "processor_says": processor_says[:400]}
    Payout.objects.filter(pk=payout.pk).exclude(**fields).update(**fields)
    return _payout(payout.pk)


def _post(payout: Payout, kind: str, lines: Lines, *, now: datetime, at: datetime | None = None) -> LedgerEntry | None:
    movement = Movement(
        host=payout.host,
        currency=payout.currency,
        cause=Cause(type="payout", id=str(payout.pk), kind=kind, generation=payout.generation),
        lines=lines,
        memo=f"{payout} {_MEMOS.get(kind, kind)}",
        occurred_at=at or now,
    )
    return ledger.post(movement, now=now)


def _key(payout: Payout, operation: str) -> str:
    return f"payout:{payout.pk}:{operation}:{payout.generation}"


def _payout(payout_id: UUID) -> Payout:
    return Payout.objects.select_related("host", "property", "bank_account", "agreement").get(pk=payout_id)


def _without_carry(payout: Payout) -> list[dict[str, Any]]:
    return [row for row in payout.bridge if row["kind"] != "carried_out"]


def _carried_on(payout: Payout) -> dict[str, Any]:
    """Returns the last row of a failed payout's bridge, which carries everything on, so that nothing is left."""
    before: dict[str, Any] = next((row for row in payout.bridge if row["kind"] == "carried_out"), {})
    part = {"kind": PayoutCarry.Kind.FAILED.value, "amount_minor": -payout.amount_minor}
    minor = before.get("amount_minor", 0) - payout.amount_minor
    return {"kind": "carried_out", "amount_minor": minor, "parts": [*before.get("parts", ()), part]}
