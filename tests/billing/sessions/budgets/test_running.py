"""Running sessions whose budget is used up: stopped where the host chose so, and nowhere else."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from authorization.insight import stops
from authorization.models import TokenGroup
from billing import tasks
from billing.models import Session
from billing.sessions.budgets import running
from chargers.models import Command, Transaction
from tests.kit import budgets as kit
from tests.kit import charging
from tests.kit.budgets import MARCH
from tests.kit.tools import connect

UID = "04A1B2C3D4"
HOUR = timedelta(hours=1)


def must_stop(*, now=MARCH + HOUR):
    return [running.must_stop(session, now=now) for session in running.list_limited()]


def test_a_session_goes_on_unless_the_host_chose_that_it_ends(world):
    budget = kit.limit(world.member, kwh=5)
    kit.run(world.charger, UID, wh=6000)
    assert must_stop() == []

    budget.stops_sessions = True
    budget.save()

    assert must_stop() == [True]


@pytest.mark.parametrize(("wh", "stops_it"), [(4999, False), (5000, True)])
def test_it_stops_at_the_limit(world, wh, stops_it):
    kit.limit(world.member, kwh=5, stops_sessions=True)
    kit.run(world.charger, UID, wh=wh)

    assert must_stop() == [stops_it]


def test_money_counts_as_it_runs(world):
    kit.price(world.host, world.site)
    kit.limit(world.group, limit_minor=340, currency="USD", scope="group", stops_sessions=True)
    row = kit.run(world.charger, UID, wh=5900)
    assert must_stop() == [False]

    charging.read(row, 1000 + 6000, at=MARCH + HOUR * 1.5)

    assert must_stop(now=MARCH + 2 * HOUR) == [True]


def test_a_group_with_something_left_keeps_the_session_going(world):
    kit.limit(world.group, kwh=5, stops_sessions=True)
    staff = TokenGroup.objects.create(host=world.host, slug="staff", name="Staff")
    staff.properties.add(world.site)
    world.member.groups.add(staff)
    kit.run(world.charger, UID, wh=6000)
    assert must_stop() == [False], "staff has no budget"

    later = kit.limit(staff, kwh=6)
    assert must_stop() == [False], "staff's budget ends no session"

    later.stops_sessions = True
    later.save()
    assert must_stop() == [True]


def test_a_session_over_midnight_uses_the_budget_of_the_month_in_which_it_began(world):
    kit.limit(world.member, kwh=5, stops_sessions=True)
    kit.use(world.charger, UID, wh=4000, at=MARCH)
    before_midnight = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)  # 23:00 of 31 March in New York
    kit.run(world.charger, UID, wh=1500, at=before_midnight)

    assert must_stop(now=before_midnight + 2 * HOUR) == [True]


def test_beat_compares_them_every_half_minute():
    entry = settings.CELERY_BEAT_SCHEDULE["stop-at-used-up-budgets"]
    assert (entry["task"], entry["schedule"]) == (tasks.stop_at_used_up_budgets.name, 30.0)


def test_the_task_orders_the_stop_once_and_the_records_say_why(world):
    connect()
    kit.limit(world.member, kwh=5, stops_sessions=True)
    row = kit.run(world.charger, UID, wh=6000, at=kit.this_month() - timedelta(minutes=5))

    assert tasks.stop_at_used_up_budgets() == 1
    assert tasks.stop_at_used_up_budgets() == 0

    command = Command.objects.get(action="RemoteStopTransaction")
    assert (command.origin, command.payload) == ("system:budget", {"transactionId": int(row.transaction_id)})
    Command.objects.update(sent_at=command.created_at, state="accepted")
    charging.finish(row, wh=6000, at=command.created_at + timedelta(seconds=5), reason="Remote")
    stop = stops.explain(Transaction.objects.select_related("charger__property").get(pk=row.pk))
    assert stop.sentence == "We told the charger to stop: the month's budget of the card was used up."
    assert tasks.stop_at_used_up_budgets() == 0
    assert Session.objects.get().state == "settled"


def test_without_such_a_budget_the_task_asks_one_question(world, django_assert_num_queries):
    kit.limit(world.member, kwh=5)
    kit.run(world.charger, UID, wh=6000)

    with django_assert_num_queries(1):
        assert tasks.stop_at_used_up_budgets() == 0
