"""Posts what earlier entries had wrong: sales that the host collects itself, and taxes of receipts given back whole.

Entries are never changed: each is corrected by another one, which stands in the statement of the month in which the
migration runs. Reversed, the corrections stay: the code before reads them like any other entry.
"""

from collections import defaultdict
from datetime import UTC, datetime

from django.db import migrations
from django.db.models import Q, Sum

_COUNTS = ("waiting", "sending", "checking", "done", "partly")
_GONE = ("done", "partly")


def correct(apps, _schema_editor):
    now = datetime.now(tz=UTC)
    receipts, holds = (apps.get_model("billing", name).objects for name in ("Receipt", "Hold"))
    by_card = holds.exclude(state="failed").values("session")
    own = receipts.exclude(session__audience="roaming").exclude(session__in=by_card)
    own = own.filter(session__receivables=None)
    for pk in list(own.filter(kind="receipt").values_list("session_id", flat=True)):
        receipts.filter(session=pk).update(collected_by="host")
        _move_sale(apps, pk, now=now)
    refunded = receipts.filter(kind="receipt", collected_by="platform", refunds__state__in=_GONE).distinct()
    for receipt in refunded.select_related("rating", "host"):
        _settle_taxes(apps, receipt, now=now)


def _move_sale(apps, session_id, *, now):
    """Every entry of the session's documents, to the pair of accounts of what the host sells itself."""
    entries = apps.get_model("billing", "LedgerEntry").objects
    receipts = apps.get_model("billing", "Receipt").objects.filter(session=session_id).values_list("pk", flat=True)
    refunds = apps.get_model("billing", "Refund").objects.filter(receipt__session=session_id)
    ids = Q(source_type="receipt", source_id__in=[str(pk) for pk in receipts]) & Q(kind__in=["issued", "corrected"])
    ids |= Q(source_type="refund", source_id__in=[str(pk) for pk in refunds.values_list("pk", flat=True)]) & Q(
        kind="credited"
    )
    for entry in entries.filter(ids):
        lines, currency = _lines(entry)
        owed, tax = lines.get("guest_receivable", 0), lines.get("tax_payable", 0)
        moved = {
            "guest_receivable": -owed,
            "tax_payable": -tax,
            "host_payable": owed + tax,
            "host_claims": owed,
            "host_sales": -owed,
        }
        cause = (entry.source_type, entry.source_id, f"own_{entry.kind}")
        memo = f"{entry.memo}: the host collects it itself"
        _post(apps, entry.host, cause, moved, currency=currency, memo=memo, now=now)


def _settle_taxes(apps, receipt, *, now):
    """Given back whole, no tax of it is payable: what the roundings of its refunds left is the host's."""
    rows = apps.get_model("billing", "Refund").objects.filter(receipt=receipt, state__in=_COUNTS)
    given = rows.aggregate(total=Sum("total_minor"), tax=Sum("tax_minor"))
    if given["total"] != receipt.rating.total_minor or rows.exclude(state__in=_GONE).exists():
        return
    left = receipt.rating.tax_minor - given["tax"]
    corrected = apps.get_model("billing", "Receipt").objects.filter(session=receipt.session_id, kind="correction")
    if left and not corrected.exclude(rating=receipt.rating_id).exists():
        cause = ("receipt", str(receipt.pk), "tax_settled")
        memo = "All of the receipt was given back: the tax that its refunds left"
        moved = {"tax_payable": left, "host_payable": -left}
        _post(apps, receipt.host, cause, moved, currency=receipt.rating.currency, memo=memo, now=now)


def _lines(entry):
    found, currency = defaultdict(int), ""
    for one in entry.postings.select_related("account"):
        found[one.account.code] += one.amount_minor if one.side == "D" else -one.amount_minor
        currency = one.currency
    return found, currency


def _post(apps, host, cause, lines, *, currency, memo, now):
    lines = {code: amount for code, amount in lines.items() if amount}
    entries, accounts = (apps.get_model("billing", name).objects for name in ("LedgerEntry", "LedgerAccount"))
    postings = apps.get_model("billing", "Posting").objects
    key = dict(zip(("source_type", "source_id", "kind"), cause, strict=True))
    if not lines or entries.filter(**key).exists():
        return
    assert sum(lines.values()) == 0
    entry = entries.create(host=host, memo=memo[:255], occurred_at=now, posted_at=now, **key)
    for code, amount in lines.items():
        account, _ = accounts.get_or_create(host=host, code=code, currency=currency)
        postings.create(
            entry=entry, account=account, side="D" if amount > 0 else "C", amount_minor=abs(amount), currency=currency
        )


class Migration(migrations.Migration):
    dependencies = [("billing", "0025_sales_of_hosts")]

    operations = [migrations.RunPython(correct, migrations.RunPython.noop)]
