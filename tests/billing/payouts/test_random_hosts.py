"""Hosts that join, change their terms and leave in any month: all figures agree, no cent is lost or paid twice."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st

from authorization.models import User
from billing.api.statements import FiguresSerializer
from billing.books import figures, ledger, statements
from billing.books.ledger import Code
from billing.models import Payout, PayoutAgreement, PayoutAllocation, Posting
from billing.overview import dashboard
from billing.overview.trends import Scope as Seen
from billing.payouts import allocation, bridge, cycle, forecast, wording
from chargers.text.reporting_periods import ReportingPeriod
from tests.kit.payouts import NEVER, books

pytestmark = pytest.mark.django_db
MONTHS = [datetime(2026, number, 1, tzinfo=UTC) for number in range(1, 8)]
ENDS = MONTHS[-1]
AFTER = [datetime(2026, number, 1, tzinfo=UTC) for number in (8, 9)]
"""Money that is late, and refunds of it."""
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Sale:
    """`day` counts from the first of January; money comes `late` days after, never where that is None."""

    day: int
    gross: int
    fee: int
    late: int | None
    refund: int


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
)  # fmt: skip
terms = st.builds(
    Terms, month=st.integers(0, 5), pct=st.integers(0, 30),
    processing=st.sampled_from(["included", "actual", "agreed"]), subscription=st.sampled_from([0, 0, 290]),
)  # fmt: skip
hosts = st.tuples(
    st.lists(sales, max_size=8).map(lambda found: sorted(found, key=lambda one: one.day)),
    st.lists(terms, max_size=3, unique_by=lambda one: one.month).map(
        lambda found: sorted(found, key=lambda one: one.month)
    ),
    st.integers(0, 175),
)


@settings(max_examples=12)
@given(host=hosts)
def test_random_hosts_that_join_change_terms_and_leave_keep_every_cent(host):
    with transaction.atomic():
        _play(*host)
        transaction.set_rollback(True)


def _play(sold, agreed, leaves):
    known = books(f"h{next(_numbers)}")
    known.bank(at=MONTHS[0] - timedelta(days=10))
    happens = [(at, act) for one in sold if one.day <= leaves for at, act in _of_sale(known, one)]
    happens += [(MONTHS[one.month] - timedelta(seconds=1), _agree(known, one)) for one in agreed]
    happens += [(MONTHS[0] + timedelta(days=day, hours=1), _look(known)) for day in range(0, 181, 15)]
    for at, act in sorted(happens, key=lambda pair: pair[0]):
        act(at)
    cycle.close_due(now=ENDS + timedelta(days=5))
    _has_the_terms(known, agreed)
    _is_whole(known)
    _agrees_everywhere(known)


def _of_sale(known, one):
    """Refunds of parts come a day after the money."""
    at, made = MONTHS[0] + timedelta(days=one.day, hours=2), []
    yield at, lambda at: made.append(known.sale(one.gross, at=at, paid_at=NEVER))
    if one.late is None:
        return
    paid_at = at + timedelta(days=one.late, minutes=5)
    yield paid_at, lambda at: known.pay(made[0], one.gross, at=at, fee=one.fee)
    for number in range(one.refund):
        yield paid_at + timedelta(days=1, minutes=number), lambda at: known.refund(made[0], one.gross // 5, at=at)


def _agree(known, one):
    return lambda at: known.agree(
        valid_from=at + timedelta(seconds=1), platform_fee_pct=Decimal(one.pct), processing=one.processing,
        processing_pct=Decimal("1.5"), processing_fixed_minor=25, subscription_minor=one.subscription, delay_days=2,
    )  # fmt: skip


def _look(known):
    """As pages and beat do, at any moment."""

    def look(at):
        versions = PayoutAgreement.objects.filter(host=known.host).count()
        found = forecast.of(known.scope, now=at)
        assert PayoutAgreement.objects.filter(host=known.host).count() == versions, "reading never writes"
        if found is not None and found.payout is not None:
            assert bridge.remainder(found.payout) == 0
        cycle.close_due(now=at)

    return look


def _has_the_terms(known, agreed):
    by_people = PayoutAgreement.objects.filter(host=known.host).exclude(made_by="standard terms")
    assert [one.platform_fee_pct for one in by_people.order_by("valid_from")] == [one.pct for one in agreed]
    assert not PayoutAgreement.objects.filter(host=known.host, state="replaced").exists()
    for payout in Payout.objects.filter(host=known.host).select_related("agreement"):
        last = payout.ends_at - timedelta(days=1)
        begun = [one for one in agreed if MONTHS[one.month] <= last]
        assert payout.agreement.platform_fee_pct == (begun[-1].pct if begun else 0)


def _is_whole(known):
    """What is owed is in one payout, or waits by a reason; what was paid and carried is what payouts consist of."""
    owed = Posting.objects.filter(account__host=known.host, account__code=Code.HOST_PAYABLE)
    payouts = Payout.objects.filter(host=known.host)
    allocated = PayoutAllocation.objects.filter(payout__in=payouts).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    waiting = sum(one.amount_minor for one in allocation.pending(known.scope, own_places=set(), until=ENDS))
    credited = owed.aggregate(sum=Sum(ledger.CREDITED))["sum"] or 0
    taken = [one for one in owed.values_list("allocation__payout", flat=True) if one]

    assert credited == allocated + waiting
    assert len(taken) == PayoutAllocation.objects.filter(posting__in=owed).count()
    assert allocated == sum(one.moved_minor for one in payouts)
    carried = sum(one.carried_minor - one.opening_minor for one in payouts)
    assert allocated == sum(one.amount_minor for one in payouts) + carried
    for payout in payouts:
        assert bridge.remainder(payout) == 0
        assert sum(row["amount_minor"] for row in wording.rows(payout)) == bridge.paid_minor(payout)


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
    waiting = allocation.pending(known.scope, own_places=set(), until=ENDS)
    moved = sum(one.moved_minor for one in Payout.objects.filter(host=known.host))
    assert earned == moved + sum(one.amount_minor for one in waiting)
