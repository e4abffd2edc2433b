"""Numbers of documents, without gaps in each host's series."""

from billing.models import ReceiptSeries


def next_number(host_id: int, series: str) -> int:
    """Call it in the transaction that issues the document: only then is there no gap."""
    ReceiptSeries.objects.get_or_create(host_id=host_id, series=series)
    row = ReceiptSeries.objects.select_for_update().get(host_id=host_id, series=series)
    row.last_number += 1
    row.save(update_fields=["last_number"])
    return row.last_number
