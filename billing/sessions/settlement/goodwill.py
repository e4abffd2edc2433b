"""Sessions that the platform pays for: a credit note at the platform's expense refunds the whole receipt."""

from contextlib import suppress
from datetime import datetime
from typing import Final

from django.db import transaction

from billing.models import Override, Receipt, Refund
from billing.sessions.refunds import refunds
from billing.sessions.refunds.refunds import RefundError, RefundRequest
from chargers.lib import batch

EXPLANATION: Final = "Support started this session for you, and pays for it."


def give(receipt: Receipt, *, now: datetime) -> None:
    """Refunds the receipt. Above the limit for one person a second one must agree first. Call it in the transaction
    that issues the receipt.

    What cannot be refunded now is left to the next round.
    """
    override = Override.objects.filter(session=receipt.session_id, payer=Override.Payer.PLATFORM).first()
    if override is None or receipt.rating.total_minor <= 0 or receipt.refunds.exists():
        return
    request = RefundRequest(
        amount_minor=receipt.rating.total_minor,
        reason=Refund.Reason.GOODWILL,
        fault=Refund.Fault.PLATFORM,
        explanation=EXPLANATION,
    )
    with suppress(RefundError), transaction.atomic():
        refunds.request(receipt, request, by=override.ordered_by, now=now, is_agent=True)


def catch_up(*, now: datetime) -> int:
    """Refunds receipts that the platform pays for and that have no credit note, such as after a review."""
    due = Receipt.objects.filter(
        kind=Receipt.Kind.RECEIPT, session__override__payer=Override.Payer.PLATFORM, refunds=None
    )
    rows = due.exclude(rating__total_minor=0).select_related("rating", "session")
    return batch.run_for_rows(rows, lambda pk: _give(pk, now=now), failure="could not be given as goodwill")


def _give(pk: int, *, now: datetime) -> bool:
    receipt = Receipt.objects.select_related("rating", "session", "host").get(pk=pk)
    give(receipt, now=now)
    return receipt.refunds.exists()
