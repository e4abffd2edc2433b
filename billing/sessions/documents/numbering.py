"""Numbers of documents, without gaps in each host's series."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from billing.models import ReceiptSeries


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """A number in a series, given to one document."""

    series: str
    number: int


def next_place(host_id: int, *, prefix: str, zone: str, now: datetime) -> DocumentNumber:
    """The next number of the year's series. Call it in the transaction that makes the document: then there is no gap.

    Series: receipts have no prefix, C credit notes, R corrected receipts, S invoices of subscriptions, SC theirs, H
    invoices to employers, A statements of account.
    """
    return next_in(host_id, f"{prefix}{now.astimezone(ZoneInfo(zone)).year}")


def next_in(host_id: int, series: str) -> DocumentNumber:
    """The same of a series by its name."""
    ReceiptSeries.objects.get_or_create(host_id=host_id, series=series)
    row = ReceiptSeries.objects.select_for_update().get(host_id=host_id, series=series)
    row.last_number += 1
    row.save(update_fields=["last_number"])
    return DocumentNumber(series, row.last_number)
