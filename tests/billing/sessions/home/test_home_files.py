"""Home charging as files: what an employer owes for a month, and what one employee was paid."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from authorization.models import ReimbursementContract
from backoffice.portal.hosts import acts as host_acts
from tests.kit import pdf
from tests.kit.home_pages import at_home, bill, text_of

__all__ = ["at_home"]
pytestmark = pytest.mark.django_db
PAGE, UID = "/home-charging/", "04FFEE0042"


def test_employer_and_employee_have_a_statement_as_csv_and_pdf(at_home, client_of):
    client = client_of(at_home.owner)
    invoice = bill(client)
    payout = invoice.payouts.get()

    employer = pdf.text(client.get(f"{PAGE}invoices/{invoice.pk}/pages.pdf").content)
    employee = pdf.text(client.get(f"{PAGE}payouts/{payout.pk}/pages.pdf").content)
    [row] = csv.DictReader(io.StringIO(client.get(f"{PAGE}payouts/{payout.pk}/lines.csv").content.decode("utf-8-sig")))

    for part in (invoice.label, "Acme", "=Kim", "20.000 kWh at 0.3", "Total $5.00"):
        assert part in employer, part
    for part in ("Charged at home in", "Paid back $5.00", "$1.00 is not paid back", "Paid back for the month $5.00"):
        assert part in employee, part
    assert (row["employee"], row["price_minor"], row["paid_minor"]) == ("'=Kim", "600", "500")
    for address in (f"invoices/{invoice.pk}/pages.pdf", f"payouts/{payout.pk}/pages.pdf"):
        assert client_of(at_home.stranger).get(PAGE + address).status_code == 404


def test_the_invoice_shows_the_service_fee_and_its_tax(at_home, client_of):
    ReimbursementContract.objects.update(service_fee_minor=250, service_tax_pct=Decimal(21))
    client = client_of(at_home.owner)
    page = text_of(client.get(PAGE))
    assert "Service fee $2.50, VAT on it $0.53." in page
    assert "$8.03" in page

    invoice = bill(client)

    assert invoice.total_minor == 803
    page = text_of(client.get(f"{PAGE}invoices/{invoice.pk}/"))
    for shown in (
        "$5.00 paid back to them",
        "Service fee, 1 employee at $2.50",
        "VAT on the service fee, 21 %",
        "$0.53",
    ):
        assert shown in page
    paper = pdf.text(client.get(f"{PAGE}invoices/{invoice.pk}/pages.pdf").content)
    for shown in ("Service fee, 1 employee at $2.50 $2.50", "VAT on the service fee, 21 % $0.53", "Total $8.03"):
        assert shown in paper


def test_the_papers_of_a_past_month_name_the_company_of_then(at_home, client_of):
    host = at_home.host
    host.legal_name, host.legal_address, host.tax_number = "Sunset B.V.", "Kade 1, Delft", "NL001"
    host.save()
    client = client_of(at_home.owner)
    invoice = bill(client)
    addresses = (f"{PAGE}invoices/{invoice.pk}/pages.pdf", f"{PAGE}payouts/{invoice.payouts.get().pk}/pages.pdf")
    before = [pdf.text(client.get(address).content) for address in addresses]

    host.legal_name, host.legal_address, host.tax_number = "Sunrise N.V.", "Plein 9, Gent", "BE002"
    assert host_acts.change_company(host, by=at_home.owner, now=datetime.now(tz=UTC))

    assert [pdf.text(client.get(address).content) for address in addresses] == before
    page = text_of(client.get(f"{PAGE}invoices/{invoice.pk}/"))
    for text in ("Sunset B.V.", "Kade 1, Delft", "NL001"):
        assert all(text in told for told in (*before, page))
