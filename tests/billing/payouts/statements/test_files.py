"""The files of statements: every line with its payout and why, the same sums on paper, and the same bytes for ever."""

import csv
import hashlib
import io
import tracemalloc
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from authorization.models import Membership, User
from billing import mail
from billing.models import LedgerEntry, Letter, Payout, Statement, StatementPiece
from billing.payments.books import statements
from billing.payments.books.statements import Account
from billing.payouts.cycle import sending
from billing.payouts.statements import closing, csv_lines, files, paper, readers, rows
from billing.payouts.statements.files import Format
from tests.kit import pdf
from tests.kit.files import day, known, made

__all__ = ["known"]
pytestmark = pytest.mark.django_db


def content(statement: Statement, wanted: Format) -> bytes:
    return b"".join(files.read(statement, wanted))


def table(statement: Statement) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content(statement, Format.CSV).decode("utf-8-sig"))))


def test_each_line_says_in_which_payout_it_is_and_why_not(known):
    opening, *lines, ending = table(made(known))

    assert (opening["kind"], opening["balance_minor"]) == ("opening", "0")
    assert [(row["kind"], row["amount_minor"], row["in_payout"], row["payout"]) for row in lines] == [
        ("receipt.issued", "1000", "yes", "P-000001"),
        ("refund.credited", "-200", "yes", "P-000001"),
        ("payout.platform_fee", "-100", "yes", "P-000001"),
        ("payout.fee_returned", "20", "yes", "P-000001"),
        ("receipt.issued", "5000", "no", ""),
    ]
    assert lines[0]["why"] == "In payout P-000001: approved."
    assert lines[4]["why"] == "Not paid by the driver yet."
    assert [row["balance_minor"] for row in lines] == ["1000", "800", "700", "720", "5720"]
    assert (ending["kind"], ending["balance_minor"], ending["balance"]) == ("closing", "5720", "57.20")


def test_the_lines_of_a_failed_payout_say_that_it_failed(known):
    payout = Payout.objects.get()
    sending.submitted(payout, now=day(1, 21))
    sending.failed(payout, code="account_closed", now=day(1, 22))

    lines = [row for row in table(made(known)) if row["payout"]]

    assert {row["in_payout"] for row in lines} == {"failed"}
    assert lines[0]["why"] == "In payout P-000001: failed."
    assert lines[-1]["why"] == "It is the payout that failed, owed again."


def test_each_line_names_its_session_charger_and_times_with_their_offset(known):
    _, first, *_ = table(made(known))

    assert (first["charger"], first["property"]) == ("S-sunset", "sunset-1")
    assert first["session"] == str(LedgerEntry.objects.exclude(session=None).order_by("pk")[0].session_id)
    assert first["posted_at"] == "2026-01-10T12:00:00+00:00"
    assert (first["gross"], first["tax"], first["amount"]) == ("11.90", "1.90", "10.00")


def test_the_paper_says_the_same_sums(known):
    statement = made(known)

    told = pdf.text(content(statement, Format.PDF))

    assert statement.label in told
    for part in (
        "January 2026",
        "Opening balance $0.00",
        "Sessions, without tax and card processing by their rates",
        "$60.00",
        "$57.20",
        "Platform fee",
        "−$0.80",
        "P-000001, $7.20, approved:",
        "Closing $57.20",
    ):
        assert part in told, part
    balances = [row["balance_minor"] for row in table(statement)]
    assert all(f"${int(minor) / 100:,.2f}" in told for minor in balances)


def test_every_page_of_the_paper_can_be_read(known):
    assert pdf.unnamed_fonts(content(made(known), Format.PDF)) == set()


def test_the_hashes_are_those_of_the_files_and_they_never_change(known):
    statement = made(known)
    before = content(statement, Format.CSV)
    known.host.name = "Renamed"
    known.host.save()

    assert content(statement, Format.CSV) == before
    assert hashlib.sha256(before).hexdigest() == statement.csv_sha256
    assert hashlib.sha256(content(statement, Format.PDF)).hexdigest() == statement.pdf_sha256
    assert not files.write(statement.pk, now=day(2, 3))
    for act in (
        lambda: Statement.objects.update(csv_sha256="x"),
        lambda: StatementPiece.objects.update(number=9),
        lambda: StatementPiece.objects.all().delete(),
        lambda: StatementPiece.objects.create(statement=statement, format="csv", number=9, content=b""),
        lambda: connection.cursor().execute("TRUNCATE billing_statementpiece"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_no_cell_is_a_formula(known):
    session = known.session(at=day(1, 26))
    session.charger.station_id = '=HYPERLINK("x")'
    session.charger.save()

    assert {row["charger"] for row in table(made(known))[1:3]} == {'\'=HYPERLINK("x")'}


def test_an_open_month_has_a_provisional_paper(known):
    period = statements.month(known.host, currency="USD", begins=date(2026, 1, 1))

    told = pdf.text(paper.render(period, rows.read(period), number="", now=day(1, 28)))

    assert "Provisional statement" in told
    assert "Owed now" in told
    assert Statement.objects.count() == 0


def test_the_mail_brings_the_pdf_and_the_address(known, mailoutbox):
    user = User.objects.create_user(email="a@example.com")
    Membership.objects.create(user=user, host=known.host, role="finance")
    readers.begin(user, known.host, now=day(1, 1))
    statement = made(known)

    mail.send(Letter.objects.get())

    [message] = mailoutbox
    assert "/statements/sunset/USD/2026-01/" in message.body
    [(name, attached, kind)] = message.attachments
    assert (name, kind) == (f"statement-{statement.label}.pdf", "application/pdf")
    assert attached == content(statement, Format.PDF)


@pytest.mark.long
def test_many_rows_take_little_memory(known):
    period = statements.month(known.host, currency="USD", begins=date(2026, 1, 1))
    [one, *_] = rows.read(period)
    tracemalloc.start()

    size = sum(len(piece) for piece in csv_lines.streamed(period, (one for _ in range(20_000)), now=day(1, 28)))

    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 4_000_000
    assert most < 1_500_000


@pytest.mark.long
def test_the_year_has_all_rows_of_its_months(known):
    known.sale(300, at=day(2, 3))
    closing.close_due(now=datetime(2027, 1, 2, tzinfo=UTC))
    files.write_due(now=datetime(2027, 1, 2, tzinfo=UTC) + timedelta(minutes=1))
    year = Statement.objects.get(kind="year")

    _, *lines, ending = table(year)

    assert (len(lines), ending["balance_minor"]) == (6, "6020")
    months = Account(host=known.host, currency="USD").documents()
    assert sum(one.lines for one in months) == 6
    assert "Statement A2026-" in pdf.text(content(year, Format.PDF))
