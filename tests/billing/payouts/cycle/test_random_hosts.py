"""Hosts that join, change their terms and leave in any month: all figures agree, no cent is lost or paid twice.

`RANDOM_HOSTS=1000` runs more of them than the suite.
"""

import itertools
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from authorization.models import User
from backoffice.portal.dashboard import dashboard
from billing.models import Payout, PayoutAgreement, PayoutAllocation, Posting, SimulatedPayout
from billing.payments.books import figures, ledger, statements
from billing.payments.books.ledger import Code
from billing.payments.processors import simulated
from billing.payouts.cycle import allocation, approval, bridge, cycle, forecast, wording
from billing.payouts.sending import by_processor
from billing.payouts.statements.api import FiguresSerializer
from billing.sessions.trends.trends import Scope as Seen
from chargers.text.reporting_periods import ReportingPeriod
from tests.kit.payouts import NEVER, books
from tests.kit.sent_payouts import filled, opened

pytestmark = pytest.mark.django_db
MONTHS = [datetime(2026, number, 1, tzinfo=UTC) for number in range(1, 8)]
ENDS = MONTHS[-1]
AFTER = [datetime(2026, number, 1, tzinfo=UTC) for number in (8, 9)]
"""Money that is late, and refunds of it."""
LATER = AFTER[0] + timedelta(days=5)
ON_THE_WAY = ("submitted", "failed")
"""Kinds of entries that say where a payout is, not what is owed."""
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Sale:
    """`day` counts from the first of January; money comes `late` days after, never where that is None."""

    day: int
    gross: int
    fee: int
    late: int | None
    refund: int
    contested: str


@dataclass(frozen=True)
class Life:
    """A host from its first day to its last. `bank`: the day on which it has a bank account, None: never; `fates`:
    what its bank does with its payouts, in their order."""

    sold: list["Sale"]
    agreed: list["Terms"]
    bank: int | None
    fates: list[str]
    leaves: int


@dataclass(frozen=True)
class Terms:
    """From the first of a month, by its index."""

    month: int
    pct: int
    processing: str
    subscription: int


sales = st.builds(
    Sale, day=st.integers(0, 175), gross=st.integers(200, 20_000), fee=st.integers(0, 90),
    late=st.sampled_from([0, 0, 0, 1, 40, None]), refund=st.integers(0, 3),
    contested=st.sampled_from(["", "", "", "", "won", "lost", "open"]),
)  # fmt: skip
terms = st.builds(
    Terms, month=st.integers(0, 5), pct=st.integers(0, 30),
    processing=st.sampled_from(["included", "actual", "agreed"]), subscription=st.sampled_from([0, 0, 290]),
)  # fmt: skip
lives = st.builds(
    Life,
    sold=st.lists(sales, max_size=8).map(lambda found: sorted(found, key=lambda one: one.day)),
    agreed=st.lists(terms, max_size=3, unique_by=lambda one: one.month).map(
        lambda found: sorted(found, key=lambda one: one.month)
    ),
    bank=st.sampled_from([0, 0, 0, 70, None]),
    fates=st.lists(st.sampled_from(["paid", "paid", "fails", "returns"]), min_size=12, max_size=12),
    leaves=st.integers(0, 175),
)


@pytest.mark.long
# Without shrinking: each example plays half a year, and shrinking one takes minutes.
@settings(max_examples=int(os.environ.get("RANDOM_HOSTS", "6")), phases=[Phase.generate])
@given(life=lives)
def test_random_hosts_that_join_change_terms_and_leave_keep_every_cent(life):
    with transaction.atomic():
        _play(life)
        transaction.set_rollback(True)


def _play(life):
    known = books(f"h{next(_numbers)}")
    at_processor = opened(known)
    filled(10_000_000)
    sold = [one for one in life.sold if one.day <= life.leaves]
    happens = [(at, act) for one in sold for at, act in _of_sale(known, one)]
    happens += [(MONTHS[one.month] - timedelta(seconds=1), _agree(known, one)) for one in life.agreed]
    if life.bank is not None:
        happens.append((MONTHS[0] + timedelta(days=life.bank), lambda at: known.bank(at=at)))
    fates = iter(life.fates)
    happens += [(MONTHS[0] + timedelta(days=day, hours=1), _work(known, fates)) for day in range(0, 181, 15)]
    for at, act in sorted(happens, key=lambda pair: pair[0]):
        act(at)
    for days in (5, 6, 12):
        _work(known, fates)(ENDS + timedelta(days=days))
    _has_the_terms(known, life.agreed)
    _is_whole(known)
    _was_paid_once(known, at_processor)
    _pays_what_a_month_earned(known, sold)
    _agrees_everywhere(known)


def _of_sale(known, one):
    """Refunds of parts come a day after the money; what is contested is decided ten days later, or never."""
    at, made = MONTHS[0] + timedelta(days=one.day, hours=2), []
    yield at, lambda at: made.append(known.sale(one.gross, at=at, paid_at=NEVER))
    if one.late is None:
        return
    paid_at = at + timedelta(days=one.late, minutes=5)
    yield paid_at, lambda at: known.pay(made[0], one.gross, at=at, fee=one.fee)
    for number in range(0 if one.contested else one.refund):
        yield paid_at + timedelta(days=1, minutes=number), lambda at: known.refund(made[0], one.gross // 5, at=at)
    if one.contested:
        yield paid_at + timedelta(days=2), lambda at: known.dispute(made[0], one.gross, fee=1500, at=at)
    if one.contested in ("won", "lost"):
        decide = known.win if one.contested == "won" else known.lose
        yield paid_at + timedelta(days=12), lambda at: decide(made[0], one.gross, at=at)


def _agree(known, one):
    return lambda at: known.agree(
        valid_from=at + timedelta(seconds=1), platform_fee_pct=Decimal(one.pct), processing=one.processing,
        processing_pct=Decimal("1.5"), processing_fixed_minor=25, subscription_minor=one.subscription, delay_days=2,
    )  # fmt: skip


def _work(known, fates):
    """As pages and beat do, at any moment; the host's bank refuses some of the payouts, or sends them back."""

    def work(at):
        versions = PayoutAgreement.objects.filter(host=known.host).count()
        found = forecast.calculate(known.scope, now=at)
        assert PayoutAgreement.objects.filter(host=known.host).count() == versions, "reading never writes"
        if found is not None and found.payout is not None:
            assert bridge.remainder(found.payout) == 0
        cycle.close_due(now=at)
        approval.repeat_due(now=at)
        by_processor.send_due(now=at)
        for payout in Payout.objects.filter(host=known.host, state="in_transit").order_by("number"):
            _arrives(payout, next(fates, "paid"), at=at)

    return work


def _arrives(payout, fate, *, at):
    if fate != "fails":
        simulated.advance_clock(timedelta(days=4))
        assert by_processor.refresh(payout.pk, now=at).state == "paid"
    if fate != "paid":
        simulated.fail_payout(payout.processor_ref, code="could_not_process")
        assert by_processor.refresh(payout.pk, now=at).state in ("failed", "returned")


def _has_the_terms(known, agreed):
    by_people = PayoutAgreement.objects.filter(host=known.host).exclude(made_by="standard terms")
    assert [one.platform_fee_pct for one in by_people.order_by("valid_from")] == [one.pct for one in agreed]
    assert not PayoutAgreement.objects.filter(host=known.host, state="replaced").exists()
    for payout in Payout.objects.filter(host=known.host).select_related("agreement"):
        last = payout.ends_at - timedelta(days=1)
        begun = [one for one in agreed if MONTHS[one.month] <= last]
        assert payout.agreement.platform_fee_pct == (begun[-1].pct if begun else 0)


def _is_whole(known):
    """What is owed is in one payout, or waits by a reason; what payouts took is what they moved."""
    owed = Posting.objects.filter(account__host=known.host, account__code=Code.HOST_PAYABLE)
    owed = owed.exclude(entry__kind__in=ON_THE_WAY)
    payouts = Payout.objects.filter(host=known.host)
    allocated = PayoutAllocation.objects.filter(payout__in=payouts).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    waiting = sum(one.amount_minor for one in allocation.pending(known.scope, own_places=set(), until=LATER))
    credited = owed.aggregate(sum=Sum(ledger.CREDITED))["sum"] or 0
    taken = [one for one in owed.values_list("allocation__payout", flat=True) if one]

    assert credited == allocated + waiting
    assert len(taken) == PayoutAllocation.objects.filter(posting__in=owed).count()
    assert allocated == sum(one.moved_minor for one in payouts)
    for payout in payouts:
        assert bridge.remainder(payout) == 0
        assert sum(row["amount_minor"] for row in wording.rows(payout)) == bridge.paid_minor(payout)


def _was_paid_once(known, at_processor):
    """What is not owed any more is at the host's bank, once; what failed and was not repeated is owed."""
    moved = sum(one.moved_minor for one in Payout.objects.filter(host=known.host))
    waiting = sum(one.amount_minor for one in allocation.pending(known.scope, own_places=set(), until=LATER))
    arrived = sum(
        one.amount_minor for one in SimulatedPayout.objects.filter(account__ref=at_processor.ref, state="paid")
    )
    paid = sum(one.amount_minor for one in Payout.objects.filter(host=known.host, state="paid"))

    assert arrived == paid
    assert -ledger.balance(known.host, Code.HOST_PAYABLE, currency="USD") == moved + waiting - paid


def _pays_what_a_month_earned(known, sold):
    """A payout of months in which nothing was late pays what these months earned."""
    for payout in Payout.objects.filter(host=known.host, reissues=None):
        begins = max(payout.begins_at, MONTHS[0])
        months = [(since, until) for since, until in itertools.pairwise(MONTHS) if begins <= since < payout.ends_at]
        if months and all(_is_clean(known, sold, *month) for month in months) and begins in MONTHS:
            told = [figures.of_host(known.host, currency="USD", since=one, until=other) for one, other in months]
            assert payout.moved_minor == sum(one.earned_minor for one in told)


def _is_clean(known, sold, since, until):
    """Whatever happens to a session that touches the month happens in it, and nothing stays open."""
    for one in sold:
        inside = [since <= at < until for at, _ in _of_sale(known, one)]
        if any(inside) and not (all(inside) and one.late is not None and one.contested != "open"):
            return False
    return True


def _agrees_everywhere(known):
    """Dashboard, statement and API say the same of each month, and all months come to the payouts and what waits."""
    owner = User.objects.create_user(f"{known.host.slug}@example.com", "x")
    owner.memberships.create(host=known.host, role="owner")
    earned = 0
    for since, until in itertools.pairwise([*MONTHS, *AFTER]):
        told = figures.of_host(known.host, currency="USD", since=since, until=until)
        month = statements.month(known.host, currency="USD", begins=since.date())
        period = ReportingPeriod(code="30d", begins_at=since, ends_at=until)
        shown = dashboard.money(Seen(viewer=owner, zone="UTC", period=period), now=until)
        earned += told.earned_minor
        assert {one.figures.earned_minor for one in shown} in ({told.earned_minor}, set())
        assert sum(minor for _, minor in figures.parts(told)) == told.earned_minor
        assert FiguresSerializer(told).data["earned_minor"] == told.earned_minor
        if month is not None:
            assert month.moved_minor == told.earned_minor + told.fees_elsewhere_minor - told.paid_out_minor
            assert month.figures == told
    waiting = allocation.pending(known.scope, own_places=set(), until=LATER)
    moved = sum(one.moved_minor for one in Payout.objects.filter(host=known.host))
    assert earned == moved + sum(one.amount_minor for one in waiting)
