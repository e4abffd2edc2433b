"""A wrong match is taken back: the payout is what it was, the books are reversed, nothing is matched anew."""

import pytest

from billing.models import BankMatch
from billing.payouts.bank_lines import differences, matching, wording
from billing.payouts.bank_lines.by_hand import answers
from billing.payouts.sending import outcomes
from tests.kit.bank_lines import DAY, NOW, Line, brought, by_file, get, paid
from tests.kit.undo import balances, known, taken_back

__all__ = ["known"]
pytestmark = pytest.mark.django_db
BY = "user:agent@example.com"


def kinds() -> list[str]:
    """Of what differs in the books and payouts; of lines themselves nothing."""
    found = {one.kind for one in differences.find(now=NOW)}
    return sorted(found & {"posting_differs", "line_not_posted", "bridge_remainder", "carry_differs"})


def test_a_payout_found_on_a_hosts_account_is_paid_again_and_the_line_waits(known):
    payout = paid(known, 1000)
    [line] = brought(Line(amount="10.00", reference="TRACE00001"), host=known.host)

    done = taken_back(line)

    assert (get(payout).state, get(payout).reconciled_at) == ("paid", None)
    assert not BankMatch.objects.exists()
    assert wording.sentence(done) == (
        "It was matched to P-000001; agent@example.com took that back: It is another payment."
    )
    assert matching.run(known.host, now=NOW) == 0
    assert get(payout).state == "paid"


def test_a_payout_that_its_line_had_paid_goes_back_to_being_sent_and_the_books_with_it(known):
    payout = by_file(known, 1000)
    before = balances(known)
    [line] = brought(Line(amount="-10.00", reference=payout.trace))
    assert (get(payout).state, balances(known)) == ("paid", [0, 0, -1000])

    taken_back(line)

    assert (get(payout).state, get(payout).paid_at) == ("submitted", None)
    assert balances(known) == before == [0, -1000, 0]
    assert kinds() == []


def test_it_is_matched_by_hand_after_it_was_taken_back_and_posted_once(known):
    payout = by_file(known, 1000)
    [line] = brought(Line(amount="-10.00", reference=payout.trace))

    for _ in range(2):
        taken_back(line)
        answers.match(line, [get(payout)], by=BY, now=NOW)

    assert (get(payout).state, balances(known)) == ("paid", [0, 0, -1000])
    assert kinds() == []


def test_a_payout_on_its_way_that_the_hosts_account_showed_first_is_on_its_way_again(known):
    payout = paid(known, 1000, state="in_transit", paid_at=None)
    [line] = brought(Line(amount="10.00", reference="TRACE00001"), host=known.host)
    assert get(payout).state == "reconciled"

    taken_back(line)

    assert (get(payout).state, get(payout).paid_at) == ("in_transit", None)


def test_a_return_is_taken_back_with_its_carry_and_the_refused_account(known):
    payout = by_file(known, 1000)
    brought(Line(amount="-10.00", reference=payout.trace))
    before = get(payout).bridge
    [line] = brought(Line(amount="10.00", reference=payout.trace, code="AC04", text="Return"))
    assert (get(payout).state, get(payout).bank_account.state) == ("returned", "errored")

    taken_back(line)

    found = get(payout)
    assert (found.state, found.failure, found.bank_account.state) == ("paid", "", "confirmed")
    assert (found.bridge, found.carries.count()) == (before, 0)
    assert balances(known) == [0, 0, -1000]
    assert kinds() == []


def test_a_sum_of_payouts_is_taken_back_together(known):
    payouts = [paid(known, minor) for minor in (1000, 2000)]
    [line] = brought(Line(amount="30.00", on=DAY), host=known.host)
    assert [get(one).state for one in payouts] == ["reconciled", "reconciled"]

    taken_back(line)

    assert [get(one).state for one in payouts] == ["paid", "paid"]
    assert outcomes.mark_reconciled(get(payouts[0]), now=NOW)
