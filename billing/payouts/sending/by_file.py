"""Payment files for the platform's bank: made of approved payouts, downloadable unchanged, withdrawable if unused.

A payout is in at most one file. It is being sent once the file is made, and paid once it is on the bank's statement.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from billing.models import BankAccount, BankMatch, FilePayment, PaymentFile, Payout, PayoutAgreement
from billing.payouts.bank_files import order_formats
from billing.payouts.bank_files.outgoing.format import KnownOrderFormat
from billing.payouts.bank_files.outgoing.orders import Payment, PaymentOrder, SepaAccount, UsAccount, UsOrigin
from billing.payouts.cycle import cycle
from billing.payouts.payees import bank_accounts
from billing.payouts.sending import outcomes
from chargers.lib import secrets

State = PaymentFile.State
_BACK: Final = (Payout.State.FAILED, Payout.State.RETURNED, Payout.State.REISSUED)
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LOCK_SPACE: Final = 7303


class NotPossibleError(Exception):
    """The file cannot be made of these payouts, or cannot be withdrawn; the message is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRequest:
    """A file to make: its payouts, format and execution date."""

    payouts: Sequence[UUID]
    format: KnownOrderFormat
    execution_on: date


def waiting() -> QuerySet[Payout]:
    """Returns approved payouts that go by file."""
    rows = Payout.objects.filter(state=Payout.State.APPROVED, way=PayoutAgreement.Way.BANK_FILE)
    return rows.select_related("host", "property", "bank_account", "agreement").order_by("host__name", "number")


def missing(order_format: KnownOrderFormat) -> list[str]:
    """Returns the names of required settings of the platform's own account that are empty."""
    return [name for name in order_format.required_settings if not getattr(settings, name)]


def make(request: FileRequest, *, by: str, now: datetime) -> PaymentFile:
    """Makes a file of these payouts, all or none, and marks them as being sent.

    Raises NotPossibleError, and OrderError with a sentence for each payment that the format refuses.
    """
    if names := missing(request.format):
        raise NotPossibleError(f"Nothing was made: our own account is not complete. Set {', '.join(names)}.")
    with transaction.atomic():
        number = _next_number()
        payouts = _lock_payouts(request, now=now)
        ids = {payout.pk: end_to_end_id(payout) for payout in payouts}
        order = _order(request, payouts, ids, number=number, now=now)
        content = request.format.write(order)
        file = PaymentFile.objects.create(
            message_id=order.message_id,
            format=request.format.name,
            currency=payouts[0].currency,
            execution_on=request.execution_on,
            total_minor=order.total_minor,
            count=len(payouts),
            sha256=hashlib.sha256(content).hexdigest(),
            content_encrypted=secrets.encrypt(content.decode()),
            made_by=by[:150],
            made_at=now,
        )
        traces = request.format.trace_numbers(order)
        for payout in payouts:
            _submit(payout, file, ids[payout.pk], trace=traces.get(ids[payout.pk], ""), now=now)
        return file


def content(file: PaymentFile) -> bytes:
    """Returns the file's content, the same bytes each time."""
    content = secrets.decrypt(file.content_encrypted).encode()
    assert hashlib.sha256(content).hexdigest() == file.sha256, f"{file} is not what was made"
    return content


def name(file: PaymentFile) -> str:
    return f"{file.message_id}.{order_formats.ALL[file.format].suffix}"


def given_out(file: PaymentFile, *, now: datetime) -> None:
    """Marks the file as downloaded."""
    PaymentFile.objects.filter(pk=file.pk, state=State.MADE).update(state=State.DOWNLOADED, downloaded_at=now)


@dataclass(frozen=True, slots=True)
class Progress:
    """What became of a file's payouts, in a few words.

    `may_withdraw` is true only until the bank has booked any of them.
    """

    label: str
    style: str
    may_withdraw: bool


def progress(file: PaymentFile) -> Progress:
    """Summarises the file's progress. Prefetch `payments__payout` to avoid queries."""
    if file.state == State.WITHDRAWN:
        return Progress(file.get_state_display(), "unknown", may_withdraw=False)
    states = [payment.payout.state for payment in file.payments.all()]
    ended = [state for state in states if state != Payout.State.SUBMITTED]
    if not ended:
        style = "ok" if file.state == State.DOWNLOADED else "warn"
        return Progress(file.get_state_display(), style, may_withdraw=True)
    back = sum(state in _BACK for state in ended)
    came_back = f", {back:,} came back" if back else ""
    if len(ended) < len(states):
        return Progress(f"{len(ended):,} of {len(states):,} booked{came_back}", "busy", may_withdraw=False)
    return Progress(f"Booked{came_back}", "bad" if back else "ok", may_withdraw=False)


def withdraw(file: PaymentFile, *, reason: str, by: str, now: datetime) -> PaymentFile:
    """Withdraws a file that the bank never got: its payouts are approved again, for another file.

    Raises NotPossibleError.
    """
    if not reason.strip():
        raise NotPossibleError("Say why it is withdrawn: if the bank has the file, the payouts would be paid twice.")
    with transaction.atomic():
        row = PaymentFile.objects.select_for_update().get(pk=file.pk)
        if row.state == State.WITHDRAWN:
            raise NotPossibleError("Nothing was changed: this file is withdrawn already.")
        payouts = Payout.objects.filter(file_payments__file=row).select_related("host")
        if BankMatch.objects.filter(payout__in=payouts).exists():
            raise NotPossibleError("Nothing was changed: the bank has paid of this file already.")
        for payout in payouts:
            if not outcomes.mark_withdrawn(payout, now=now):
                state = payout.get_state_display().lower()
                raise NotPossibleError(f"Nothing was changed: {payout.label} of {payout.host.name} is {state}.")
        row.payments.update(is_withdrawn=True)
        row.state, row.withdrawn_at, row.withdrawn_by, row.reason = State.WITHDRAWN, now, by[:150], reason.strip()[:400]
        row.save()
        return row


def end_to_end_id(payout: Payout) -> str:
    """Returns an id of at most 15 characters, which all formats carry: P-000012-7, on repetition P-000012-7-2."""
    suffix = f"-{payout.generation}" if payout.generation > 1 else ""
    return f"{payout.label}-{_encode_number(payout.host_id)}{suffix}"


def _encode_number(number: int) -> str:
    digits = ""
    while number or not digits:
        number, remainder = divmod(number, len(_DIGITS))
        digits = _DIGITS[remainder] + digits
    return digits


def _lock_payouts(request: FileRequest, *, now: datetime) -> list[Payout]:
    """Locks the payouts. Raises NotPossibleError unless all can be paid in one currency that the format supports."""
    payouts = list(waiting().select_for_update(of=("self",)).filter(pk__in=request.payouts))
    if not payouts or len(payouts) < len(set(request.payouts)):
        raise NotPossibleError(
            "Nothing was made: choose payouts that are approved and go by file. Somebody may have been faster."
        )
    if len(currencies := {payout.currency for payout in payouts}) > 1:
        raise NotPossibleError(f"Nothing was made: a file is in one currency, not in {' and '.join(currencies)}.")
    if not request.format.takes(payouts[0].currency):
        raise NotPossibleError(
            f"Nothing was made: {request.format.label} is not for payments in {payouts[0].currency}."
        )
    for unpaid in payouts:
        if problem := bank_accounts.why_not(unpaid.bank_account, now=now):
            raise NotPossibleError(f"Nothing was made: for {unpaid.label} of {unpaid.host.name}, {problem}")
    return payouts


def _order(
    request: FileRequest, payouts: Sequence[Payout], ids: Mapping[UUID, str], *, number: int, now: datetime
) -> PaymentOrder:
    return PaymentOrder(
        message_id=f"PAY-{now:%Y%m%d}-{number}",
        holder=settings.PAYOUT_BANK_HOLDER,
        account=_our_account(request.format, now=now),
        execution_date=request.execution_on,
        created_at=now,
        payments=tuple(_payments(payouts, ids)),
    )


def _our_account(order_format: KnownOrderFormat, *, now: datetime) -> SepaAccount | UsOrigin:
    names = (*order_format.required_settings, *order_format.optional_settings)
    values = {name: getattr(settings, name) for name in names}
    today = now.astimezone(UTC).date()
    made_before = PaymentFile.objects.filter(format=order_format.name, made_at__date=today).count()
    return order_format.account(values, made_before)


def _payments(payouts: Sequence[Payout], ids: Mapping[UUID, str]) -> Iterator[Payment]:
    for payout in payouts:
        assert payout.bank_account is not None
        yield Payment(
            end_to_end_id=ids[payout.pk],
            amount_minor=payout.amount_minor,
            currency=payout.currency,
            holder=payout.bank_account.holder,
            account=_account(payout.bank_account),
            text=f"Payout {payout.label} to {payout.last_moment:%Y-%m-%d}",
        )


def _account(row: BankAccount) -> SepaAccount | UsAccount:
    number = bank_accounts.number(row)
    if row.scheme == BankAccount.Scheme.IBAN:
        return SepaAccount(iban=number, bic=row.routing)
    return UsAccount(routing_number=row.routing, account_number=number)


def _submit(payout: Payout, file: PaymentFile, ref: str, *, trace: str, now: datetime) -> None:
    FilePayment.objects.create(
        file=file, payout=payout, end_to_end_id=ref, amount_minor=payout.amount_minor, trace=trace
    )
    expected_on = cycle.arrival(payout, now=max(now, outcomes.noon_utc(file.execution_on)))
    is_submitted = outcomes.mark_submitted(payout, now=now, trace=ref, processor_ref=trace, expected_on=expected_on)
    assert is_submitted, "it is locked and was approved"


def _next_number() -> int:
    """Returns the next number. Call it in the transaction that makes the file."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_LOCK_SPACE])
    return PaymentFile.objects.count() + 1
