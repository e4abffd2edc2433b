"""Payouts in a file for our bank: made of what is approved, the same bytes each time, paid by the bank's statement."""

import re
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from billing.models import BankAccount, FilePayment, PaymentFile, Payout
from billing.payments.books import ledger
from billing.payments.books.ledger import Code
from billing.payouts.bank_files import order_formats
from billing.payouts.bank_files.outgoing.orders import OrderError
from billing.payouts.payees import bank_accounts
from billing.payouts.payees.agreements import Scope
from billing.payouts.payees.bank_accounts import Entered
from billing.payouts.sending import by_file
from billing.payouts.sending.by_file import FileRequest, NotPossibleError
from tests.kit.at_once import at_once
from tests.kit.bank_lines import NOW, Line, approved, brought, explanations, get
from tests.kit.payouts import JANUARY, Books, books

pytestmark = pytest.mark.django_db
AGENT = "user:agent@example.com"
FRIDAY = date(2026, 4, 10)


@pytest.fixture(autouse=True)
def our_account(settings: Any) -> None:
    settings.PAYOUT_BANK_HOLDER = "Charging Platform GmbH"
    settings.PAYOUT_BANK_IBAN, settings.PAYOUT_BANK_BIC = "NL91ABNA0417164300", "ABNANL2A"
    settings.PAYOUT_ACH_ROUTING_NUMBER, settings.PAYOUT_ACH_BANK_NAME = "021000021", "JPMORGAN CHASE"
    settings.PAYOUT_ACH_ORIGIN, settings.PAYOUT_ACH_COMPANY_ID = "1234567890", "1234567890"
    settings.PAYOUT_ACH_COMPANY_NAME = "CHARGING INC"


@pytest.fixture
def known() -> Books:
    return made("sunset")


def made(slug: str, currency: str = "EUR") -> Books:
    found = books(slug, currency=currency)
    found.agree(way="bank_file")
    if currency == "EUR":
        found.bank()
        return found
    entered = Entered(holder="Sunset Stays", routing="011000015", number="000123456789")
    scope = Scope(host=found.host, currency=currency)
    account = bank_accounts.enter(scope, entered, by="user:a", now=JANUARY)
    bank_accounts.confirm(account, by="user:b", now=JANUARY)
    return found


def ready(known: Books, minor: int = 1000) -> Payout:
    return approved(known, minor, way="bank_file")


def make(*payouts: Payout, form: str = "pain001", on: date = FRIDAY) -> PaymentFile:
    wanted = FileRequest(payouts=[one.pk for one in payouts], format=order_formats.ALL[form], execution_on=on)
    return by_file.make(wanted, by=AGENT, now=NOW)


def balances(known: Books) -> list[int]:
    codes = (Code.HOST_PAYABLE, Code.PAYOUT_IN_TRANSIT, Code.BANK)
    return [ledger.balance(known.host, code, currency=known.currency) for code in codes]


def test_a_sepa_file_has_each_payout_with_an_id_that_comes_back(known):
    first, second = ready(known), ready(made("lakeside"), 2550)

    file = make(first, second)

    text = by_file.content(file).decode()
    ids = re.findall("<EndToEndId>(.*?)</EndToEndId>", text)
    assert sorted(ids) == sorted(by_file.end_to_end_id(one) for one in (first, second))
    assert re.findall("<CtrlSum>(.*?)</CtrlSum>", text)[0] == "35.50"
    assert (file.count, file.total_minor, file.currency, file.message_id) == (2, 3550, "EUR", "PAY-20260410-1")
    assert (get(first).state, get(first).trace, get(first).expected_on) == (
        "submitted",
        by_file.end_to_end_id(first),
        date(2026, 4, 14),
    )
    assert balances(known) == [0, -1000, 0]


def test_the_banks_line_then_pays_it_by_that_id(known):
    payout = ready(known)
    make(payout)

    lines = brought(Line(amount="-10.00", reference=get(payout).trace))

    assert (explanations(lines), get(payout).state, balances(known)) == (["matched"], "paid", [0, 0, -1000])


def test_an_ach_file_is_found_by_its_trace_number_too():
    known = made("sunset", currency="USD")
    payout = ready(known)
    file = make(payout, form="nacha")
    trace = FilePayment.objects.get().trace
    assert trace.startswith("02100002")
    assert by_file.name(file) == "PAY-20260410-1.ach"

    left = Line(amount="-10.00", currency="USD", reference=get(payout).trace)
    back = Line(amount="10.00", currency="USD", text=f"ACH RETURN {trace} R03", code="R03")
    brought(left, back)

    assert (get(payout).state, get(payout).failure) == ("returned", "R03")
    assert balances(known) == [-1000, 0, 0]


def test_a_csv_needs_no_account_of_ours(known, settings):
    settings.PAYOUT_BANK_IBAN = settings.PAYOUT_BANK_HOLDER = ""
    payout = ready(known)

    with pytest.raises(NotPossibleError, match="Set PAYOUT_BANK_HOLDER, PAYOUT_BANK_IBAN"):
        make(payout)
    file = make(payout, form="csv")

    assert b"DE89370400440532013000" in by_file.content(file)
    assert "DE89370400440532013000" not in file.content_encrypted


def test_it_is_downloaded_unchanged_as_often_as_it_is_asked_for(known):
    payout = ready(known)
    file = make(payout)
    first = by_file.content(file)
    BankAccount.objects.update(holder="Somebody else")

    by_file.given_out(file, now=NOW)
    file.refresh_from_db()

    assert by_file.content(file) == first
    assert (file.state, file.downloaded_at) == ("downloaded", NOW)


def test_a_payout_stands_in_one_file_only(known):
    payout = ready(known)
    make(payout)

    with pytest.raises(NotPossibleError, match="Somebody may have been faster"):
        make(payout)
    with pytest.raises(IntegrityError), transaction.atomic():
        FilePayment.objects.create(
            file=PaymentFile.objects.get(), payout=payout, end_to_end_id="another", amount_minor=1
        )


@pytest.mark.django_db(transaction=True)
def test_two_agents_at_once_make_one_file(known):
    payout = ready(known)

    def one() -> None:
        with suppress(NotPossibleError):
            make(payout)

    at_once(3, one)

    assert PaymentFile.objects.count() == 1
    assert balances(known) == [0, -1000, 0]


def test_what_cannot_be_paid_stops_the_whole_file(known):
    first, second = ready(known), ready(made("lakeside"))
    BankAccount.objects.filter(host=second.host).update(state="errored")

    with pytest.raises(NotPossibleError, match="P-000001 of Lakeside"):
        make(first, second)
    with pytest.raises(OrderError, match="lies before the day of the file"):
        make(first, on=date(2026, 4, 1))

    assert get(first).state == "approved"
    assert not PaymentFile.objects.exists()


def test_a_file_is_in_one_currency_and_a_format_for_it(known):
    euro, dollar = ready(known), ready(made("lakeside", currency="USD"))

    with pytest.raises(NotPossibleError, match="in one currency"):
        make(euro, dollar, form="csv")
    with pytest.raises(NotPossibleError, match="is not for payments in EUR"):
        make(euro, form="nacha")


def test_a_file_that_the_bank_never_got_is_withdrawn_and_made_again(known):
    payout = ready(known)
    file = make(payout)
    first = get(payout).trace

    with pytest.raises(NotPossibleError, match="Say why"):
        by_file.withdraw(file, reason=" ", by=AGENT, now=NOW)
    by_file.withdraw(file, reason="The bank refused it: wrong day.", by=AGENT, now=NOW)
    assert (get(payout).state, get(payout).trace, balances(known)) == ("approved", "", [-1000, 0, 0])
    with pytest.raises(NotPossibleError, match="withdrawn already"):
        by_file.withdraw(file, reason="x", by=AGENT, now=NOW)
    again = make(payout)

    assert again.message_id == "PAY-20260410-2"
    assert get(payout).trace == f"{first}-2"
    assert balances(known) == [0, -1000, 0]


def test_a_withdrawn_file_that_the_bank_has_paid_all_the_same_is_an_alarm(known):
    payout = ready(known)
    file = make(payout)
    ref = get(payout).trace
    by_file.withdraw(file, reason="x", by=AGENT, now=NOW)

    lines = brought(Line(amount="-10.00", reference=ref))

    assert explanations(lines) == ["not_sent"]


def test_a_file_of_which_the_bank_has_paid_is_not_withdrawn(known):
    payout = ready(known)
    file = make(payout)
    brought(Line(amount="-10.00", reference=get(payout).trace))

    with pytest.raises(NotPossibleError, match="the bank has paid"):
        by_file.withdraw(file, reason="x", by=AGENT, now=NOW)


@pytest.mark.parametrize(
    ("number", "host", "generation", "expected"),
    [(12, 7, 1, "P-000012-7"), (12, 36, 2, "P-000012-10-2"), (999999, 46655, 9, "P-999999-ZZZ-9")],
)
def test_its_id_fits_into_every_format(number, host, generation, expected):
    ref = by_file.end_to_end_id(Payout(number=number, host_id=host, generation=generation))

    assert ref == expected
    assert len(ref) <= 15
