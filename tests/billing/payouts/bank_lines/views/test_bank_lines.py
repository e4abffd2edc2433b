"""Bank statements in the portal: uploaded, asked about, matched by hand, answered; differences, payments by file."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from authorization.models import AuditEntry, User
from billing.models import (
    BankImport,
    BankLine,
    BankMapping,
    Clearing,
    HomeInvoice,
    LedgerAccount,
    LedgerEntry,
    Payout,
)
from billing.payments.books.ledger import Code
from tests.kit import bank_statements
from tests.kit.bank_lines import DAY, Line, brought, content, get
from tests.kit.bank_lines_pages import known, payout, text_of, upload
from tests.kit.bank_statements import THEIRS, Entry
from tests.kit.payouts import IBAN
from tests.kit.world import make_user

__all__ = ["known", "payout"]
pytestmark = pytest.mark.django_db
NOW = datetime.now(tz=UTC)
ClientOf = Callable[..., Client]


def paid(payout: Payout) -> Payout:
    values = {"state": "paid", "paid_at": NOW, "submitted_at": NOW, "expected_on": DAY, "trace": "TRACE-77"}
    Payout.objects.filter(pk=payout.pk).update(way="processor", **values)
    return get(payout)


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


def test_what_a_csv_leaves_open_is_asked_once_and_remembered(known, world, client_of):
    client = client_of(world.agent)
    first = b"Date,Amount,Currency\n03/04/2026,-12.50,EUR\n"

    asked = text_of(upload(client, first))
    done = text_of(upload(client, first, **{"map-date_order": "dmy"}))
    again = text_of(upload(client, b"Date,Amount,Currency\n05/04/2026,-13.00,EUR\n"))

    assert "written day first or month first?" in asked
    assert "1 new line," in done
    assert "1 new line," in again
    assert sorted(str(one.booked_on) for one in BankLine.objects.all()) == ["2026-04-03", "2026-04-05"]
    assert BankMapping.objects.get().chosen_by == "user:agent@example.com"


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


def test_an_agent_undoes_a_match_with_a_reason_once(payout, world, client_of):
    paid(payout)
    [line] = brought(Line(amount="10.00", reference="TRACE-77"), host=world.host)
    client, page = client_of(world.agent), f"/books/bank/{line.pk}/"

    without = client.post(page, {"do": "undo", "reason": " "}, follow=True)
    first = client.post(page, {"do": "undo", "reason": "It is the refund of a supplier"}, follow=True)
    second = client.post(page, {"do": "undo", "reason": "Other tab"}, follow=True)

    assert "say why the match is wrong" in text_of(without)
    assert "The match was taken back." in text_of(first)
    assert "took that back: It is the refund of a supplier." in text_of(first)
    assert "somebody took its match back before" in text_of(second)
    assert get(payout).state == "paid"
    [entry] = AuditEntry.objects.filter(verb="bank_line.unmatched")
    assert (entry.before, entry.reason) == ({"payouts": ["P-000001"]}, "It is the refund of a supplier")


def test_a_line_is_answered_with_a_reason(known, world, client_of):
    [line] = brought(Line(amount="-900.00", text="Rent"))
    client = client_of(world.agent)

    client.post(f"/books/bank/{line.pk}/", {"do": "answer", "reason": " "})
    line.refresh_from_db()
    assert line.match == "unmatched"
    client.post(f"/books/bank/{line.pk}/", {"do": "answer", "reason": "The rent of April."})
    line.refresh_from_db()

    assert (line.match, line.answer, line.answered_by) == ("answered", "The rent of April.", "user:agent@example.com")
    assert "Every line is explained" in text_of(client.get("/books/bank/"))
    assert "The rent of April." in text_of(client.get("/books/bank/?show=all"))


def test_a_host_uploads_its_own_statement_and_finds_its_payout(payout, world, client_of):
    paid(payout)
    client = client_of(world.owner)

    upload(client, content(Line(amount="10.00", reference="TRACE-77"), account=IBAN), "/payouts/sunset/bank/")

    assert get(payout).state == "reconciled"
    assert "on the bank statement of 7 April 2026" in text_of(client.get(f"/payouts/one/{payout.pk}/"))


def test_only_its_money_people_see_and_change_a_hosts_lines_and_only_agents_ours(known, world, client_of):
    operator = make_user("operator@example.com", world.host, "operator")
    accountant = make_user("reader@example.com", world.host, "read_only")
    [ours] = brought(Line(amount="-1.00"))
    [theirs] = brought(Line(amount="1.00"), host=world.host)

    for person in (world.stranger, operator):
        assert client_of(person).get("/payouts/sunset/bank/").status_code == 404
        assert client_of(person).get(f"/books/bank/{theirs.pk}/").status_code == 404
    for address in ("/books/bank/", f"/books/bank/{ours.pk}/", "/books/differences/", "/books/payments/"):
        assert client_of(world.owner).get(address).status_code == 404
    assert client_of(world.owner).get(f"/books/bank/{theirs.pk}/").status_code == 200
    refused = client_of(accountant).post(f"/books/bank/{theirs.pk}/", {"do": "answer", "reason": "x"})
    assert refused.status_code == 404


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


def test_a_file_without_a_header_is_asked_about_and_keeps_its_first_line(known, world, client_of):
    client = client_of(world.agent)
    rows = b"2026-11-20,Coffee,-4.50\n2026-11-21,Rent,-900.00\n"

    asked = text_of(upload(client, rows))
    upload(client, rows, **{"map-booked_on": "Column 1", "map-amount": "Column 3", "map-fixed_currency": "EUR"})

    assert "Column 1 is “2026-11-20”" in asked
    assert "Column 3 is “-4.50”" in asked
    found = [(one.amount_minor, one.text) for one in BankLine.objects.order_by("booked_on")]
    assert found == [(-450, "Coffee"), (-90000, "Rent")]


def test_agents_clear_suspense_and_a_second_one_agrees_above_the_limit(known, world, client_of):
    for minor in (500, 9_000_000):
        lines = {Code.PROCESSOR_CLEARING: minor, Code.BANK_SUSPENSE: -minor}
        known.post(None, ("movement", "suspense"), lines, at=NOW - timedelta(days=2))
    account = LedgerAccount.objects.get(code="bank_suspense")
    second = User.objects.create(email="second@example.com", is_agent=True)
    client, page = client_of(world.agent), f"/books/{account.pk}/"
    small, large = LedgerEntry.objects.filter(kind="suspense").order_by("pk")
    said = {"code": "platform_revenue", "reason": "A deposit."}

    assert "Still in suspense" in text_of(client.get(page))
    one = text_of(client.post(f"/books/suspense/{small.pk}/", said, follow=True))
    two = text_of(client.post(f"/books/suspense/{large.pk}/", said, follow=True))
    row = Clearing.objects.get(state="waiting")
    own = text_of(client.post(f"/books/clearings/{row.pk}/", {"do": "agree"}, follow=True))
    done = text_of(client_of(second).post(f"/books/clearings/{row.pk}/", {"do": "agree"}, follow=True))

    assert "€5.00 is posted to “Earned by the platform” of Sunset Stays." in one
    assert "it waits for a second person" in two
    assert "a second person has to agree" in own
    assert "€90,000.00 is posted" in done
    assert "Still in suspense" not in text_of(client.get(page))
    assert "Money in suspense" not in text_of(client.get("/books/differences/"))
    posted = small.clearings.get()
    back = {"do": "return", "reason": "Not a deposit."}
    assert "Posted elsewhere by people (2)" in text_of(client.get(page))
    assert "stands in suspense again" in text_of(client.post(f"/books/clearings/{posted.pk}/", back, follow=True))
    assert "took it back before" in text_of(client.post(f"/books/clearings/{posted.pk}/", back, follow=True))
    assert "Still in suspense" in text_of(client.get(page))
    assert AuditEntry.objects.get(verb="clearing.taken_back").reason == "Not a deposit."
    assert client_of(world.owner).post(f"/books/clearings/{posted.pk}/", back).status_code == 404
    assert AuditEntry.objects.filter(verb="clearing.posted").count() == 2
    assert client_of(world.owner).post(f"/books/suspense/{small.pk}/", said).status_code == 404


def test_a_posting_and_an_answer_are_taken_back_on_the_lines_page(known, world, client_of):
    posted, answered = brought(Line(amount="12.00", text="Deposit"), Line(amount="-900.00", text="Rent"))
    client = client_of(world.agent)
    said = {"do": "post", "host": world.host.pk, "code": "platform_revenue", "reason": "A deposit."}
    client.post(f"/books/bank/{posted.pk}/", said)
    client.post(f"/books/bank/{answered.pk}/", {"do": "answer", "reason": "The rent of May."})
    page = text_of(client.get(f"/books/bank/{posted.pk}/"))

    one = text_of(client.post(f"/books/bank/{posted.pk}/", {"do": "undo", "reason": "The host's."}, follow=True))
    two = text_of(client.post(f"/books/bank/{answered.pk}/", {"do": "undo", "reason": "Of April."}, follow=True))

    assert "Undo" in page
    assert "what it posted is reversed by another entry" in page
    assert "The answer was taken back." in one
    assert "Classify this line" in two
    entries = AuditEntry.objects.filter(verb="bank_line.unanswered").order_by("pk")
    assert [entry.before["answer"] for entry in entries] == ["A deposit.", "The rent of May."]
    assert entries[0].before["account"] == "Earned by the platform of Sunset Stays"
    assert entries[1].reason == "Of April."


def test_a_host_takes_its_own_answer_back_and_a_reader_does_not(known, world, client_of):
    [line] = brought(Line(amount="10.00", text="P-000077"), host=world.host)
    client_of(world.owner).post(f"/books/bank/{line.pk}/", {"do": "answer", "reason": "A gift."})

    refused = client_of(world.teammate).post(f"/books/bank/{line.pk}/", {"do": "undo", "reason": "x"})
    client_of(world.owner).post(f"/books/bank/{line.pk}/", {"do": "undo", "reason": "It was none."})

    line.refresh_from_db()
    assert (refused.status_code, line.match) == (404, "ambiguous")


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
