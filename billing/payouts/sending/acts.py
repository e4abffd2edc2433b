"""Payment files for the platform's bank: made, downloaded and withdrawn by agents."""

from datetime import datetime
from typing import Any

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from billing.engine.values import money
from billing.models import PaymentFile
from billing.payouts.sending import by_file
from billing.payouts.sending.by_file import FileRequest


def make(request: FileRequest, *, by: User | ApiKey, now: datetime) -> PaymentFile:
    """Makes a payment file. Raises NotAllowedError, NotPossibleError and OrderError."""
    access.require_agent(by, Right.HANDLE_MONEY)
    with transaction.atomic():
        new_file = by_file.make(request, by=audit.actor(by), now=now)
        audit.write("payment_file.made", _subject(new_file), user=by, now=now, after=_build_audit_facts(new_file))
    return new_file


def download(file: PaymentFile, *, by: User | ApiKey, now: datetime) -> bytes:
    """Returns the file and logs each download in the audit trail, because it contains account numbers.

    Raises NotAllowedError.
    """
    access.require_agent(by, Right.HANDLE_MONEY)
    with transaction.atomic():
        by_file.given_out(file, now=now)
        audit.write("payment_file.downloaded", _subject(file), user=by, now=now, after={"sha256": file.sha256})
    return by_file.content(file)


def withdraw(file: PaymentFile, *, reason: str, by: User | ApiKey, now: datetime) -> PaymentFile:
    """Withdraws a payment file. Raises NotAllowedError and NotPossibleError."""
    access.require_agent(by, Right.HANDLE_MONEY)
    with transaction.atomic():
        withdrawn_file = by_file.withdraw(file, reason=reason, by=audit.actor(by), now=now)
        audit.write("payment_file.withdrawn", _subject(withdrawn_file), user=by, now=now, reason=withdrawn_file.reason)
    return withdrawn_file


def _subject(file: PaymentFile) -> audit.Subject:
    return audit.Subject("payment_file", file.pk, file.message_id, None)


def _build_audit_facts(file: PaymentFile) -> dict[str, Any]:
    total = money.text(file.total_minor, currency=file.currency)
    return {"total": total, "payments": file.count, "format": file.format, "sha256": file.sha256}
