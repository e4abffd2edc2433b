"""Access > Reimbursement > By month: what employers owe, the invoice, who was paid."""

import re
from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry
from billing.models import HomeInvoice, Session
from tests.kit.home_pages import at_home, bill, text_of
from tests.kit.world import make_user

__all__ = ["at_home"]
pytestmark = pytest.mark.django_db
PAGE, UID = "/home-charging/", "04FFEE0042"


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
