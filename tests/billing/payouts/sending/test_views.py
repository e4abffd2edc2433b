"""Books > Payments: approved payouts that go by file, and the files for the platform's bank. For agents."""

from datetime import UTC, date, datetime

import pytest

from authorization.models import AuditEntry
from billing.models import (
    PaymentFile,
)
from tests.kit.bank_lines import Line, brought, content, get
from tests.kit.bank_lines_pages import known, payout, text_of, upload

__all__ = ["known", "payout"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)


def today() -> date:
    """Of the test, not of the run: a run may begin before midnight."""
    return datetime.now(tz=UTC).date()


def test_an_agent_makes_a_file_downloads_it_and_the_statement_pays_it(payout, world, client_of, settings):
    client, address = client_of(world.agent), "/books/payments/"
    assert "Set PAYOUT_BANK_HOLDER, PAYOUT_BANK_IBAN" in text_of(client.get(address))
    settings.PAYOUT_BANK_HOLDER, settings.PAYOUT_BANK_IBAN = "Charging Platform", "NL91ABNA0417164300"
    page = text_of(client.get(address))
    assert "1 approved payout in EUR" in page
    assert "Set PAYOUT" not in page

    form = {"payout": [str(payout.pk)], "format": "pain001", "execution_on": str(today())}
    empty = text_of(client.post(address, {"format": "x"}, follow=True))
    made = text_of(client.post(address, form, follow=True))
    file = PaymentFile.objects.get()
    first = client.get(f"/books/payments/{file.pk}/file")
    second = client.get(f"/books/payments/{file.pk}/file")

    assert "choose payouts, a format and the day" in empty
    assert "has 1 payment: download it" in made
    assert first.content == second.content
    assert b"<InstdAmt" in first.content
    assert f"{file.message_id}.xml" in first["Content-Disposition"]
    assert AuditEntry.objects.filter(verb="payment_file.downloaded").count() == 2
    upload(client, content(Line(amount="-10.00", on=today(), reference=get(payout).trace)))
    assert get(payout).state == "paid"
    kept = client.post(f"/books/payments/{file.pk}/withdraw/", {"reason": "Never sent."}, follow=True)
    assert "the bank has paid of this file already" in text_of(kept)


def test_a_file_that_the_bank_booked_says_so_and_is_not_withdrawn(payout, world, client_of, settings):
    settings.PAYOUT_BANK_HOLDER, settings.PAYOUT_BANK_IBAN = "Platform", "NL91ABNA0417164300"
    client = client_of(world.agent)
    form = {"payout": str(payout.pk), "format": "csv", "execution_on": str(today())}
    client.post("/books/payments/", form)
    client.get(f"/books/payments/{PaymentFile.objects.get().pk}/file")
    before = text_of(client.get("/books/payments/"))
    brought(Line(amount="-10.00", reference=get(payout).trace))

    booked = text_of(client.get("/books/payments/"))
    brought(Line(amount="10.00", reference=get(payout).trace, code="MD07", text="Return"))
    returned = text_of(client.get("/books/payments/"))

    assert "Downloaded" in before
    assert "Withdraw the file" in before
    assert "Booked" in booked
    assert "Withdraw the file" not in booked
    assert "Booked, 1 came back" in returned
    assert "Downloaded" not in returned
