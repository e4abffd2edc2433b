"""Whose account a bank's file is of: the lines of another account than its owner's are not stored."""

import pytest

from tests.kit.bank_lines import Line, brought, by_file, explanations, get, paid
from tests.kit.matching import known, made, unmatched

__all__ = ["known"]
pytestmark = pytest.mark.django_db
THEIRS = "DE89370400440532013000"


def test_texts_of_a_hosts_other_business_are_not_kept(known):
    paid(known, 1000)

    [rent] = brought(Line(amount="-900.00", text="Rent April", name="Landlord"), host=known.host)

    rent.refresh_from_db()
    assert (rent.kind, rent.text, rent.counterparty) == ("no_payout", "", "")


def test_a_line_of_one_host_is_never_another_hosts_payout(known):
    other = made("lakeside")
    payout = paid(other, 1000)

    lines = brought(Line(amount="10.00", reference=payout.trace), Line(amount="10.00"), host=known.host)

    assert set(explanations(lines)) == {"before_first_payout"}


def test_a_payment_to_another_account_than_the_payouts_is_an_alarm(known):
    payout = by_file(known, 1000)

    [(kind, _)] = unmatched(known, Line(amount="-10.00", reference=payout.trace, to="NL91ABNA0417164300"))

    assert (kind, get(payout).state) == ("other_account", "submitted")
