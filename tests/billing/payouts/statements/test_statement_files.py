"""A period's files, for the portal and the API: of a closed one as they were written, of an open one as it stands."""

import csv
import hashlib
import io
from datetime import UTC, datetime, timedelta

import pytest

from billing.models import Statement
from billing.payouts.statements import closing, files
from tests.kit.charging import YESTERDAY
from tests.kit.statements_pages import earned, month, text_of

__all__ = ["earned"]
pytestmark = [pytest.mark.django_db, pytest.mark.fresh_log_in]
AT = YESTERDAY if YESTERDAY.day not in {1, 2, 28, 29, 30, 31} else YESTERDAY - timedelta(days=5)
"""Not at the edge of a month."""
AFTER = datetime.now(tz=UTC) + timedelta(days=40)


def test_a_closed_month_is_a_document_with_both_files(earned, client_of):
    client = client_of(earned.owner)
    closing.close_host(earned.host, now=AFTER)
    files.write_due(now=AFTER)
    made = Statement.objects.get(kind="month", begins_on=AT.date().replace(day=1))

    page = text_of(client.get(f"/statements/sunset/USD/{month()}/"))
    sheet = client.get(f"/statements/sunset/USD/{month()}/pages.pdf")
    table = client.get(f"/statements/sunset/USD/{month()}/lines.csv")

    assert made.label in page
    assert "closed: its lines and balances never change." in page
    assert "How it was earned, as of today" in page
    assert made.pdf_sha256 in page
    assert hashlib.sha256(sheet.getvalue()).hexdigest() == made.pdf_sha256
    assert (table["ETag"], hashlib.sha256(table.getvalue()).hexdigest()) == (f'"{made.csv_sha256}"', made.csv_sha256)
    assert made.label in text_of(client.get("/statements/sunset/"))


def test_a_year_is_shown_and_downloaded(earned, client_of):
    client = client_of(earned.owner)

    page = text_of(client.get(f"/statements/sunset/USD/{AT:%Y}/"))
    told = client.get(f"/statements/sunset/USD/{AT:%Y}/lines.csv")

    assert f"<h1>{AT:%Y}</h1>" in page
    assert "$7.00" in page
    *_, closing_row = csv.DictReader(io.StringIO(told.getvalue().decode("utf-8-sig")))
    assert closing_row["balance"] == "7.00"
    assert client.get("/statements/sunset/USD/202/").status_code == 404
