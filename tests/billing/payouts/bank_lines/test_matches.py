"""A bank line that is a payout: written once, and what follows for the payout and the books."""

from contextlib import suppress

import pytest

from billing.models import BankMatch, LedgerEntry
from billing.payouts.bank_lines.matches import NotPossibleError
from billing.payouts.cycle import approval
from tests.kit.at_once import at_once
from tests.kit.bank_lines import NOW, Line, brought, by_file, get
from tests.kit.undo import balances, known, taken_back

__all__ = ["known"]
pytestmark = pytest.mark.django_db
BY = "user:agent@example.com"


def test_it_refuses_a_payout_that_was_returned_since(known):
    payout = by_file(known, 1000)
    [left] = brought(Line(amount="-10.00", reference=payout.trace))
    brought(Line(amount="10.00", reference=payout.trace, code="MD07", text="Return"))

    with pytest.raises(NotPossibleError, match="P-000001 is returned by the bank since it was matched"):
        taken_back(left)

    assert balances(known) == [-1000, 0, 0]
    assert BankMatch.objects.count() == 2


def test_it_refuses_a_return_that_was_paid_again(known):
    payout = by_file(known, 1000)
    brought(Line(amount="-10.00", reference=payout.trace))
    [line] = brought(Line(amount="10.00", reference=payout.trace, code="MS03", text="Return"))
    again = approval.reissue(get(payout), now=NOW)

    with pytest.raises(NotPossibleError, match=f"P-000001 was taken over by {again.label} meanwhile"):
        taken_back(line)

    assert (get(payout).state, BankMatch.objects.count()) == ("reissued", 2)


def test_it_refuses_a_second_time_and_without_a_reason(known):
    payout = by_file(known, 1000)
    [line] = brought(Line(amount="-10.00", reference=payout.trace))

    with pytest.raises(NotPossibleError, match="say why the match is wrong"):
        taken_back(line, reason=" ")
    taken_back(line)
    with pytest.raises(NotPossibleError, match="this line is not matched"):
        taken_back(line)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_takes_it_back(known):
    payout = by_file(known, 1000)
    [line] = brought(Line(amount="-10.00", reference=payout.trace))

    def act() -> None:
        with suppress(NotPossibleError):
            taken_back(line)

    at_once(3, act)

    assert (get(payout).state, balances(known)) == ("submitted", [0, -1000, 0])
    assert LedgerEntry.objects.filter(kind="unbooked").count() == 1
