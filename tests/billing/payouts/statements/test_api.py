"""Statements by API."""

import csv
import hashlib
import io
from datetime import UTC, datetime, timedelta

import pytest

from billing.models import Hold, LedgerAccount, Receipt, Statement
from billing.payments.books import ledger, statements
from billing.payments.processors import simulated
from billing.payouts.statements import closing, files
from billing.sessions.documents import receipts
from billing.sessions.processor_reports import disputes
from billing.sessions.refunds import refunds
from chargers.models import Property
from tests.kit import charging
from tests.kit.callers import Callers, rate
from tests.kit.world import World

__all__ = ["rate"]


@pytest.fixture
def month(world: World, rate) -> str:
    Property.objects.update(access="guest")
    charging.guest(world.charger)
    return f"{statements.months(world.host)[0].month:%Y-%m}"


def test_it_tells_the_months_and_their_lines(callers: Callers, month: str):
    [one] = callers.owner.get("statements/").json()
    told = callers.owner.get(f"statements/sunset/USD/{month}/").json()

    assert (one["host"], one["month"], one["opening_minor"], one["lines"]) == ("sunset", month, 0, 1)
    assert told["statement"] == one
    figures = told["figures"]
    assert (figures["earned_minor"], figures["payable_minor"]) == (one["closing_minor"], one["closing_minor"])
    assert figures["gross_minor"] - figures["tax_minor"] == one["closing_minor"]
    [line] = told["results"]
    assert (line["kind"], line["balance_minor"], told["next_after"]) == ("receipt.issued", one["closing_minor"], None)
    after = callers.owner.get(f"statements/sunset/USD/{month}/", after=line["entry"]).json()
    assert after["results"] == []


def test_receipts_and_credit_notes_add_up_to_the_statements_csv(callers: Callers, month: str):
    receipt = Receipt.objects.get(kind="receipt")
    refunds.send(charging.refund_of(receipt, amount_minor=200).pk, now=datetime.now(tz=UTC))
    company = receipts.Company(name="Acme", address="1 Main St", country="US")
    receipts.correct(receipt, company, now=datetime.now(tz=UTC))

    listed = callers.owner.get("receipts/").json()["results"]
    file = callers.owner.get(f"statements/sunset/USD/{month}/lines.csv").getvalue().decode("utf-8-sig")

    assert {one["kind"]: one["total_minor"] for one in listed} == {
        "receipt": 900, "credit_note": -200, "correction": 900
    }  # fmt: skip
    replaced = {one["replaces"] for one in listed}
    assert replaced == {None, receipt.pk}
    sold = sum(one["total_minor"] for one in listed if one["id"] not in replaced)
    assert sold == sum(int(row["gross_minor"] or 0) for row in csv.DictReader(io.StringIO(file))) == 700


def test_wrong_questions_are_told(callers: Callers, month: str):
    assert callers.owner.get(f"statements/sunset/USD/{month}/", after="x").status_code == 400
    assert callers.owner.get("statements/sunset/USD/2026-13/").status_code == 404


def test_a_month_in_the_future_is_a_problem_with_a_sentence(callers: Callers, month: str):
    answer = callers.owner.get("statements/sunset/USD/2199-01/")

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["detail"].startswith("January 2199 has not begun in ")
    assert callers.stranger.get("statements/sunset/USD/2199-01/").json()["detail"] != answer.json()["detail"]


def test_it_tells_fees_and_disputes_as_the_page_does(callers: Callers, month: str):
    hold = Hold.objects.get()
    disputes.sync_from_processor(
        simulated.dispute(hold.processor_ref).ref, processor="simulated", now=datetime.now(tz=UTC)
    )
    fees = LedgerAccount.objects.get(code="processor_fees", host=hold.session.host)

    told = callers.owner.get(f"statements/sunset/USD/{month}/").json()

    beside = {one["account"]: (one["words"], one["amount_minor"]) for one in told["beside"]}
    assert beside["dispute_hold"] == ("Disputed by cardholders, not decided yet", hold.captured_minor)
    [balance] = ledger.balances(LedgerAccount.objects.filter(pk=fees.pk))
    assert beside["processor_fees"] == ("Fees of the card processor", balance.minor)
    assert balance.minor > 0
    [issued] = told["sums"]
    assert (issued["lines"], issued["amount_minor"]) == (1, told["figures"]["earned_minor"])
    [line] = told["results"]
    receipt = Receipt.objects.get()
    assert (line["number"], line["document"]) == (receipt.label, str(receipt.pk))
    assert (line["gross_minor"], line["tax_minor"]) == (receipt.rating.total_minor, receipt.rating.tax_minor)


def test_another_host_sees_nothing(callers: Callers, month: str):
    foreign = callers.stranger.get("statements/", host="sunset")
    absent = callers.stranger.get("statements/", host="nobody")
    assert (foreign.status_code, foreign.json()) == (404, absent.json())
    assert callers.stranger.get(f"statements/sunset/USD/{month}/").status_code == 404


def test_a_closed_month_has_its_document_and_its_files(callers: Callers, month: str, world: World):
    later = datetime.now(tz=UTC) + timedelta(days=40)
    closing.close_host(world.host, now=later)
    files.write_due(now=later)
    made = Statement.objects.get(kind="month", begins_on=f"{month}-01")

    [one] = [row for row in callers.owner.get("statements/").json() if row["period"] == month]
    table = callers.owner.get(f"statements/sunset/USD/{month}/lines.csv")
    sheet = callers.owner.get(f"statements/sunset/USD/{month}/pages.pdf")

    assert (one["kind"], one["property"], one["document"]["number"]) == ("month", None, made.label)
    assert one["document"]["csv_sha256"] == hashlib.sha256(table.getvalue()).hexdigest()
    assert one["document"]["pdf_sha256"] == hashlib.sha256(sheet.getvalue()).hexdigest()
    assert (table["Content-Type"], sheet["Content-Type"]) == ("text/csv; charset=utf-8", "application/pdf")
    for name in ("lines.csv", "pages.pdf"):
        assert callers.stranger.get(f"statements/sunset/USD/{month}/{name}").status_code == 404


def test_years_and_properties_are_told_too(callers: Callers, month: str):
    [year] = callers.owner.get("statements/", kind="year").json()
    [mine] = callers.owner.get("statements/", property="sunset-1").json()
    one = callers.owner.get(f"statements/sunset/USD/{month[:4]}/", property="sunset-1").json()

    assert (year["period"], year["kind"], year["document"]) == (month[:4], "year", None)
    assert (mine["property"], mine["closing_minor"]) == ("sunset-1", year["closing_minor"])
    assert (one["figures"], one["beside"], one["statement"]["lines"]) == (None, [], 1)
    assert callers.owner.get("statements/", kind="week").status_code == 400
    assert callers.owner.get("statements/", property="elsewhere").status_code == 404
