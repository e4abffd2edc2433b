"""Which payouts a bank line is, what follows for them and the books, and what is left to a person."""

import io
from datetime import date

import pytest

from billing.models import BankLine, BankMatch, PaymentFile, Payout
from billing.payments.books import ledger
from billing.payments.books.ledger import Code
from billing.payouts.bank_lines import imports, matches, matching, wording
from billing.payouts.bank_lines.by_hand import undo
from billing.payouts.cycle import approval, bridge, sending
from tests.kit.at_once import at_once
from tests.kit.bank_lines import DAY, NOW, SENT, Line, approved, brought, by_file, content, get, outcomes, paid
from tests.kit.payouts import Books, books

pytestmark = pytest.mark.django_db
THEIRS = "DE89370400440532013000"


@pytest.fixture
def known() -> Books:
    return made("sunset")


def made(slug: str) -> Books:
    found = books(slug, currency="EUR")
    found.agree(way="bank_file")
    found.bank(iban=THEIRS)
    return found


def balances(known: Books) -> list[int]:
    codes = (Code.HOST_PAYABLE, Code.PAYOUT_IN_TRANSIT, Code.BANK)
    return [ledger.balance(known.host, code, currency="EUR") for code in codes]


# A host's own account.


@pytest.mark.parametrize(
    "line",
    [
        Line(amount="10.00", reference="TRACE00001", on=date(2026, 6, 1)),
        Line(amount="10.00", text="Payout P-000001, thank you", on=date(2026, 6, 1)),
        Line(amount="10.00", text="STRIPE TRACE00001 x"),
        Line(amount="10.00", on=date(2026, 4, 10)),
        Line(amount="10.00", on=date(2026, 4, 2)),
    ],
)
def test_it_finds_a_payout_by_reference_or_by_amount_and_day(known, line):
    payout = paid(known, 1000)

    lines = brought(line, host=known.host)

    assert outcomes(lines) == ["matched"]
    assert get(payout).state == "reconciled"
    assert get(payout).reconciled_at == NOW
    assert lines[0].matches.get().payout == payout


def test_days_count_in_business_days_around_a_weekend():
    assert matching.window(date(2026, 4, 10)) == (date(2026, 4, 7), date(2026, 4, 15))
    assert matching.window(date(2026, 4, 12)) == (date(2026, 4, 8), date(2026, 4, 15))


def test_an_amount_on_another_day_is_named_and_left_to_a_person(known):
    payout = paid(known, 1000, paid_at=None)

    [line] = brought(Line(amount="10.00", on=date(2026, 4, 13)), host=known.host)

    assert outcomes([line]) == ["other_day"]
    line.refresh_from_db()
    assert "P-000001" in wording.sentence(line)
    assert "7 April 2026" in wording.sentence(line)
    assert get(payout).state == "paid"


def test_two_payouts_of_one_amount_are_never_matched_by_themselves(known):
    payouts = [paid(known, 1000), paid(known, 1000)]

    lines = brought(Line(amount="10.00"), host=known.host)

    assert outcomes(lines) == ["two_candidates"]
    assert [get(one).state for one in payouts] == ["paid", "paid"]
    lines[0].refresh_from_db()
    assert wording.sentence(lines[0]) == "€10.00 on this day may be P-000001 and P-000002: a person has to decide."


def test_two_lines_that_fit_one_payout_are_never_matched_by_themselves(known):
    paid(known, 1000)

    lines = brought(Line(amount="10.00", text="a"), Line(amount="10.00", text="b"), host=known.host)

    assert outcomes(lines) == ["two_lines", "two_lines"]
    assert not BankMatch.objects.exists()


def test_a_reference_takes_one_of_two_payouts_and_leaves_the_other_to_the_amount(known):
    first, second = paid(known, 1000), paid(known, 1000)

    lines = brought(Line(amount="10.00"), Line(amount="10.00", reference="TRACE00002"), host=known.host)

    assert [one.matches.get().payout for one in lines] == [first, second]


def test_a_sum_of_up_to_four_payouts_of_a_day_is_found_where_only_one_sum_fits(known):
    payouts = [paid(known, minor) for minor in (1000, 2000, 4000, 8000, 16000)]

    [line] = brought(Line(amount="230.00"), host=known.host)

    assert outcomes([line]) == ["matched"]
    assert {one.payout for one in line.matches.all()} == {payouts[n] for n in (0, 1, 2, 4)}
    assert [get(one).state for one in payouts].count("reconciled") == 4


def test_two_sums_that_fit_are_left_to_a_person(known):
    for minor in (1000, 4000, 2000, 3000):
        paid(known, minor)

    assert outcomes(brought(Line(amount="50.00"), host=known.host)) == ["two_candidates"]


def test_five_payouts_of_a_day_are_no_sum(known):
    for minor in (1000, 2000, 4000, 8000, 16000):
        paid(known, minor)

    assert outcomes(brought(Line(amount="310.00"), host=known.host)) == ["no_payout"]


def test_a_payout_that_becomes_known_after_its_line_is_matched_later(known):
    [line] = brought(Line(amount="10.00", reference="TRACE00001"), host=known.host)
    payout = paid(known, 1000)

    assert matching.run_all(now=NOW) == 1
    assert matching.run_all(now=NOW) == 0

    assert outcomes([line]) == ["matched"]
    assert get(payout).state == "reconciled"


def test_texts_of_a_hosts_other_business_are_not_kept(known):
    paid(known, 1000)

    [rent] = brought(Line(amount="-900.00", text="Rent April", name="Landlord"), host=known.host)

    rent.refresh_from_db()
    assert (rent.kind, rent.text, rent.counterparty) == ("no_payout", "", "")


def test_a_line_of_one_host_is_never_another_hosts_payout(known):
    other = made("lakeside")
    payout = paid(other, 1000)

    lines = brought(Line(amount="10.00", reference=payout.trace), Line(amount="10.00"), host=known.host)

    assert set(outcomes(lines)) == {"before_first_payout"}


# The platform's own account.


def test_an_outgoing_line_is_what_makes_a_payout_by_file_paid(known):
    payout = by_file(known, 1000)
    assert balances(known) == [0, -1000, 0]

    lines = brought(Line(amount="-10.00", reference=payout.trace, to=THEIRS))

    assert outcomes(lines) == ["matched"]
    assert (get(payout).state, get(payout).paid_at.date()) == ("paid", DAY)
    assert balances(known) == [0, 0, -1000]
    assert brought(Line(amount="-10.00", reference=payout.trace, to=THEIRS)) == []
    assert balances(known) == [0, 0, -1000]


def test_the_hosts_line_then_reconciles_it(known):
    payout = by_file(known, 1000)
    brought(Line(amount="-10.00", reference=payout.trace))

    brought(Line(amount="10.00", reference=payout.trace), host=known.host)

    assert get(payout).state == "reconciled"
    assert sorted(payout.bank_matches.values_list("kind", flat=True)) == ["arrived", "left"]


def test_the_hosts_line_may_come_first(known):
    payout = by_file(known, 1000)

    brought(Line(amount="10.00", reference=payout.trace), host=known.host)
    assert (get(payout).state, balances(known)) == ("reconciled", [0, -1000, 0])
    brought(Line(amount="-10.00", reference=payout.trace))

    assert (get(payout).state, balances(known)) == ("reconciled", [0, 0, -1000])


@pytest.mark.parametrize("is_reported_first", [True, False])
def test_a_payout_reported_paid_and_later_returned_is_owed_again(known, is_reported_first):
    payout = by_file(known, 1000)
    left = Line(amount="-10.00", reference=payout.trace)
    back = Line(amount="10.00", reference=payout.trace, code="AC04", on=date(2026, 4, 9))

    if is_reported_first:
        brought(left)
        assert get(payout).state == "paid"
        brought(back)
    else:
        brought(back, left)  # the newest first, as many banks write it

    returned = get(payout)
    assert (returned.state, returned.failure) == ("returned", "AC04")
    assert (sum(row["amount_minor"] for row in returned.bridge), bridge.remainder(returned)) == (0, 0)
    assert balances(known) == [-1000, 0, 0]
    assert returned.bank_account.state == "errored"


def test_a_return_without_a_code_says_that_the_bank_names_no_reason(known):
    payout = by_file(known, 1000)

    brought(Line(amount="-10.00", reference=payout.trace), Line(amount="10.00", text=f"Return {payout.trace}"))

    assert (get(payout).state, get(payout).failure) == ("returned", "MS03")


def test_a_batch_that_the_bank_books_as_one_sum_is_found_by_the_files_id(known):
    first, second = by_file(known, 1000), by_file(made("lakeside"), 2500)
    file = PaymentFile.objects.get(payments__payout=first)
    second.file_payments.update(file=file)

    [line] = brought(Line(amount="-35.00", text=f"Batch {file.message_id}"))

    assert outcomes([line]) == ["matched"]
    assert set(line.matches.values_list("rule", flat=True)) == {"file"}
    assert [get(one).state for one in (first, second)] == ["paid", "paid"]


def test_a_number_alone_is_a_hosts_own_only_with_the_exact_amount(known):
    first, second = by_file(known, 1000), by_file(made("lakeside"), 2500)

    lines = brought(Line(amount="-25.00", text="P-000001"), Line(amount="-9.99", text="P-000001 sunset"))

    assert outcomes(lines) == ["matched", "wrong_amount"]
    assert [get(one).state for one in (first, second)] == ["submitted", "paid"]


# What does not fit says why.


def unmatched(known: Books, *lines: Line, host: bool = False) -> list[tuple[str, str]]:
    found = brought(*lines, host=known.host if host else None)
    rows = BankLine.objects.filter(pk__in=[one.pk for one in found]).order_by("id")
    return [(line.kind, wording.sentence(line)) for line in rows if line.match != "matched"]


def test_a_wrong_amount_names_both_amounts(known):
    payout = by_file(known, 1000)

    assert unmatched(known, Line(amount="-9.50", reference=payout.trace)) == [
        ("wrong_amount", "It names payout P-000001 of Sunset, which is €10.00; the line is €9.50.")
    ]


def test_an_unknown_reference_is_named(known):
    by_file(known, 1000)

    [(kind, sentence)] = unmatched(known, Line(amount="-9.50", reference="P-000077-ZZ"))

    assert (kind, "“P-000077-ZZ”" in sentence) == ("unknown_reference", True)


def test_another_currency_is_named(known):
    payout = by_file(known, 1000)

    assert unmatched(known, Line(amount="-10.00", currency="USD", reference=payout.trace))[0][0] == "other_currency"


def test_a_second_line_of_one_payout_is_doubled(known):
    payout = by_file(known, 1000)
    brought(Line(amount="-10.00", reference=payout.trace))

    [(kind, sentence)] = unmatched(known, Line(amount="-10.00", reference=payout.trace, text="again"))

    assert kind == "doubled"
    assert sentence == "Payout P-000001 of Sunset is matched to another line already, of 7 April 2026."
    assert balances(known) == [0, 0, -1000]


def test_a_return_that_nothing_explains_is_named_with_its_code(known):
    [(kind, sentence)] = unmatched(known, Line(amount="77.00", code="AC04"))

    assert kind == "return_without_payout"
    assert "AC04" in sentence


def test_a_payment_to_another_account_than_the_payouts_is_an_alarm(known):
    payout = by_file(known, 1000)

    [(kind, _)] = unmatched(known, Line(amount="-10.00", reference=payout.trace, to="NL91ABNA0417164300"))

    assert (kind, get(payout).state) == ("other_account", "submitted")


def test_a_payout_that_was_not_sent_is_named_with_its_state(known):
    payout = approved(known, 1000, way="bank_file")

    [(kind, sentence)] = unmatched(known, Line(amount="-10.00", text=str(payout.pk)))

    assert kind == "not_sent"
    assert "approved" in sentence


def test_a_payout_that_had_failed_does_not_arrive(known):
    payout = paid(known, 1000)
    sending.failed(payout, code="account_closed", now=SENT)

    assert unmatched(known, Line(amount="10.00", reference=payout.trace), host=True)[0][0] == "failed_before"


def test_money_that_went_the_other_way_is_named(known):
    payout = paid(known, 1000)

    assert unmatched(known, Line(amount="-10.00", reference=payout.trace), host=True)[0][0] == "wrong_direction"


def test_every_kind_has_a_sentence_and_a_next_step():
    for kind in wording.KINDS:
        line = BankLine(kind=kind, match="unmatched", amount_minor=-100, currency="EUR")
        assert wording.sentence(line)
        assert wording.next_step(line, is_matchable=True)
        assert "by hand" not in wording.next_step(line, is_matchable=False)


# Doubled files, and two that import at once.


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_file_at_once_store_its_lines_once(known):
    by_file(known, 1000)

    at_once(3, lambda: brought(Line(amount="-10.00"), Line(amount="-77.00")))

    assert BankLine.objects.count() == 2
    assert (BankMatch.objects.count(), balances(known)) == (1, [0, 0, -1000])
    assert imports.masked("DE89370400440532013000") == "…3000"


@pytest.mark.parametrize("amount", ["-4.50", "4.50"])
def test_texts_of_a_hosts_doubled_lines_are_not_kept_either(known, amount):
    paid(known, 1000)

    brought(*[Line(amount=amount, text="Coffee beans", name="Roaster")] * 2, host=known.host)

    rows = BankLine.objects.order_by("id")
    assert [(one.kind, one.text, one.counterparty) for one in rows] == [("no_payout", "", "")] * 2


def test_a_hosts_second_line_of_a_payout_that_is_found_stays_doubled(known):
    paid(known, 1000)

    assert outcomes(brought(*[Line(amount="10.00", text="Payout")] * 2, host=known.host)) == ["matched", "doubled"]


@pytest.mark.matrix
@pytest.mark.parametrize("kind", BankMatch.Kind)
@pytest.mark.parametrize("state", Payout.State)
@pytest.mark.parametrize("way", ["processor", "bank_file"])
def test_a_query_leaves_out_the_payouts_with_an_obstacle(known, kind, state, way):
    payout = paid(known, 1000)
    Payout.objects.filter(pk=payout.pk).update(way=way, state=state)

    found = Payout.objects.filter(matches.obstructed(kind)).exists()

    assert found == bool(matches.obstacle(get(payout), kind))


@pytest.mark.parametrize("references", [True, False])
def test_a_line_that_fails_is_logged_and_leaves_the_others_to_be_matched(known, monkeypatch, caplog, references):
    payouts = [by_file(known, minor) for minor in (1000, 2000)]
    refs = [one.trace if references else "" for one in payouts]
    write, broken = matches.write, []

    def fails_once(line_id, *args, **fields):
        broken.append(line_id)
        if len(broken) == 1:
            raise RuntimeError("one bad line")
        return write(line_id, *args, **fields)

    monkeypatch.setattr(matches, "write", fails_once)
    first, second = brought(Line(amount="-10.00", reference=refs[0]), Line(amount="-20.00", reference=refs[1]))

    states = dict(BankLine.objects.values_list("pk", "match"))
    assert sorted(states.values()) == ["matched", "waiting"]
    assert f"Bank line {broken[0]} could not be matched; it is tried again" in caplog.text
    assert matching.run_all(now=NOW) == 1
    assert {first.pk, second.pk} == set(BankMatch.objects.values_list("line", flat=True))


# What the card processor pays leaves its account, not ours.


@pytest.mark.parametrize("reference", [True, False])
def test_money_of_our_account_is_never_a_payout_of_the_card_processor(known, reference):
    payout = paid(known, 1000)

    [(kind, sentence)] = unmatched(known, Line(amount="-10.00", reference=payout.trace if reference else ""))

    assert kind == ("wrong_way" if reference else "no_payout")
    if reference:
        assert sentence == (
            "It names payout P-000001 of Sunset, which the card processor pays: our account should not have paid it."
        )
    assert get(payout).state == "paid"


def test_the_money_of_a_failed_payout_of_the_processor_that_came_to_our_account_is_matched_as_returned(known):
    payout = paid(known, 1000)
    sending.failed(payout, code="account_closed", now=SENT)
    assert balances(known) == [-1000, 1000, 0]

    [line] = brought(Line(amount="10.00", reference=payout.trace))

    assert outcomes([line]) == ["matched"]
    assert line.matches.get().kind == "returned"
    assert balances(known) == [-1000, 0, 1000]
    assert get(payout).transferred_minor == 0
    known.bank(iban="NL91ABNA0417164300", at=SENT)
    assert approval.reissue(get(payout), now=NOW).transferred_minor == 0


def test_a_returned_payout_of_the_processor_is_taken_back_to_where_its_money_lay(known):
    payout = paid(known, 1000)
    sending.failed(payout, code="account_closed", now=SENT)
    [line] = brought(Line(amount="10.00", reference=payout.trace))

    undo.undo(line, reason="Of another host", by="user:a", now=NOW)

    assert balances(known) == [-1000, 1000, 0]
    assert (get(payout).state, get(payout).transferred_minor) == ("returned", 1000)


def test_money_of_a_payout_that_was_paid_again_is_not_matched_by_itself(known):
    payout = paid(known, 1000)
    sending.failed(payout, code="could_not_process", now=SENT)
    approval.reissue(get(payout), now=NOW)

    assert unmatched(known, Line(amount="10.00", reference=payout.trace))[0][0] == "failed_before"


def test_lines_that_no_payout_can_be_are_stored_at_once_and_not_held(known):
    by_file(known, 1000)
    some = [Line(amount=f"-{20 + number}.00", text=f"Invoice {number}") for number in range(30)]
    file = imports.bring_in(io.BytesIO(content(*some)), name="x.csv", host=None, by="user:x", now=NOW).file
    run = matching._Run(None, NOW)

    run.by_reference(list(file.lines.order_by("id")))

    assert run._rest == []
    run.by_day()
    assert set(file.lines.values_list("kind", flat=True)) == {"no_payout"}


def test_a_batch_of_lines_is_matched_as_before_where_amounts_meet(known):
    payouts = [by_file(known, minor) for minor in (1000, 2000)]

    lines = brought(
        Line(amount="-10.00", reference=payouts[0].trace), Line(amount="-10.00", text="x"), Line(amount="-20.00")
    )

    assert outcomes(lines) == ["matched", "no_payout", "matched"]
