"""What beat does: each task may come twice, late or beside itself."""

import uuid
from datetime import timedelta

from celery import current_app
from django.conf import settings

from billing import tasks
from billing.models import Receipt, Session
from chargers.models import Charger, Command
from tests.billing.conftest import minutes
from tests.kit.ordered import now, ordered, paid


def test_it_schedules_tasks_that_exist():
    current_app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    given_out = {"billing.tasks.push_to_partner", "billing.tasks.send_push_message"}  # one for each partner, message
    assert {name for name in scheduled if name.startswith("billing.")} | given_out == {
        name for name in current_app.tasks if name.startswith("billing.")
    }


def test_it_gives_up_a_start_that_was_sent_to_an_offline_charger(site):
    site.rate("guest")
    session = paid(site)
    ordered(site, session)

    assert tasks.give_up_waiting_sessions() == 1
    assert tasks.give_up_waiting_sessions() == 0

    session.refresh_from_db()
    assert session.state == "failed"
    assert session.state_reason == "Charging could not be started. The charger is offline: nothing was sent."
    assert session.holds.get().state == "voided"


def test_it_waits_for_a_start_that_the_charger_accepted(site):
    site.rate("guest")
    session = paid(site)
    command = ordered(site, session)
    Command.objects.filter(pk=command.pk).update(state="accepted")

    assert tasks.give_up_waiting_sessions() == 0

    session.refresh_from_db()
    assert session.state == "waiting"


def test_it_prices_settles_and_leaves_nothing_open(site):
    site.rate("member")
    row = site.transaction(at=now() - timedelta(hours=1))
    site.begin(row)
    site.stop(row, 6000, at=now() - timedelta(minutes=1), reason="EVDisconnected")

    assert tasks.price_what_stopped() == 1
    assert tasks.settle_due_sessions() == 1
    assert tasks.price_what_stopped() == tasks.settle_due_sessions() == tasks.resolve_holds() == 0

    assert Receipt.objects.get().rating.total_minor == 300


def test_it_does_not_let_one_broken_session_keep_the_others_waiting(site):
    broken_rate = site.rate("member")
    first = site.begin(site.transaction(at=minutes(0)))
    type(broken_rate).objects.filter(pk=broken_rate.pk).update(definition={"energy": "nonsense"})
    site.stop(first.transaction, 6000, at=minutes(60), reason="EVDisconnected")
    site.rate("roaming", slug="good")
    second = site.begin(site.transaction(at=minutes(100)), site.decision(granted_by="live_validation"))
    site.stop(second.transaction, 6000, at=minutes(160), reason="EVDisconnected")

    tasks.price_what_stopped()
    tasks.settle_due_sessions()

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("stopped", "settled")


def test_it_begins_sessions_that_billing_missed(site):
    site.rate("member")
    decision = site.decision()
    row = site.transaction(at=now() - timedelta(minutes=5), decision_id=decision.pk)
    refused = site.decision()
    type(refused).objects.filter(pk=refused.pk).update(verdict="refused")
    site.transaction(at=now() - timedelta(minutes=4), decision_id=refused.pk)

    assert tasks.begin_missing_sessions() == 1
    assert tasks.begin_missing_sessions() == 0

    assert Session.objects.get().transaction == row


def test_it_prices_a_transaction_that_had_stopped_before_its_session_began(site):
    site.rate("member")
    row = site.transaction(at=now() - timedelta(hours=1))
    site.stop(row, 6000, at=now(), reason="EVDisconnected")
    site.begin(row)

    tasks.price_what_stopped()

    assert Session.objects.get().state == "stopped"
    assert Session.objects.get().ratings.get().total_minor == 300


def test_it_stops_a_guest_before_the_hold_is_used_up(site):
    site.rate("guest")
    session = paid(site)  # 40.00 are held: 95 % are 38.00, which is 92.5 kWh and the connection fee
    row = site.transaction(id_token=session.id_token, at=now() - timedelta(hours=9))
    site.begin(row, site.decision(granted_by="start_ordered", token=None))
    Charger.objects.filter(pk=site.charger.pk).update(connection_id=uuid.uuid4())
    site.reading(row, 1000 + 92_000, at=now() - timedelta(minutes=2))
    assert tasks.stop_before_holds_are_used_up() == 0

    site.reading(row, 1000 + 92_500, at=now() - timedelta(minutes=1))

    assert tasks.stop_before_holds_are_used_up() == 1
    assert tasks.stop_before_holds_are_used_up() == 0
    command = Command.objects.get()
    assert (command.action, command.origin, command.state) == ("RemoteStopTransaction", "system", "queued")


def test_it_closes_silent_sessions(site):
    site.rate("member")
    row = site.transaction(at=now() - timedelta(hours=6))
    site.begin(row)
    site.reading(row, 3500, at=now() - timedelta(hours=5))
    Charger.objects.filter(pk=site.charger.pk).update(last_message_at=now() - timedelta(hours=5))

    assert tasks.close_silent_sessions() == 1
    assert tasks.close_silent_sessions() == 0

    assert Session.objects.get().state == "stopped"
