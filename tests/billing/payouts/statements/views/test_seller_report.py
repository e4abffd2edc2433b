"""The seller report's page, and the seller's facts on the company's page."""

import csv
import io
from datetime import UTC, datetime

import pytest

from authorization.models import AuditEntry
from billing.models import ReportingThreshold, SellerFacts
from billing.payouts.statements import seller_facts
from tests.kit.payouts import Books

pytestmark = [pytest.mark.django_db, pytest.mark.fresh_log_in]
FACTS = {"form": "seller", "kind": "company", "taxpayer_number": "91-1144442", "registration_number": "X1"}


@pytest.fixture
def sold(world):
    Books(host=world.host, place=world.site, charger=world.charger).sale(1000, at=datetime(2025, 3, 3, tzinfo=UTC))
    return world


def test_an_agent_sees_who_is_reported_and_what_is_missing(sold, client_of):
    page = client_of(sold.agent).get("/books/sellers/?year=2025").content.decode()

    assert "Sunset Stays" in page
    assert "taxpayer number" in page
    assert "Nothing was sold in 2024" in client_of(sold.agent).get("/books/sellers/?year=2024").content.decode()


def test_the_csv_is_in_the_audit_trail(sold, client_of):
    told = client_of(sold.agent).post("/books/sellers/", {"year": "2025", "country": "", "numbers": "masked"})

    [row] = csv.DictReader(io.StringIO(told.content.decode("utf-8-sig")))
    assert (row["host"], row["year_consideration"]) == ("sunset", "10.00")
    assert AuditEntry.objects.get(verb="seller_report.made").after["numbers"] == "masked"


def test_a_threshold_is_set_by_agents_alone(sold, client_of):
    said = {
        "act": "threshold", "scheme": "1099-k", "from_year": "2030", "currency": "USD", "above": "600",
        "above_count": "0",
    }  # fmt: skip
    assert client_of(sold.owner).post("/books/sellers/", said).status_code == 404

    client_of(sold.agent).post("/books/sellers/", said)

    row = ReportingThreshold.objects.get(from_year=2030)
    assert (row.above_minor, row.above_count) == (60_000, 0)
    assert AuditEntry.objects.filter(verb="seller_report.threshold_set").count() == 1


def test_a_host_enters_its_facts_which_are_stored_encrypted(world, client_of):
    client = client_of(world.owner)
    assert "The report lacks" in client.get("/company/sunset/").content.decode()

    page = client.post("/company/sunset/", FACTS, follow=True).content.decode()

    row = SellerFacts.objects.get()
    assert "91-1144442" not in row.taxpayer_number_encrypted
    assert seller_facts.plain_number(row) == "91-1144442"
    assert 'value="91-1144442"' in page
    entry = AuditEntry.objects.get(verb="host.seller_changed")
    assert entry.after == {"changed": ["taxpayer_number", "registration_number"]}
    assert world.host.legal_name == ""


def test_who_only_reads_sees_no_taxpayer_number_and_changes_nothing(world, client_of):
    client_of(world.owner).post("/company/sunset/", FACTS)
    reader = client_of(world.teammate)

    page = reader.get("/company/sunset/").content.decode()

    assert "91-1144442" not in page
    assert reader.post("/company/sunset/", FACTS | {"registration_number": "X2"}).status_code == 404


def test_a_threshold_that_was_wrong_is_removed_by_agents_alone_and_once(sold, client_of):
    row = ReportingThreshold.objects.create(
        scheme="1099-k", from_year=2031, currency="USD", above_minor=1, above_count=1
    )
    remove = {"act": "remove-threshold", "threshold": str(row.pk)}
    assert client_of(sold.owner).post("/books/sellers/", remove).status_code == 404

    first = client_of(sold.agent).post("/books/sellers/", remove, follow=True).content.decode()
    second = client_of(sold.agent).post("/books/sellers/", remove, follow=True).content.decode()

    assert "the one before it holds again" in first
    assert "this threshold is gone already" in second
    assert not ReportingThreshold.objects.filter(from_year=2031).exists()
    assert AuditEntry.objects.get(verb="seller_report.threshold_removed").before["above_count"] == 1
    assert "<form" not in first.partition("</title>")[0]
