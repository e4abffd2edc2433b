"""Access > Reimbursement > By month: what employers owe, the invoice, who was paid."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from authorization.models import AuditEntry, ReimbursementContract, Token
from authorization.visits import reimbursement
from backoffice.portal.hosts import acts as host_acts
from billing.models import HomeInvoice, Session
from tests.kit import charging, pdf
from tests.kit.world import World, make_user

pytestmark = pytest.mark.django_db
PAGE, UID = "/home-charging/", "04FFEE0042"


@pytest.fixture
def at_home(world: World) -> World:
    """Kim charged at home, in a month that is over."""
    card = Token.objects.create(host=world.host, uid=UID, canonical_uid=UID)
    contract = ReimbursementContract.objects.create(
        host=world.host,
        token=card,
        name="=Kim",
        employer="Acme",
        currency="USD",
        monthly_cap_minor=500,
        active_from=datetime(2026, 1, 1, tzinfo=UTC),
    )
    contract.chargers.add(world.charger)
    reimbursement.set_rate(contract, per_kwh=Decimal("0.30"), from_date=contract.active_from.date())
    last_month = datetime.now(tz=UTC).replace(day=1, hour=18, minute=0, second=0, microsecond=0) - timedelta(days=14)
    charging.charge(world.charger, uid=UID, at=last_month)
    return world


def text_of(response) -> str:
    return response.content.decode()


def bill(client) -> HomeInvoice:
    session = Session.objects.get()
    done = client.post(f"{PAGE}sunset/{session.stopped_at:%Y-%m}/close/", follow=True)
    invoice = HomeInvoice.objects.get()
    assert invoice.label in text_of(done)
    return invoice


def test_it_goes_from_the_open_month_to_everybody_paid(at_home, client_of):
    client = client_of(at_home.owner)
    page = text_of(client.get(PAGE))
    assert all(told in page for told in ("Not billed yet", "Acme", "=Kim", "$5.00", "$1.00"))  # 20 kWh, capped

    invoice = bill(client)
    page = text_of(client.get(f"{PAGE}invoices/{invoice.pk}/"))
    assert all(told in page for told in ("20.000 kWh", "$0.30", "$6.00", "over the month's cap of $5.00"))
    client.post(f"{PAGE}invoices/{invoice.pk}/paid/", {"reference": "SEPA 1"})
    client.post(f"{PAGE}payouts/{invoice.payouts.get().pk}/paid/", {"reference": "SEPA 2"})

    page = text_of(client.get(f"{PAGE}invoices/{invoice.pk}/"))
    assert "SEPA 1" in page
    assert "SEPA 2" in page
    assert "not paid yet" not in page
    verbs = list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))
    assert verbs == ["home_charging.billed", "home_charging.received", "home_charging.paid_out"]
    assert "all paid" in text_of(client.get(PAGE))


def test_its_times_are_those_of_the_host_and_say_so(at_home, client_of):
    client = client_of(at_home.owner)
    invoice = bill(client)
    at = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)
    client.post(f"{PAGE}invoices/{invoice.pk}/paid/", {"reference": "SEPA 1"})
    HomeInvoice.objects.update(paid_at=at)

    page = text_of(client.get(f"{PAGE}invoices/{invoice.pk}/"))

    assert "paid 9 Mar 2026, 21:30 EDT" in page
    assert re.search(r"\d\d:\d\d–\d\d:\d\d E[SD]T</a>", page)


def test_it_tells_a_program_the_same(at_home, client_of):
    client = client_of(at_home.owner)
    invoice = bill(client)

    answer = client.get(f"{PAGE}invoices/{invoice.pk}/lines.csv")

    header, line = answer.content.decode("utf-8-sig").splitlines()
    told = dict(zip(header.split(","), line.split(","), strict=True))
    assert (told["employee"], told["energy_wh"], told["price_minor"], told["paid_minor"]) == (
        "'=Kim",
        "20000",
        "600",
        "500",
    )
    assert told["started_at"].endswith(("-04:00", "-05:00"))


def test_it_bills_no_month_that_is_not_over(at_home, client_of):
    client = client_of(at_home.owner)
    this = datetime.now(tz=UTC)

    told = text_of(client.post(f"{PAGE}sunset/{this:%Y-%m}/close/", follow=True))

    assert "is not over yet" in told
    assert {client.post(f"{PAGE}sunset/{month}/close/").status_code for month in ("2026-13", "0000-05", "9999-12")} == {
        404
    }
    assert not HomeInvoice.objects.exists()


def test_the_session_page_says_who_pays_and_why(at_home, client_of):
    page = text_of(client_of(at_home.owner).get(f"/sessions/{Session.objects.get().pk}/"))

    assert "Acme pays back 0.3 USD for each kWh" in page


@pytest.mark.parametrize(("role", "sees"), [("finance", True), ("read_only", True), ("operator", False)])
def test_amounts_are_for_roles_that_see_money(at_home, client_of, role, sees):
    client = client_of(make_user(f"the-{role}@example.com", at_home.host, role))

    assert ("$5.00" in text_of(client.get(PAGE))) is sees


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
