"""Which payouts a bank line is, what follows for them and the books, and what is left to a person."""

import io
from datetime import date

import pytest

from billing.models import BankLine, BankMatch, PaymentFile, Payout
from billing.payouts.bank_lines import imports, matches, matching, wording
from billing.payouts.bank_lines.by_hand import undo
from billing.payouts.cycle import approval, bridge
from billing.payouts.sending import outcomes
from tests.kit.bank_lines import DAY, NOW, SENT, Line, approved, brought, by_file, content, explanations, get, paid
from tests.kit.matching import balances, known, made, unmatched

__all__ = ["known"]
pytestmark = pytest.mark.django_db
THEIRS = "DE89370400440532013000"


def test_days_count_in_business_days_around_a_weekend():
    assert matching.window(date(2026, 4, 10)) == (date(2026, 4, 7), date(2026, 4, 15))
    assert matching.window(date(2026, 4, 12)) == (date(2026, 4, 8), date(2026, 4, 15))


def test_an_amount_on_another_day_is_named_and_left_to_a_person(known):
    payout = paid(known, 1000, paid_at=None)

    [line] = brought(Line(amount="10.00", on=date(2026, 4, 13)), host=known.host)

    assert explanations([line]) == ["other_day"]
    line.refresh_from_db()
    assert "P-000001" in wording.sentence(line)
    assert "7 April 2026" in wording.sentence(line)
    assert get(payout).state == "paid"


def test_two_payouts_of_one_amount_are_never_matched_by_themselves(known):
    payouts = [paid(known, 1000), paid(known, 1000)]

    lines = brought(Line(amount="10.00"), host=known.host)

    assert explanations(lines) == ["two_candidates"]
    assert [get(one).state for one in payouts] == ["paid", "paid"]
    lines[0].refresh_from_db()
    assert wording.sentence(lines[0]) == "€10.00 on this day may be P-000001 and P-000002: a person has to decide."


def test_two_lines_that_fit_one_payout_are_never_matched_by_themselves(known):
    paid(known, 1000)

    lines = brought(Line(amount="10.00", text="a"), Line(amount="10.00", text="b"), host=known.host)

    assert explanations(lines) == ["two_lines", "two_lines"]
    assert not BankMatch.objects.exists()


def test_a_sum_of_up_to_four_payouts_of_a_day_is_found_where_only_one_sum_fits(known):
    payouts = [paid(known, minor) for minor in (1000, 2000, 4000, 8000, 16000)]

    [line] = brought(Line(amount="230.00"), host=known.host)

    assert explanations([line]) == ["matched"]
    assert {one.payout for one in line.matches.all()} == {payouts[n] for n in (0, 1, 2, 4)}
    assert [get(one).state for one in payouts].count("reconciled") == 4


def test_two_sums_that_fit_are_left_to_a_person(known):
    for minor in (1000, 4000, 2000, 3000):
        paid(known, minor)

    assert explanations(brought(Line(amount="50.00"), host=known.host)) == ["two_candidates"]


def test_five_payouts_of_a_day_are_no_sum(known):
    for minor in (1000, 2000, 4000, 8000, 16000):
        paid(known, minor)

    assert explanations(brought(Line(amount="310.00"), host=known.host)) == ["no_payout"]


def test_a_payout_that_becomes_known_after_its_line_is_matched_later(known):
    [line] = brought(Line(amount="10.00", reference="TRACE00001"), host=known.host)
    payout = paid(known, 1000)

    assert matching.run_all(now=NOW) == 1
    assert matching.run_all(now=NOW) == 0

    assert explanations([line]) == ["matched"]
    assert get(payout).state == "reconciled"


def test_an_outgoing_line_is_what_makes_a_payout_by_file_paid(known):
    payout = by_file(known, 1000)
    assert balances(known) == [0, -1000, 0]

    lines = brought(Line(amount="-10.00", reference=payout.trace, to=THEIRS))

    assert explanations(lines) == ["matched"]
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

    assert explanations([line]) == ["matched"]
    assert set(line.matches.values_list("rule", flat=True)) == {"file"}
    assert [get(one).state for one in (first, second)] == ["paid", "paid"]


def test_a_wrong_amount_names_both_amounts(known):
    payout = by_file(known, 1000)

    assert unmatched(known, Line(amount="-9.50", reference=payout.trace)) == [
        ("wrong_amount", "It names payout P-000001 of Sunset, which is €10.00; the line is €9.50.")
    ]


def test_another_currency_is_named(known):
    payout = by_file(known, 1000)

    assert unmatched(known, Line(amount="-10.00", currency="USD", reference=payout.trace))[0][0] == "other_currency"


def test_a_return_that_nothing_explains_is_named_with_its_code(known):
    [(kind, sentence)] = unmatched(known, Line(amount="77.00", code="AC04"))

    assert kind == "return_without_payout"
    assert "AC04" in sentence


def test_a_payout_that_was_not_sent_is_named_with_its_state(known):
    payout = approved(known, 1000, way="bank_file")

    [(kind, sentence)] = unmatched(known, Line(amount="-10.00", text=str(payout.pk)))

    assert kind == "not_sent"
    assert "approved" in sentence


def test_a_payout_that_had_failed_does_not_arrive(known):
    payout = paid(known, 1000)
    outcomes.mark_failed(payout, code="account_closed", now=SENT)

    assert unmatched(known, Line(amount="10.00", reference=payout.trace), host=True)[0][0] == "failed_before"


def test_money_that_went_the_other_way_is_named(known):
    payout = paid(known, 1000)

    assert unmatched(known, Line(amount="-10.00", reference=payout.trace), host=True)[0][0] == "wrong_direction"


@pytest.mark.matrix
@pytest.mark.parametrize("kind", BankMatch.Kind)
@pytest.mark.parametrize("state", Payout.State)
@pytest.mark.parametrize("way", ["processor", "bank_file"])
def test_a_query_leaves_out_the_payouts_with_an_obstacle(known, kind, state, way):
    payout = paid(known, 1000)
    Payout.objects.filter(pk=payout.pk).update(way=way, state=state)

    found = Payout.objects.filter(matches.obstacle_condition(kind)).exists()

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
    outcomes.mark_failed(payout, code="account_closed", now=SENT)
    assert balances(known) == [-1000, 1000, 0]

    [line] = brought(Line(amount="10.00", reference=payout.trace))

    assert explanations([line]) == ["matched"]
    assert line.matches.get().kind == "returned"
    assert balances(known) == [-1000, 0, 1000]
    assert get(payout).transferred_minor == 0
    known.bank(iban="NL91ABNA0417164300", at=SENT)
    assert approval.reissue(get(payout), now=NOW).transferred_minor == 0


def test_a_returned_payout_of_the_processor_is_taken_back_to_where_its_money_lay(known):
    payout = paid(known, 1000)
    outcomes.mark_failed(payout, code="account_closed", now=SENT)
    [line] = brought(Line(amount="10.00", reference=payout.trace))

    undo.undo(line, reason="Of another host", by="user:a", now=NOW)

    assert balances(known) == [-1000, 1000, 0]
    assert (get(payout).state, get(payout).transferred_minor) == ("returned", 1000)


def test_money_of_a_payout_that_was_paid_again_is_not_matched_by_itself(known):
    payout = paid(known, 1000)
    outcomes.mark_failed(payout, code="could_not_process", now=SENT)
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

    assert explanations(lines) == ["matched", "no_payout", "matched"]
