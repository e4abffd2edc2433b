"""Company: what receipts say of their issuer, who may change it, and that issued documents stay."""

from datetime import timedelta

import pytest

from authorization.models import AuditEntry
from billing.models import Receipt
from chargers.models import Host, Property
from tests.kit import charging
from tests.kit.page_text import html_of

pytestmark = [pytest.mark.django_db, pytest.mark.fresh_log_in]
PAGE = "/company/sunset/"
SAID = {"legal_name": "Sunset Stays LLC", "legal_address": "1 Boardwalk", "tax_number": "91-1144442"}


def test_it_says_what_receipts_lack_until_it_is_told(world, client_of):
    client = client_of(world.owner)
    assert client.get("/company/").headers["Location"] == PAGE
    assert "Your receipts are incomplete." in html_of(client.get(PAGE))

    done = client.post(PAGE, SAID, follow=True)

    assert "Receipts have everything that the law requires." in html_of(done)
    host = Host.objects.get(slug="sunset")
    assert (host.legal_name, host.tax_number) == ("Sunset Stays LLC", "91-1144442")
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.before["legal_name"], entry.after["legal_name"]) == (
        "host.company_changed",
        "",
        "Sunset Stays LLC",
    )


def test_an_address_that_is_pasted_in_lines_is_parted_by_commas(world, client_of):
    """Its lines ran into each other on receipts."""
    pasted = "Attn: Accounts,\r\nBuilding 7\r\n\r\n 4400 Boardwalk \r\nOcean City"
    client_of(world.owner).post(PAGE, SAID | {"legal_address": pasted})

    assert Host.objects.get(slug="sunset").legal_address == "Attn: Accounts, Building 7, 4400 Boardwalk, Ocean City"


def test_documents_of_before_stay_as_they_were(world, client_of):
    Property.objects.update(access="guest")
    charging.assign(charging.make_rate(world.host), world.site, "guest")
    charging.guest(world.charger)

    client_of(world.owner).post(PAGE, SAID)
    charging.guest(world.charger, at=charging.YESTERDAY + timedelta(hours=3))

    assert [one.document["operator"]["name"] for one in Receipt.objects.order_by("id")] == [
        "Sunset Stays",
        "Sunset Stays LLC",
    ]
    assert "2" in html_of(client_of(world.owner).get(PAGE))


def test_it_refuses_a_number_that_cannot_be_one(world, client_of):
    answer = client_of(world.owner).post(PAGE, SAID | {"tax_number": "12345"})

    assert "characters where this country" in html_of(answer)
    assert Host.objects.get(slug="sunset").tax_number == ""


@pytest.mark.parametrize(("person", "reads"), [("teammate", 200), ("stranger", 404), ("agent", 200)])
def test_who_sees_and_who_changes(world, client_of, person, reads):
    client = client_of(getattr(world, person))

    assert client.get(PAGE).status_code == reads
    assert client.get("/company/nobody/").status_code == 404
    assert client.post(PAGE, SAID).status_code == (302 if person == "agent" else 404)
    assert client.get("/company/").status_code in {200, 302}
