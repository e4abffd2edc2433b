"""Document numbers, without gaps in each host's series."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from billing.models import ReceiptSeries


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """A document's number in its series."""

    series: str
    number: int


def next_place(host_id: int, *, prefix: str, zone: str, now: datetime) -> DocumentNumber:
    """Returns the next number of the year's series. Call it in the transaction that creates the document, so that there
    are no gaps.

    Series: receipts have no prefix, C credit notes, R corrected receipts, S invoices of subscriptions, SC their credit
    notes, H invoices to employers, A statements of account.
    """
    return next_in(host_id, f"{prefix}{now.astimezone(ZoneInfo(zone)).year}")


def next_in(host_id: int, series: str) -> DocumentNumber:
    """Returns the next number of a series by its name."""
    ReceiptSeries.objects.get_or_create(host_id=host_id, series=series)
    row = ReceiptSeries.objects.select_for_update().get(host_id=host_id, series=series)
    row.last_number += 1
    row.save(update_fields=["last_number"])
    return DocumentNumber(series, row.last_number)
