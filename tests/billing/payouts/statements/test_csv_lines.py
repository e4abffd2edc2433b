"""A statement as CSV: a row for each posting between the opening and the closing one, which is the last."""

import csv
import io
from datetime import timedelta

import pytest

from billing.models import Receipt
from billing.sessions.refunds import refunds
from chargers.models import Property
from tests.kit import charging
from tests.kit.charging import YESTERDAY
from tests.kit.statements_pages import earned, month

__all__ = ["earned"]
pytestmark = [pytest.mark.django_db, pytest.mark.fresh_log_in]
AT = YESTERDAY if YESTERDAY.day not in {1, 2, 28, 29, 30, 31} else YESTERDAY - timedelta(days=5)
"""Not at the edge of a month."""


def test_the_csv_ties_out(earned, client_of):
    told = client_of(earned.owner).get(f"/statements/sunset/USD/{month()}/lines.csv")

    rows = list(csv.DictReader(io.StringIO(told.getvalue().decode("utf-8-sig"))))
    opening, *lines, closing = rows
    assert told["Content-Disposition"] == f'attachment; filename="statement-sunset-USD-{month()}.csv"'
    assert (opening["kind"], opening["balance_minor"]) == ("opening", "0")
    assert [(row["kind"], row["amount"], row["balance"]) for row in lines] == [
        ("receipt.issued", "9.00", "9.00"),
        ("refund.credited", "-2.00", "7.00"),
    ]
    assert (closing["kind"], closing["balance_minor"], closing["balance"]) == ("closing", "700", "7.00")


def test_the_csv_names_documents_as_people_know_them_with_gross_and_tax(world, client_of):
    Property.objects.update(access="guest")
    taxed = charging.PLAIN | {"tax": {"mode": "inclusive", "rates": {"energy": "25", "connection": "25"}}}
    charging.assign(charging.make_rate(world.host, definition=taxed), world.site, "guest")
    session = charging.guest(world.charger, at=AT)
    refund = refunds.send(charging.refund(session).pk, now=AT + timedelta(hours=3))

    told = client_of(world.owner).get(f"/statements/sunset/USD/{month()}/lines.csv")

    _, issued, credited, _ = csv.DictReader(io.StringIO(told.getvalue().decode("utf-8-sig")))
    receipt = Receipt.objects.get(kind="receipt")
    assert (issued["document"], issued["document_id"]) == (receipt.label, str(receipt.pk))
    assert (issued["gross"], issued["tax"], issued["amount"]) == ("9.00", "1.80", "7.20")
    assert (credited["document"], credited["document_id"]) == (refund.credit_note.label, str(refund.pk))
    gross, tax, amount = (int(credited[f"{name}_minor"]) for name in ("gross", "tax", "amount"))
    assert (gross, tax) == (-refund.total_minor, -refund.tax_minor)
    assert gross - tax == amount
