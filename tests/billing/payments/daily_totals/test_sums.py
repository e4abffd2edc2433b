"""Sums by day: pages read the same with them as from the rows, whatever comes late or is corrected."""

import random
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from authorization.models import AccessGrant, Decision, Membership, User
from backoffice.portal.dashboard import dashboard
from billing import access
from billing.models import ChangedDay, DayOfBooks, DayOfSessions, DayOfStarts, Rating, Session, SummedDays
from billing.payments.books import figures, session_totals
from billing.payments.daily_totals import sums
from billing.payouts.bank_lines import differences
from billing.sessions.trends.trends import Scope
from chargers.lib import ids
from chargers.models import Transaction
from chargers.text.reporting_periods import ReportingPeriod
from tests.kit.payouts import NEVER, books

pytestmark = pytest.mark.django_db
_MINUTE = timedelta(minutes=1)
_BEGIN, _END = datetime(2026, 1, 20, tzinfo=UTC), datetime(2026, 3, 10, tzinfo=UTC)


def sell(known, dice, *, at):
    """A sale with or without a payment, a refund, a price, a register, an employer; and the attempt before it."""
    session = known.sale(dice.randint(100, 9000), tax=dice.randint(0, 90), at=at, paid_at=dice.choice((None, NEVER)))
    if dice.random() < 0.3:
        known.refund(session, dice.randint(1, 90), tax=dice.randint(0, 9), at=at + dice.randint(0, 5000) * _MINUTE)
    changed = {"audience": dice.choice(("guest", "reimbursement"))}
    if dice.random() < 0.5:
        changed["transaction"] = Transaction.objects.create(
            charger=known.charger,
            transaction_id=uuid.uuid4().hex,
            ocpp_version="1.6",
            started_at=at,
            start_received_at=at,
            meter_start_wh=0,
            meter_stop_wh=dice.randint(0, 50_000),
        )
    Session.objects.filter(pk=session.pk).update(**changed)
    if dice.random() < 0.7:
        rate(session, dice, at=at)
    for kind, verdict in (("start", dice.choice(("accepted", "refused"))), ("authorize", "accepted")):
        Decision.objects.create(
            id=ids.generate(now=at),
            at=at,
            event_at=at,
            kind=kind,
            host=known.host,
            charger=known.charger,
            verdict=verdict,
            status_16="",
            status_2x="",
            trace=[],
        )
    return session


def rate(session, dice, *, at):
    minor = dice.randint(1, 5000)
    return Rating.objects.create(
        session=session,
        kind="final",
        engine_version="1",
        inputs={},
        report={},
        currency=dice.choice(("USD", "EUR")),
        total_minor=minor,
        net_minor=minor,
        tax_minor=0,
        energy_wh=dice.randint(0, 50_000),
        created_at=at,
    )


def correct(known, dice):
    """What settlement, corrections, late stops and deletions do to sessions that were settled long ago."""
    session = dice.choice(list(Session.objects.order_by("pk")))
    match dice.randint(0, 3):
        case 0:
            session.ratings.filter(kind="final").update(kind="replaced")
            rate(session, dice, at=session.settled_at)
        case 1:
            Transaction.objects.filter(session=session).update(meter_stop_wh=dice.randint(0, 90_000))
        case 2:
            Session.objects.filter(pk=session.pk).update(
                settled_at=session.settled_at - dice.randint(1, 4000) * _MINUTE
            )
        case 3:
            Decision.objects.filter(pk=Decision.objects.order_by("?").values("pk")[:1]).delete()


def seen(viewer, *, since, until, zone="America/New_York"):
    """Everything that a dashboard, a statement or a report takes from sums of days."""
    scope = Scope(viewer=viewer, zone=zone, period=ReportingPeriod(code="30d", begins_at=since, ends_at=until))
    return (
        figures.of_viewer(viewer, since=since, until=until),
        dashboard.money(scope, now=until),
        dashboard.home(scope),
        dashboard.use(scope).energy_wh,
        dashboard.count_starts(scope),
        session_totals.of_viewer(viewer, now=_END + timedelta(days=9)),
    )


@pytest.mark.long
def test_a_random_month_reads_the_same_from_sums_as_from_the_rows():
    dice = random.Random(17)
    known, other = books("sunset"), books("other")
    owner = User.objects.create_user("owner@example.com", "a-long-password", email_confirmed_at=_BEGIN)
    Membership.objects.create(user=owner, host=known.host, role="owner")
    outsider = User.objects.create_user("outsider@example.com", "a-long-password", email_confirmed_at=_BEGIN)
    Membership.objects.create(user=outsider, host=other.host, role="owner")
    AccessGrant.objects.create(
        user=outsider,
        host=known.host,
        property=known.place,
        role="finance",
        granted_at=_BEGIN,
        ends_at=datetime.now(tz=UTC) + timedelta(days=1),
    )
    agent = User.objects.create_user("agent@example.com", "a-long-password", is_agent=True)
    for number, known_at in enumerate((_BEGIN + timedelta(days=30), _END, _END + timedelta(days=2))):
        for _ in range(12):  # also days that are summed already: late ones
            at = _BEGIN + dice.random() * (known_at - _BEGIN)
            sell(dice.choice((known, other)), dice, at=at)
            correct(known, dice)
        if number:
            assert ChangedDay.objects.exists()  # the notes are read before they are taken up
        for looks in range(2):
            compare((owner, outsider, agent), dice)
            if not looks:
                sums.refresh(now=known_at)
                assert sums.differing(since=_BEGIN.date()) == []
    assert all(table.objects.exists() for table in (DayOfBooks, DayOfSessions, DayOfStarts))


def compare(viewers, dice):
    spans = [sorted(_BEGIN + dice.random() * (_END - _BEGIN) for _ in range(2)) for _ in range(2)]
    for since, until in (*spans, (_BEGIN, _END)):
        for viewer in viewers:
            sessions = access.sessions(viewer)
            known = (session_totals.calculate(sessions), session_totals.count_unpriced(sessions))
            assert known == session_totals.of_viewer(viewer, now=_END + timedelta(days=9))
        by_sums = [seen(viewer, since=since, until=until) for viewer in viewers]
        kept = list(SummedDays.objects.all())
        SummedDays.objects.all().delete()  # nothing is summed: everything is read from the rows
        assert by_sums == [seen(viewer, since=since, until=until) for viewer in viewers]
        SummedDays.objects.bulk_create(kept)


def test_a_sum_that_is_wrong_is_a_difference_until_it_is_made_again():
    known = books()
    session = known.sale(1190, tax=190, at=_BEGIN)
    rate(session, random.Random(1), at=_BEGIN)
    now = _BEGIN + timedelta(days=20)
    sums.refresh(now=now)
    assert SummedDays.objects.count() == 3
    assert not [one for one in differences.find(now=now) if one.kind == "day_sums_differ"]
    DayOfBooks.objects.filter(source_type="receipt").update(moved_minor=1)
    DayOfSessions.objects.update(energy_wh=1)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM billing_changedday")
    found = [one for one in differences.find(now=now) if one.kind == "day_sums_differ"]
    assert [(one.host, one.since) for one in found] == [(known.host, _BEGIN)] * 2
    assert "20 January 2026" in found[0].sentence
    sums.rebuild(now=now)
    assert not sums.differing(since=_BEGIN.date())
