"""`manage.py bank_import`: what it prints, what it refuses, and that the same file twice changes nothing."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from billing.models import BankImport, BankLine, BankMatch, LedgerEntry, Payout
from billing.payouts.cycle import cycle
from tests.kit import bank_statements
from tests.kit.bank_import import known, run
from tests.kit.bank_statements import Entry
from tests.kit.payouts import Books, books

__all__ = ["known", "run"]
pytestmark = pytest.mark.django_db
MARCH, APRIL = (datetime(2026, month, 3, tzinfo=UTC) for month in (3, 4))


def paid(known: Books, gross: int = 12345, *, on: date = date(2026, 4, 7), **fields: Any) -> Payout:
    """A payout of the processor that is paid."""
    known.sale(gross, at=MARCH)
    payout = cycle.close(known.scope, until=APRIL, now=APRIL)
    assert payout is not None
    values = {"state": "paid", "expected_on": on, "submitted_at": APRIL, "trace": "TRC0000123", "paid_at": APRIL}
    Payout.objects.filter(pk=payout.pk).update(**values | fields)
    return Payout.objects.get(pk=payout.pk)


def test_it_prints_one_object_with_what_became_of_each_line(known, run):
    payout = paid(known)
    found = run(
        "Date;Amount;Currency;Reference;Text\n"
        "07.04.2026;123,45;EUR;TRC0000123;Your payout\n"
        "08.04.2026;-20,00;EUR;;Groceries\n"
        "09.04.2026;zwanzig;EUR;;Broken\n",
        "--host",
        "sunset",
    )

    assert found == {
        "lines": 2,
        "doubled": [],
        "matched": [{"line": 2, "payout": str(payout.pk)}],
        "unmatched": [
            {
                "line": 3,
                "kind": "no_payout",
                "sentence": "No payout of €20.00 was on its way around this day.",
            }
        ],
        "refused": [
            {"line": 4, "message": "Line 4: “zwanzig” is not an amount with a decimal comma."},
        ],
        "problems": [],
    }
    payout.refresh_from_db()
    assert payout.state == "reconciled"


def test_the_same_file_twice_changes_nothing(known, run):
    paid(known)
    content = "Date;Amount;Currency;Reference\n07.04.2026;123,45;EUR;TRC0000123\n08.04.2026;-20,00;EUR;x\n"

    first = run(content, "--host", "sunset")
    before = [list(model.objects.order_by("pk").values()) for model in (BankImport, BankLine, BankMatch, LedgerEntry)]
    second = run(content, "--host", "sunset", name="again.csv")

    assert (len(first["matched"]), first["doubled"]) == (1, [])
    assert (second["lines"], second["doubled"], second["matched"], second["unmatched"]) == (2, [2, 3], [], [])
    assert before == [
        list(model.objects.order_by("pk").values()) for model in (BankImport, BankLine, BankMatch, LedgerEntry)
    ]


def test_a_payout_is_found_by_its_amount_and_day_alone(known, run):
    payout = paid(known)

    found = run("Date,Amount,Currency,Text\n2026-04-09,123.45,EUR,STRIPE\n", "--host", "sunset")

    assert found["matched"] == [{"line": 2, "payout": str(payout.pk)}]


def test_without_a_host_it_is_the_platforms_own_account(known, run):
    payout = paid(known)
    Payout.objects.update(way="bank_file")

    found = run(f"Date,Amount,Currency,Reference\n2026-04-07,-123.45,EUR,{payout.pk}\n")

    assert found["matched"] == [{"line": 2, "payout": str(payout.pk)}]
    assert BankLine.objects.get().host is None


def test_a_line_that_stands_twice_in_the_file_pays_once(known, run):
    paid(known)

    found = run("Date,Amount,Currency,Text\n" + "2026-04-07,123.45,EUR,Payout\n" * 2, "--host", "sunset")

    assert (len(found["matched"]), found["doubled"], found["unmatched"]) == (1, [3], [])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_other_encodings_are_read(known, run, encoding):
    paid(known)
    content = "Buchungstag;Betrag;Währung;Verwendungszweck\n07.04.2026;123,45;EUR;Auszahlung für März TRC0000123\n"

    found = run(content.encode(encoding), "--host", "sunset")

    assert len(found["matched"]) == 1


def test_balances_that_do_not_chain_are_named_and_only_references_match(known, run):
    payout = paid(known)
    lines = [Entry(cents=12345, day="2026-04-07"), Entry(cents=99, day="2026-04-08", reference="x")]
    broken = bank_statements.statement(lines, closing=999)

    found = run(bank_statements.camt(broken), "--host", "sunset", name="s.xml")

    assert found["matched"] == []
    assert found["unmatched"][0]["kind"] == "doubtful"
    assert [one["difference_minor"] for one in found["problems"]] == [999 - 100_000 - 12345 - 99]
    again = bank_statements.statement([Entry(cents=12345, day="2026-04-07", reference="TRC0000123")], closing=1)
    assert run(bank_statements.camt(again), "--host", "sunset")["matched"][0]["payout"] == str(payout.pk)


def test_mt940_is_read(known, run):
    payout = paid(known)
    content = bank_statements.mt940("//".join([":61:2604070407C123,45NTRFTRC0000123", "B1"]), closing=112_345)

    found = run(content, "--host", "sunset", name="s.sta")

    assert found["matched"][0]["payout"] == str(payout.pk)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty."),
        (b"%PDF-1.7 ...", "This is a PDF"),
        ("Date;Amount;Currency\n07.04.2026;zwanzig;EUR\n", "Nothing was imported"),
        ("Date,Amount,Currency\n03/04/2026,12.50,EUR\n", "written day first or month first"),
    ],
)
def test_a_file_without_a_readable_line_is_refused_with_a_sentence(known, run, content, message):
    with pytest.raises(CommandError, match=message) as caught:
        run(content)

    assert caught.value.returncode == 2
    assert not BankImport.objects.exists()


def test_a_host_that_is_not_there_and_a_file_that_is_not_there_are_named(known):
    with pytest.raises(CommandError, match="No host has the slug 'nobody'"):
        call_command("bank_import", "x.csv", "--host", "nobody")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("bank_import", "/nowhere/x.csv")


@pytest.mark.long
def test_a_long_file_is_imported_and_the_payout_in_it_is_found(known, run):
    """The other rows are a year of a host's own business."""
    payout = paid(known)
    days = [date(2026, 1, 1) + timedelta(days=n % 365) for n in range(10_000)]
    rows = [f"{day:%d.%m.%Y};-{1 + n % 997},{n % 100:02d};EUR;R{n:08d};Purchase {n}\n" for n, day in enumerate(days)]
    rows.insert(7_777, "07.04.2026;123,45;EUR;TRC0000123;Your payout\n")

    found = run("Date;Amount;Currency;Reference;Text\n" + "".join(rows), "--host", "sunset")

    assert (found["lines"], found["doubled"], found["refused"]) == (10_001, [], [])
    assert found["matched"] == [{"line": 7_779, "payout": str(payout.pk)}]
    assert len(found["unmatched"]) == 10_000


def test_a_doubled_line_of_a_hosts_other_business_is_listed_as_doubled(known, run):
    found = run("Date,Amount,Currency,Text\n" + "2026-04-07,-4.50,EUR,Coffee beans\n" * 2, "--host", "sunset")

    assert ([one["line"] for one in found["unmatched"]], found["doubled"]) == ([2], [3])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("Date,Description,Amount\n", "Below its header row no row has a day and an amount."),
        ("Date,Description,Amount,Currency\nno,thing,here,EUR\n", "no row has a day and an amount"),
        ("Date,Description,Amount\n2026-11-20,x\n", "Line 2: it has 1 cell fewer than the header"),
        ("Date,Description,Amount\n2026-11-20,x,\n", "Line 2: “” is not an amount"),
        ("When,What,How much\n", "Below its header row no row has a day and an amount."),
    ],
)
def test_a_file_without_a_readable_row_says_why(known, run, content, why):
    with pytest.raises(CommandError) as caught:
        run(content)

    assert "Nothing was imported: the file has no line that can be read." in str(caught.value)
    assert why in str(caught.value)
    assert "decimals" not in str(caught.value)


OTHER = "NL91ABNA0417164300"
"""An account that is not the host's."""


def csv_of(account: str, *rows: str) -> str:
    return "Date,Amount,Currency,Account,Reference,Text\n" + "".join(
        f"2026-04-07,{row.replace('|', f',EUR,{account},')}\n" for row in rows
    )


@pytest.mark.parametrize("kind", ["csv", "camt", "mt940"])
def test_a_file_of_another_account_than_the_hosts_is_refused(known, run, kind):
    payout = paid(known)
    entry = Entry(cents=12345, day="2026-04-07", reference="TRC0000123")
    files = {
        "csv": csv_of(OTHER, "123.45|TRC0000123,x"),
        "camt": bank_statements.camt(bank_statements.statement([entry], account=OTHER)),
        "mt940": bank_statements.mt940(":61:2604070407C123,45NTRFTRC0000123//B1", closing=112_345)
        .replace(bank_statements.OURS, OTHER),
    }  # fmt: skip

    with pytest.raises(CommandError) as caught:
        run(files[kind], "--host", "sunset")

    assert str(caught.value).endswith(
        "Nothing was imported. These lines are of the account ending 4300, and Sunset is paid to the account ending "
        "3000: they are left out. Upload the statement of that account, or enter this one under Bank accounts first."
    )
    assert not BankLine.objects.exists()
    payout.refresh_from_db()
    assert payout.state == "paid"


def test_of_a_file_of_several_accounts_the_hosts_is_imported_and_the_other_is_named(known, run):
    payout = paid(known)
    mine = Entry(cents=12345, day="2026-04-07", reference="TRC0000123")
    others = [Entry(cents=cents, day="2026-04-07") for cents in (-500, -700)]
    theirs = bank_statements.statement(others, account=OTHER)
    content = bank_statements.camt(theirs, bank_statements.statement([mine], number="2"))

    found = run(content, "--host", "sunset", name="s.xml")

    assert (found["lines"], found["problems"]) == (1, [])
    assert [one["line"] for one in found["refused"]] == ["Stmt[1]"]
    assert found["matched"][0]["payout"] == str(payout.pk)


@pytest.mark.parametrize(
    "account", ["DE89 3704 0044 0532 0130 00", "0532013000", "37040044/0532013000", "XXXX3000", "Girokonto", "…3000"]
)
def test_the_hosts_account_is_known_however_the_bank_names_it(known, run, account):
    paid(known)

    assert len(run(csv_of(account, "123.45|TRC0000123,x"), "--host", "sunset")["matched"]) == 1


def test_a_host_without_a_bank_account_here_may_upload_any(run):
    books(currency="EUR").agree()

    assert run(csv_of(OTHER, "1.00|a,x"), "--host", "sunset")["lines"] == 1


def test_a_hosts_account_is_not_the_platforms(known, run):
    with pytest.raises(CommandError, match="ending 3000, which is Sunset's, not the platform's: they are left out"):
        run(csv_of(bank_statements.OURS, "-1.00|a,x"))

    assert not BankLine.objects.exists()


@pytest.mark.parametrize("first", ["csv", "camt"])
@pytest.mark.parametrize(
    ("row", "entry"),
    [
        ("123.45|,Auszahlung", Entry(cents=12345, day="2026-04-07", reference="TRC0000123", bank_reference="B7")),
        ("123.45|,Payout TRC0000123", Entry(cents=12345, day="2026-04-07", reference="TRC0000123", text="x")),
        ("123.45|TRC0000123,a", Entry(cents=12345, day="2026-04-07", reference="TRC0000123", text="b")),
        ("123.45|B7,a", Entry(cents=12345, day="2026-04-07", bank_reference="B7", text="TRC0000123")),
    ],
)
def test_one_payment_in_csv_and_in_camt_is_one(known, run, first, row, entry):
    payout = paid(known)
    files = {
        "csv": csv_of(bank_statements.OURS, row),
        "camt": bank_statements.camt(bank_statements.statement([entry])),
    }
    order = ["csv", "camt"] if first == "csv" else ["camt", "csv"]

    run(files[order[0]], "--host", "sunset")
    second = run(files[order[1]], "--host", "sunset")
    third = run(files[order[1]], "--host", "sunset", name="again")

    assert (second["lines"], len(second["doubled"]), second["unmatched"]) == (1, 1, [])
    assert (third["lines"], len(third["doubled"])) == (1, 1)
    [line] = BankLine.objects.all()
    assert line.match == "matched"
    assert [one.payout for one in BankMatch.objects.all()] == [payout]


def test_the_references_of_the_copy_find_the_payout(known, run):
    payout = paid(known, on=date(2026, 3, 20), paid_at=MARCH)  # only the reference fits
    assert run(csv_of(bank_statements.OURS, "123.45|,Payout"), "--host", "sunset")["matched"] == []
    entry = Entry(cents=12345, day="2026-04-07", reference="TRC0000123")

    run(bank_statements.camt(bank_statements.statement([entry])), "--host", "sunset")

    assert BankMatch.objects.get().payout == payout


def test_two_payments_of_one_day_and_amount_stay_two(known, run):
    """The CSV has both, CAMT has one more: nothing is doubled, and nothing is lost."""
    entries = [Entry(cents=-500, day="2026-04-07", reference=one) for one in ("A1", "A3", "NOTPROVIDED")]
    run(csv_of(bank_statements.OURS, "-5.00|A1,x", "-5.00|A2,y"), "--host", "sunset")

    found = run(bank_statements.camt(bank_statements.statement(entries)), "--host", "sunset")

    assert (found["lines"], len(found["doubled"])) == (3, 2)
    assert sorted(BankLine.objects.values_list("reference", flat=True)) == ["A1", "A2", "A3"]


def test_two_layouts_of_one_banks_csv_are_one(known, run):
    short = "Date,Amount,Currency,Reference\n2026-04-07,-5.00,EUR,R-100001\n2026-04-07,-5.00,EUR,R-100002\n"
    run(short, "--host", "sunset")

    found = run(csv_of(bank_statements.OURS, "-5.00|R-100002,Tea", "-5.00|R-100003,Milk"), "--host", "sunset")

    assert (found["lines"], found["doubled"]) == (2, [2])
    assert BankLine.objects.count() == 3
