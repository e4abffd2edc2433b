"""What a payout comes to, what is carried and why, and that each posting is in one payout only."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from billing.models import Hold, Payout, PayoutAllocation, PayoutCarry, ProcessorTransaction
from billing.payments.books import ledger
from billing.payments.books.ledger import Code
from billing.payouts.cycle import allocation, bridge, cycle, forecast, wording
from billing.payouts.payees import agreements
from billing.payouts.payees.agreements import Scope
from tests.kit.at_once import at_once
from tests.kit.payouts import NEVER, books

FEB, MARCH, APRIL, MAY = (datetime(2026, month, 1, tzinfo=UTC) for month in (2, 3, 4, 5))
pytestmark = pytest.mark.django_db(transaction=True)


def day(number, month=3, hour=12):
    return datetime(2026, month, number, hour, tzinfo=UTC)


def parts(payout):
    sums: dict[str, int] = {}
    for one in payout.allocations.exclude(amount_minor=0):
        sums[one.kind] = sums.get(one.kind, 0) + one.amount_minor
    return sums


def rows(payout):
    return {row["kind"]: row["amount_minor"] for row in payout.bridge}


def test_the_worked_payout_of_march_comes_out_to_the_cent():
    known = books()
    known.agree()
    known.bank()
    debtor = known.sale(640, at=day(2, 2))
    assert cycle.close(known.scope, until=FEB, now=FEB) is None
    known.dispute(debtor, 1280, at=day(3, 2))
    known.lose(debtor, 1280, at=day(20, 2))
    february = cycle.close(known.scope, until=MARCH, now=MARCH)
    assert (february.state, february.amount_minor, february.carried_minor) == ("carried", 0, -640)
    known.agree(
        valid_from=MARCH,
        platform_fee_pct=Decimal(10),
        processing="agreed",
        processing_pct=Decimal("2.9"),
        processing_fixed_minor=30,
        subscription_minor=2900,
        threshold_minor=2500,
        reserve_minor=5000,
    )
    known.sale(184250 - 95 * 1900, tax=14042 - 95 * 140, at=day(5))
    sales = [known.sale(1900, tax=140, at=day(6)) for _ in range(95)]
    known.refund(sales[0], 1760, tax=140, at=day(9))
    known.refund(sales[1], 740, tax=60, at=day(9))
    known.dispute(debtor, 3120, fee=1500, at=day(10))
    known.lose(debtor, 3120, at=day(20))

    payout = cycle.close(known.scope, until=APRIL, now=APRIL + timedelta(hours=1))

    assert payout.opening_minor == -640
    assert parts(payout) == {
        "sessions": 170208,
        "refunds": -2500,
        "platform_fee": -17021,
        "fee_returned": 250,
        "processing": -8223,
        "disputes": -3120,
        "dispute_fee": -1500,
        "subscription": -2900,
    }
    assert payout.opening_minor + payout.moved_minor == 134554
    assert (payout.state, payout.amount_minor, payout.carried_minor) == ("approved", 129554, 5000)
    assert rows(payout) == {
        "sessions": 184250,
        "tax": -14042,
        "refunds": -2500,
        "platform_fee": -16771,
        "processing": -8223,
        "other": -7520,
        "carried_in": -640,
        "carried_out": -5000,
    }
    assert bridge.remainder(payout) == 0


def test_what_is_below_the_threshold_is_carried_to_the_next_payout():
    known = books("b")
    known.agree()
    known.bank()
    known.sale(310, at=day(2, 2))
    known.agree(valid_from=FEB, threshold_minor=2500)
    assert cycle.close(known.scope, until=MARCH, now=MARCH).carried_minor == 310
    known.agree(
        valid_from=MARCH,
        platform_fee_pct=Decimal(10),
        processing="agreed",
        processing_pct=Decimal("2.9"),
        processing_fixed_minor=30,
    )
    known.sale(1165, tax=89, at=day(3))
    known.sale(1000, tax=76, at=day(4))

    payout = cycle.close(known.scope, until=APRIL, now=APRIL)

    assert parts(payout) == {"sessions": 2000, "platform_fee": -200, "processing": -123}
    assert (payout.state, payout.amount_minor, payout.carried_minor) == ("carried", 0, 1987)
    assert {one.kind: one.amount_minor for one in payout.carries.all()} == {"threshold": 1987}
    assert (sum(rows(payout).values()), rows(payout)["carried_out"]) == (0, -1987)


def test_a_session_is_in_the_payout_of_the_period_in_which_it_became_available():
    known = books()
    known.agree()
    known.bank()
    known.sale(1000, at=day(10))
    known.sale(3300, at=day(31), paid_at=day(2, 4))

    march = cycle.close(known.scope, until=APRIL, now=APRIL + timedelta(days=3))
    april = cycle.close(known.scope, until=MAY, now=MAY)

    assert rows(march) == {"sessions": 4300, "timing_out": -3300}
    assert (march.amount_minor, april.amount_minor) == (1000, 3300)
    assert rows(april) == {"timing_in": 3300}


def test_what_nobody_paid_or_a_bank_contests_waits_with_its_refund():
    known = books()
    known.agree()
    known.bank()
    known.sale(1000, at=day(3))
    unpaid = known.sale(500, at=day(4), paid_at=NEVER)
    contested = known.sale(700, at=day(5))
    known.dispute(contested, 700, fee=1500, at=day(6))
    partner = known.sale(900, at=day(7), paid_at=NEVER, audience=Code.ROAMING_RECEIVABLE)

    march = cycle.close(known.scope, until=APRIL, now=APRIL)

    assert march.amount_minor == 1000
    taken = set(PayoutAllocation.objects.values_list("posting__entry__session", flat=True))
    assert not taken & {unpaid.pk, contested.pk, partner.pk}
    assert rows(march)["timing_out"] == -2100


def test_what_a_driver_never_paid_is_not_the_hosts():
    known = books()
    known.agree(platform_fee_pct=Decimal(10))
    known.bank()
    known.sale(5000, at=day(3))
    unpaid = known.sale(1000, at=day(4), paid_at=NEVER)
    known.give_up(unpaid, 1000, at=day(20))

    payout = cycle.close(known.scope, until=APRIL, now=APRIL)

    assert parts(payout) == {"sessions": 6000, "platform_fee": -600, "written_off": -1000}
    assert payout.amount_minor == 4400
    assert ledger.balance(known.host, Code.WRITTEN_OFF, currency="USD") == 0


def test_closing_twice_or_at_once_makes_one_payout():
    known = books()
    known.agree()
    known.bank()
    known.sale(1000, at=day(3))

    at_once(6, lambda: cycle.close(known.scope, until=APRIL, now=APRIL))
    again = cycle.close(known.scope, until=APRIL, now=APRIL + timedelta(days=1))

    assert (Payout.objects.count(), again.amount_minor) == (1, 1000)
    assert cycle.close(known.scope, until=MAY, now=MAY) == again  # nothing happened since


@pytest.mark.parametrize(("account", "kind"), [(None, "no_account"), ("new", "cooling_off"), ("errored", "errored")])
def test_it_waits_for_an_account_that_can_be_paid_to(account, kind):
    known = books()
    known.agree()
    known.sale(1000, at=day(3))
    if account:
        row = known.bank()
    if account == "new":
        known.bank(at=APRIL - timedelta(hours=1))
    if account == "errored":
        type(row).objects.update(state="errored", failure="account_closed")

    march = cycle.close(known.scope, until=APRIL, now=APRIL)

    assert (march.state, march.carried_minor, march.carries.get().kind) == ("carried", 1000, kind)
    assert cycle.close(known.scope, until=APRIL + timedelta(days=1), now=APRIL + timedelta(days=1)) == march
    known.bank(at=APRIL + timedelta(days=2))
    later = cycle.close(known.scope, until=MAY, now=MAY)
    assert (later.amount_minor, rows(later)) == (1000, {"carried_in": 1000})
    assert PayoutCarry.objects.get(payout=march).taken_by == later


def test_a_property_with_an_account_of_its_own_is_paid_by_itself():
    known = books()
    known.agree()
    known.bank()
    place = type(known.place).objects.create(
        host=known.host, slug="second", name="Second", time_zone="UTC", access="public"
    )
    known.bank(place=place, iban="NL91ABNA0417164300")
    known.sale(1000, at=day(3))
    known.sale(200, at=day(4), place=place)

    found = cycle.close_host(known.host, until=APRIL, now=APRIL)

    assert [(one.property, one.amount_minor, one.bank_account.last4) for one in found] == [
        (place, 200, "4300"),
        (None, 1000, "3000"),
    ]
    assert [rows(one) for one in found] == [{"sessions": 200}, {"sessions": 1000}]


def test_taxes_go_to_the_host_that_remits_them():
    known = books()
    known.agree(tax_remitter="host")
    known.bank()
    sale = known.sale(1190, tax=190, at=day(3))
    known.refund(sale, 100, tax=19, at=day(4))

    payout = cycle.close(known.scope, until=APRIL, now=APRIL)

    assert parts(payout) == {"sessions": 1000, "refunds": -100, "tax_remitted": 171}
    assert ledger.balance(known.host, Code.TAX_PAYABLE, currency="USD") == 0
    assert rows(payout) == {"sessions": 1190, "tax": -19, "refunds": -100}


def test_above_a_limit_it_waits_for_approval():
    known = books()
    known.agree(two_people_above_minor=999)
    known.bank()
    known.sale(1000, at=day(3))

    payout = cycle.close(known.scope, until=APRIL, now=APRIL)

    assert (payout.state, payout.approved_at) == ("calculated", None)


def test_the_card_processors_fees_are_charged_once():
    known = books()
    known.agree(processing="actual")
    known.bank()
    sale = known.sale(1000, at=day(3), fee=59)
    march = cycle.close(known.scope, until=APRIL, now=APRIL)
    known.post(sale, ("movement", "fee"), {Code.PROCESSOR_FEES: 3, Code.PROCESSOR_CLEARING: -3}, at=day(4, 4))
    known.sale(500, at=day(5, 4), fee=45)

    april = cycle.close(known.scope, until=MAY, now=MAY)

    assert parts(march) == {"sessions": 1000, "processing": -59}
    assert parts(april) == {"sessions": 500, "processing": -48}
    assert ledger.balance(known.host, Code.PROCESSOR_FEES, currency="USD") == 0


def test_a_subscription_is_charged_once_for_each_month_that_ended():
    known = books()
    known.agree(subscription_minor=900, cycle="weekly")
    known.bank()
    known.sale(100000, at=day(3, 2))
    ends = [day(16, 2, 0), day(2, 3, 0), day(9, 3, 0), day(6, 4, 0)]
    found = []
    for end in ends:
        known.sale(1000, at=end - timedelta(hours=1))
        found.append(cycle.close(known.scope, until=end, now=end))

    assert [parts(one).get("subscription", 0) for one in found] == [0, -900, 0, -900]


@pytest.mark.parametrize(
    "change", ["DELETE FROM billing_payoutallocation", "UPDATE billing_payoutallocation SET amount_minor = 1"]
)
def test_what_a_payout_consists_of_never_changes(change):
    known = books()
    known.agree()
    known.sale(1000, at=day(3))
    cycle.close(known.scope, until=APRIL, now=APRIL)

    with pytest.raises(DatabaseError, match="the books only grow"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_a_posting_is_in_one_payout_only():
    known = books()
    known.agree()
    known.sale(1000, at=day(3))
    first = cycle.close(known.scope, until=APRIL, now=APRIL)
    known.sale(500, at=day(3, 4))
    second = cycle.close(known.scope, until=MAY, now=MAY)

    with pytest.raises(IntegrityError), transaction.atomic():
        PayoutAllocation.objects.create(
            payout=second, posting=first.allocations.get().posting, kind="sessions", amount_minor=1
        )


def test_a_carried_payout_that_was_taken_over_is_expected_on_no_day():
    known = books()
    known.agree(threshold_minor=5000)
    known.bank()
    known.sale(1000, at=day(2, 2))
    first = cycle.close(known.scope, until=MARCH, now=MARCH)
    assert first.state == "carried"
    assert first.expected_on is not None
    known.sale(9000, at=day(2))

    later = cycle.close(known.scope, until=APRIL, now=APRIL)

    assert (later.state, later.opening_minor) == ("approved", 1000)
    first.refresh_from_db()
    assert first.expected_on is None


def test_terms_that_begin_when_a_period_ends_are_not_in_it():
    known = books()
    known.agree(platform_fee_pct=Decimal(10))
    known.bank()
    known.agree(valid_from=APRIL, platform_fee_pct=Decimal(50))
    known.sale(10_000, at=day(5))

    march = cycle.close(known.scope, until=APRIL, now=APRIL + timedelta(days=2))
    known.sale(10_000, at=day(5, month=4))
    april = cycle.close(known.scope, until=MAY, now=MAY + timedelta(days=2))

    assert (parts(march)["platform_fee"], parts(april)["platform_fee"]) == (-1000, -5000)


def test_a_property_is_paid_by_itself_from_the_day_of_its_own_agreement_on():
    known = books()
    known.agree()
    known.bank()
    known.agree(valid_from=APRIL, place=known.place)
    own = Scope(host=known.host, currency=known.currency, property_=known.place)
    known.sale(10_000, at=day(5))

    assert own not in agreements.scopes(known.host, at=day(20))
    assert cycle.close(own, until=APRIL, now=APRIL + timedelta(days=2)) is None
    march = cycle.close(known.scope, until=APRIL, now=APRIL + timedelta(days=2))
    known.sale(3_000, at=day(5, month=4))
    april = cycle.close(own, until=MAY, now=MAY + timedelta(days=2))

    assert parts(march)["sessions"] == 10_000
    assert april.begins_at == APRIL
    assert parts(april)["sessions"] == 3_000
    assert bridge.remainder(april) == 0
    assert "timing_in" not in rows(april), "March was paid with the host"


def captured(known, session, gross, *, at):
    return Hold.objects.create(
        id=uuid.uuid4(), session=session, processor="simulated", processor_ref=f"pi_{session.pk.hex}", state="captured",
        amount_minor=gross, captured_minor=gross, currency="USD", created_at=at, finished_at=at,
    )  # fmt: skip


def listed(hold, *, made_at, available_at):
    return ProcessorTransaction.objects.create(
        processor="simulated", ref=f"txn_{hold.pk}", kind="payment", amount_minor=hold.captured_minor, fee_minor=0,
        net_minor=hold.captured_minor, currency="USD", payment_ref=hold.processor_ref, made_at=made_at,
        available_at=available_at, seen_at=made_at,
    )  # fmt: skip


def test_money_that_the_processor_does_not_list_is_not_available():
    known = books()
    known.agree()
    known.bank()
    seen, unseen = (known.sale(gross, at=day(30)) for gross in (500, 670))
    listed(captured(known, seen, 500, at=day(30)), made_at=day(30), available_at=day(31))
    late = captured(known, unseen, 670, at=day(30))

    march = cycle.close(known.scope, until=APRIL, now=APRIL)
    [waits] = allocation.pending(known.scope, own_places=set(), until=APRIL)

    assert (march.amount_minor, parts(march)) == (500, {"sessions": 500})
    assert (waits.why, waits.amount_minor, waits.last_available_at) == ("clearing", 670, None)
    assert wording.pending(waits, currency="USD").endswith("the card processor has not made it available yet.")
    assert allocation.waiting_for(unseen.pk) == "clearing"
    listed(late, made_at=day(30), available_at=day(2, 4))
    assert cycle.close(known.scope, until=MAY, now=MAY).amount_minor == 670


def test_a_forecast_says_what_is_not_available_yet_in_a_period_that_has_not_ended():
    known = books()
    known.agree()
    seen, unseen = known.sale(1000, at=day(2)), known.sale(62, at=day(3))
    listed(captured(known, seen, 1000, at=day(2)), made_at=day(2), available_at=day(2))
    captured(known, unseen, 62, at=day(3))
    known.refund(unseen, 21, at=day(3))

    one = forecast.calculate(known.scope, now=day(4))

    [late] = [row["sentence"] for row in one.rows if row["kind"] == "timing_out"]
    assert late.startswith("1 session ($0.62 without tax) is not available yet; it is in this payout if it becomes")
    assert late.endswith("available by 31 March 2026, else in a later one.")
    [waits] = forecast.facts(one)["pending"]
    assert waits["sentence"].startswith("1 session, $0.41 owed for it after any refunds: paid by card;")


def test_money_from_before_the_processors_list_begins_is_available_as_it_was_taken():
    known = books()
    known.agree()
    known.bank()
    old, new = (known.sale(gross, at=at) for gross, at in ((500, day(2)), (670, day(20))))
    captured(known, old, 500, at=day(2))
    listed(captured(known, new, 670, at=day(20)), made_at=day(20), available_at=day(22))

    assert cycle.close(known.scope, until=APRIL, now=APRIL).amount_minor == 1170
