"""Taxes of refunds: by rate the difference of what is left, so that all refunds together take what was charged."""

import random
from decimal import Decimal
from fractions import Fraction

import pytest

from billing.engine.values import money
from billing.models import LedgerAccount, Receipt, Refund
from billing.payments.books import ledger
from billing.sessions.refunds import refund_taxes, refunds
from billing.sessions.refunds.refund_taxes import Share
from billing.sessions.refunds.refunds import RefundRequest
from tests.billing.conftest import NOON, minutes

DUTCH = (Share("21", 3712, 780), Share("9", 2752, 248), Share("0", 1541, 0))
TWO_RATES = {
    "energy": [{"name": "all day", "price": "3.99"}],
    "connection_fee": "1.01",
    "idle": {"per_min": "0.20", "grace_min": 10, "cap": "10.00"},
    "tax": {"mode": "exclusive", "rates": {"connection": "21", "energy": "9", "idle": "0"}},
}


def group(gross, *, pct):
    base = money.round_half_away(gross / (1 + Fraction(Decimal(pct)) / 100))
    return Share(pct, base, gross - base)


def all_given(shares, amounts):
    """The refunds one after the other, and what is left."""
    found = []
    for amount in amounts:
        found.append(refund_taxes.of_amount(shares, amount))
        shares = refund_taxes.subtract_refunds(shares, [found[-1]])
    return found, shares


@pytest.mark.parametrize(
    ("shares", "amounts"),
    [
        (DUTCH, (2258, 2258, 2258, 2259)),
        ((group(4491, pct="21"),), (1497, 1497, 1497)),
        ((group(375, pct="20"),), (125, 125, 125)),
    ],
)
def test_refunds_of_the_whole_leave_no_tax(shares, amounts):
    assert sum(share.gross_minor for share in shares) == sum(amounts)

    found, left = all_given(shares, amounts)

    assert [refund_taxes.totals(one)[0] for one in found] == list(amounts)
    assert all(share.base_minor == share.tax_minor == 0 for share in left)


def test_whatever_is_given_back_the_rest_is_taxed_like_a_receipt_of_its_own():
    dice = random.Random(13)
    for _ in range(400):
        shares = tuple(group(dice.randint(1, 3000), pct=pct) for pct in ("21", "9", "5.5", "0")[: dice.randint(1, 4)])
        while whole := sum(share.gross_minor for share in shares):
            given = refund_taxes.of_amount(shares, dice.randint(1, whole))
            assert all(share.base_minor >= 0 and share.tax_minor >= 0 for share in given)
            shares = refund_taxes.subtract_refunds(shares, [given])
            assert shares == tuple(group(share.gross_minor, pct=share.rate_pct) for share in shares)


def test_each_note_adds_up_by_itself_and_its_tax_is_the_exact_share_rounded_down_or_up():
    """Never a whole unit from the exact share: that one of several is not rounded to the nearest makes their sum right.

    Three times 1.25 of 3.75 with 20 %: each alone has 0.21 of tax, and the receipt has 0.62.
    """
    dice = random.Random(14)
    for _ in range(400):
        shares = tuple(group(dice.randint(1, 3000), pct=pct) for pct in ("21", "9", "5.5", "0")[: dice.randint(1, 4)])
        charged = sum(share.tax_minor for share in shares)
        found = []
        while whole := sum(share.gross_minor for share in shares):
            amount = dice.randint(1, whole)
            found.append(refund_taxes.of_amount(shares, amount))
            total, net, tax = refund_taxes.totals(found[-1])
            assert (total, net + tax) == (amount, amount)
            for share in found[-1]:
                pct = Fraction(Decimal(share.rate_pct))
                assert abs(share.tax_minor - share.gross_minor * pct / (100 + pct)) < 1
            shares = refund_taxes.subtract_refunds(shares, [found[-1]])
        assert sum(refund_taxes.totals(one)[2] for one in found) == charged
    thirds, _ = all_given((group(375, pct="20"),), (125, 125, 125))
    assert sorted(refund_taxes.totals(one)[2] for one in thirds) == [20, 21, 21]


def test_a_line_after_an_amount_takes_no_more_of_a_rate_than_is_left():
    shares = (group(110, pct="10"), group(240, pct="20"))
    given = refund_taxes.of_amount(shares, 150)
    left = refund_taxes.subtract_refunds(shares, [given])

    line = refund_taxes.of_lines(left, {"10": 110})

    assert refund_taxes.totals(line)[0] == 110
    after = refund_taxes.subtract_refunds(left, [line])
    assert [share.rate_pct for share in after] == ["10", "20"]
    assert (after[0].base_minor, after[0].tax_minor) == (0, 0)
    assert after[1] == group(90, pct="20")


@pytest.fixture
def claim(site):
    """A member's receipt over three tax rates."""
    site.rate("member", definition=TWO_RATES)
    row = site.transaction()
    site.begin(row)
    site.heard(since=NOON, until=minutes(120))
    site.status("Charging", at=minutes(1))
    site.stop(row, 10_530, at=minutes(60))
    site.status("Finishing", at=minutes(60))
    site.status("Available", at=minutes(100))
    site.work(now=minutes(100))
    return Receipt.objects.get()


def give(receipt, *lines, amount=None):
    asked = RefundRequest(
        lines=frozenset(lines),
        amount_minor=amount,
        reason=Refund.Reason.GOODWILL,
        fault=Refund.Fault.HOST,
        explanation="Sorry.",
    )
    refund = refunds.request(receipt, asked, by="user:host@example.com", now=minutes(200))
    return refunds.send(refund.pk, now=minutes(200))


def balances():
    return {one.account.code: one.minor for one in ledger.balances(LedgerAccount.objects.all()) if one.minor}


def test_a_receipt_given_back_by_lines_and_amounts_leaves_nothing_in_the_books(claim, settings):
    settings.REFUND_ALONE_UP_TO = 10_000
    assert [group["rate_pct"] for group in claim.rating.report["taxes"]] == ["21", "9", "0"]
    give(claim, "idle")
    for amount in (333, 1111):
        give(claim, amount=amount)
    assert claim.rating.total_minor - 333 - 1111 - 600 > 0

    give(claim, amount=refunds.refundable_minor(claim))

    assert balances() == {}
    assert refunds.refundable_minor(claim) == 0


def test_a_credit_note_tells_rate_base_and_line(claim):
    note = give(claim, "connection").credit_note

    assert note.document["taxes"] == [{"rate_pct": "21", "base": 101, "tax": 21}]
    assert [(item["kind"], item["amount"], item["tax_pct"]) for item in note.document["items"]] == [
        ("connection", 101, "21")
    ]
    by_amount = give(claim, amount=500).credit_note
    assert by_amount.document["items"] == []
    assert sum(tax["base"] + tax["tax"] for tax in by_amount.document["taxes"]) == 500


def test_refunds_of_before_the_rates_were_kept_are_made_up_for_by_the_next(claim, settings):
    settings.REFUND_ALONE_UP_TO = 10_000
    old = give(claim, amount=1000)
    Refund.objects.filter(pk=old.pk).update(taxes=None)

    last = give(claim, amount=refunds.refundable_minor(claim))

    taxes = sum(group["tax"] for group in claim.rating.report["taxes"])
    assert old.tax_minor + last.tax_minor == taxes
    assert {str(group["rate_pct"]) for group in last.taxes} == {"21", "9", "0"}
