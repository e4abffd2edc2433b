"""Which payouts a bank line names: by the id of a payment, the payout's own, its number, its trace, its processor's."""

from datetime import date

import pytest

from tests.kit.bank_lines import NOW, Line, brought, by_file, explanations, get, paid
from tests.kit.matching import known, made, unmatched

__all__ = ["known"]
pytestmark = pytest.mark.django_db
THEIRS = "DE89370400440532013000"


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

    assert explanations(lines) == ["matched"]
    assert get(payout).state == "reconciled"
    assert get(payout).reconciled_at == NOW
    assert lines[0].matches.get().payout == payout


def test_a_reference_takes_one_of_two_payouts_and_leaves_the_other_to_the_amount(known):
    first, second = paid(known, 1000), paid(known, 1000)

    lines = brought(Line(amount="10.00"), Line(amount="10.00", reference="TRACE00002"), host=known.host)

    assert [one.matches.get().payout for one in lines] == [first, second]


def test_a_number_alone_is_a_hosts_own_only_with_the_exact_amount(known):
    first, second = by_file(known, 1000), by_file(made("lakeside"), 2500)

    lines = brought(Line(amount="-25.00", text="P-000001"), Line(amount="-9.99", text="P-000001 sunset"))

    assert explanations(lines) == ["matched", "wrong_amount"]
    assert [get(one).state for one in (first, second)] == ["submitted", "paid"]


def test_an_unknown_reference_is_named(known):
    by_file(known, 1000)

    [(kind, sentence)] = unmatched(known, Line(amount="-9.50", reference="P-000077-ZZ"))

    assert (kind, "“P-000077-ZZ”" in sentence) == ("unknown_reference", True)
