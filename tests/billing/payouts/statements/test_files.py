"""The files of statements: every line with its payout and why, the same sums on paper, and the same bytes for ever."""

import hashlib
import tracemalloc
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from authorization.models import Membership, User
from billing import mail
from billing.models import OutgoingMail, Statement, StatementPiece
from billing.payments.books import statements
from billing.payments.books.statements import Account
from billing.payouts.statements import closing, csv_lines, files, readers, rows
from billing.payouts.statements.files import Format
from tests.kit import pdf
from tests.kit.files import content, day, known, made, table

__all__ = ["known"]
pytestmark = pytest.mark.django_db


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


def test_the_mail_brings_the_pdf_and_the_address(known, mailoutbox):
    user = User.objects.create_user(email="a@example.com")
    Membership.objects.create(user=user, host=known.host, role="finance")
    readers.begin(user, known.host, now=day(1, 1))
    statement = made(known)

    mail.send(OutgoingMail.objects.get())

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

    size = sum(len(piece) for piece in csv_lines.stream_pieces(period, (one for _ in range(20_000)), now=day(1, 28)))

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
