"""Bank statements in the portal: uploaded, asked about, matched by hand, answered; differences, payments by file."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from authorization.models import AuditEntry
from billing.models import (
    BankImport,
    HomeInvoice,
    Payout,
)
from tests.kit import bank_statements
from tests.kit.bank_lines import DAY, Line, brought, content, get
from tests.kit.bank_lines_pages import known, paid, payout, text_of, upload
from tests.kit.bank_statements import THEIRS, Entry
from tests.kit.payouts import IBAN

__all__ = ["known", "payout"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)
ClientOf = Callable[..., Client]


def test_an_agent_uploads_a_statement_and_reads_what_is_not_explained(known, world, client_of):
    client = client_of(world.agent)

    page = text_of(upload(client, content(Line(amount="-9.99", reference="P-000077-ZZ"), Line(amount="-5.00"))))

    assert "2 new lines, 0 of them matched." in page
    assert "looks like one of our references" in page
    assert "Say what it was: nothing that is still open comes to its amount." in page
    assert "Nothing is new: all 2 lines were imported before." in text_of(
        upload(client, content(Line(amount="-9.99", reference="P-000077-ZZ"), Line(amount="-5.00")))
    )
    assert AuditEntry.objects.get(verb="bank_import.made").after["lines"] == 2


def test_a_file_that_cannot_be_read_is_refused_with_its_sentence(known, world, client_of):
    page = text_of(upload(client_of(world.agent), b"%PDF-1.7"))

    assert "This is a PDF" in page
    assert not BankImport.objects.exists()


def test_a_line_is_matched_by_hand_only_with_payouts_of_its_amount(payout, world, client_of):
    paid(payout)
    lines = brought(Line(amount="10.00", on=DAY + timedelta(days=30)), Line(amount="9.00"), host=world.host)
    client = client_of(world.agent)

    page = text_of(client.get(f"/books/bank/{lines[0].pk}/"))
    wrong = client.post(f"/books/bank/{lines[0].pk}/", {"do": "match"}, follow=True)
    client.post(f"/books/bank/{lines[0].pk}/", {"do": "match", "payout": str(payout.pk)})

    assert "P-000001" in page
    assert "this amount" in page
    assert "choose the payouts that this line is" in text_of(wrong)
    assert get(payout).state == "reconciled"
    assert "By a person: agent@example.com" in text_of(client.get(f"/books/bank/{lines[0].pk}/"))
    assert AuditEntry.objects.filter(verb="bank_line.matched").count() == 1


def test_a_host_uploads_its_own_statement_and_finds_its_payout(payout, world, client_of):
    paid(payout)
    client = client_of(world.owner)

    upload(client, content(Line(amount="10.00", reference="TRACE-77"), account=IBAN), "/payouts/sunset/bank/")

    assert get(payout).state == "reconciled"
    assert "on the bank statement of 7 April 2026" in text_of(client.get(f"/payouts/one/{payout.pk}/"))


def test_a_statement_that_does_not_add_up_is_shown_and_answered(known, world, client_of):
    client = client_of(world.agent)
    broken = bank_statements.camt(bank_statements.statement([Entry(cents=-500)], closing=1, account=THEIRS))

    page = text_of(upload(client, broken, name="s.xml"))
    assert "does not add up" in page
    assert "Statement does not add up" in text_of(client.get("/books/differences/"))
    client.post(
        "/books/bank/", {"do": "answer-statement", "import": BankImport.objects.get().pk, "reason": "Fee on page 2."}
    )

    assert BankImport.objects.get().answer == "Fee on page 2."
    assert "Statement does not add up" not in text_of(client.get("/books/differences/"))


def test_differences_have_kind_age_owner_and_next_step(known, world, client_of):
    client = client_of(world.agent)
    assert "No differences" in text_of(client.get("/books/differences/"))
    brought(Line(amount="77.00", code="AC04"), Line(amount="-5.00"))

    page = text_of(client.get("/books/differences/"))
    only = text_of(client.get("/books/differences/?kind=no_payout"))

    for part in ("Return of an unknown payment", "came back with the code AC04", "days", "Platform", "Next: Find the"):
        assert part in page
    assert "came back with the code" not in only


def test_a_session_names_its_payout_and_the_bank_line(payout, world, client_of):
    paid(payout)
    brought(Line(amount="10.00", reference="TRACE-77"), host=world.host)
    session = payout.allocations.filter(kind="sessions").get().posting.entry.session

    page = text_of(client_of(world.owner).get(f"/sessions/{session.pk}/"))

    assert "Payout P-000001" in page
    assert "on the bank statement of 7 April 2026" in page


def test_a_payout_that_would_be_refused_is_not_offered(payout, world, client_of):
    paid(payout)
    [line] = brought(Line(amount="10.00", on=DAY + timedelta(days=30)), host=world.host)
    client = client_of(world.agent)
    assert "Match it by hand" in text_of(client.get(f"/books/bank/{line.pk}/"))

    Payout.objects.filter(pk=payout.pk).update(state="reissued")

    assert "Match it by hand" not in text_of(client.get(f"/books/bank/{line.pk}/"))


def test_a_file_without_balances_does_not_say_that_it_adds_up(known, world, client_of):
    client = client_of(world.agent)

    page = text_of(upload(client, content(Line(amount="-9.99"))))
    assert "No balances in it" in page
    whole = bank_statements.camt(bank_statements.statement([Entry(cents=-500)], closing=99_500, account=THEIRS))
    page = text_of(upload(client, whole, name="s.xml"))

    assert page.count("No balances in it") == 1
    assert re.search(r"agent@example.com\s+Yes", page)


def test_a_hosts_other_lines_are_not_said_to_be_explained(known, world, client_of):
    brought(Line(amount="-4.50", text="Coffee beans"), host=world.host)

    page = text_of(client_of(world.owner).get("/payouts/sunset/bank/"))

    assert "somebody said what it was, or nothing connects it with a payout." in page
    assert "Every line is explained" not in page
    assert "only day, amount and references are kept" in page


def test_matching_by_hand_is_not_asked_for_where_nothing_can_be_chosen(known, world, client_of):
    [line] = brought(Line(amount="-9.99", reference="P-000077-ZZ"))
    client = client_of(world.agent)

    pages = [text_of(client.get("/books/bank/")), text_of(client.get(f"/books/bank/{line.pk}/"))]

    for page in pages:
        assert "by hand" not in page
        assert "nothing that is still open comes to its amount" in page


def test_an_agent_matches_a_line_to_an_invoice_of_home_charging(world, client_of):
    invoice = HomeInvoice.objects.create(
        host=world.host,
        employer="Acme",
        month=date(2026, 3, 1),
        series="H2026",
        number=1,
        currency="USD",
        total_minor=310,
        energy_wh=10_000,
        issued_at=NOW,
    )
    [line] = brought(Line(amount="3.10", currency="USD", text="Acme"))
    client = client_of(world.agent)

    page = text_of(client.get(f"/books/bank/{line.pk}/"))
    without = text_of(client.post(f"/books/bank/{line.pk}/", {"do": "match-home"}, follow=True))
    client.post(f"/books/bank/{line.pk}/", {"do": "match-home", "home": f"invoice-{invoice.pk}"})

    assert "Match it to home charging" in page
    assert "invoice H2026-000001 to Acme" in page
    assert "choose the invoice or payment" in without
    assert "By a person: agent@example.com" in text_of(client.get(f"/books/bank/{line.pk}/"))
    assert AuditEntry.objects.get(verb="bank_line.matched").after == {"home": "invoice H2026-000001 to Acme"}


def test_a_file_without_new_lines_says_what_was_matched_meanwhile(payout, world, client_of):
    arrived = Line(amount="10.00", reference="TRACE-77", on=NOW.date())
    client, some = client_of(world.owner), content(arrived, account=IBAN)
    upload(client, some, "/payouts/sunset/bank/")
    paid(payout)

    page = text_of(upload(client, some, "/payouts/sunset/bank/"))

    assert "Nothing is new: all 1 lines were imported before." in page
    assert "1 line of an earlier import is matched now." in page


def test_a_longer_answer_than_is_kept_is_refused_with_its_length(known, world, client_of):
    [line] = brought(Line(amount="-900.00", text="Rent"))

    page = text_of(
        client_of(world.agent).post(f"/books/bank/{line.pk}/", {"do": "answer", "reason": "x" * 1401}, follow=True)
    )

    assert "it has 1,401 characters, and 400 are kept. Shorten it." in page
    line.refresh_from_db()
    assert line.match == "unmatched"
