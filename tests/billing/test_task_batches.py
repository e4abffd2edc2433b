"""Work for many rows: one bad row ends neither the round nor the protection of those after it."""

from datetime import UTC, datetime, timedelta

import pytest

from billing import tasks
from billing.models import Hold, OutgoingMail, ProcessorEvent, Session
from billing.payments.processors.protocol import OutcomeUnknownError
from billing.processor_events import processor_events
from billing.sessions.documents import outbox
from billing.sessions.holds import holds
from billing.sessions.lifecycle import lifecycle
from billing.sessions.processor_reports import disputes
from billing.sessions.settlement import settle
from chargers.lib import batch
from chargers.models import Charger, Command, Evse
from tests.billing.conftest import minutes
from tests.kit.ordered import now, ordered, paid
from tests.kit.settled import settled


def fails_for(first, work):
    """As `work`, except that it raises for the first key or row that it meets."""
    met = []

    def job(row, *args, **fields):
        met.append(getattr(row, "pk", row))
        if met[0] == met[-1] or met[-1] == first:
            raise RuntimeError("one bad row")
        return work(row, *args, **fields)

    return job


def two_paid(site):
    site.rate("guest")
    first = paid(site)
    order = lifecycle.GuestOrder(charger=site.charger, evse_number=2)
    second = lifecycle.open_for_guest(order, now=now())
    holds.authorize(holds.open_hold(second, amount_minor=4000, now=now()), card="4242424242424242", now=now())
    return first, second


def test_a_hold_that_cannot_be_priced_leaves_the_others_guarded(site, monkeypatch):
    broken, good = two_paid(site)
    for session, evse in ((broken, 1), (good, 2)):
        row = site.transaction(id_token=session.id_token, evse_number=evse, at=now() - timedelta(hours=9))
        site.begin(row, site.decision(granted_by="start_ordered", token=None))
        site.reading(row, 1000 + 92_500, at=now() - timedelta(minutes=1))
    Charger.objects.filter(pk=site.charger.pk).update(connection_id="7c9e6679-7425-40de-944b-e07fc1f90ae7")
    cost = lifecycle.running_cost

    def priced(session, **fields):
        if session.pk == broken.pk:
            raise RuntimeError("one bad row")
        return cost(session, **fields)

    monkeypatch.setattr(lifecycle, "running_cost", priced)

    assert tasks.stop_before_holds_are_used_up() == 1
    assert Command.objects.get().action == "RemoteStopTransaction"


def test_a_session_that_cannot_be_given_up_leaves_the_others_to_end(site, monkeypatch):
    for session in two_paid(site):
        ordered(site, session)
    monkeypatch.setattr(settle, "fail", fails_for(None, settle.fail))

    assert tasks.give_up_waiting_sessions() == 1
    assert Session.objects.filter(state="failed").count() == 1


def test_a_missing_session_that_cannot_begin_leaves_the_others_to_begin(site, monkeypatch):
    site.rate("member")
    for evse in (1, 2):
        site.transaction(evse_number=evse, at=now() - timedelta(minutes=5), decision_id=site.decision().pk)
    monkeypatch.setattr(lifecycle, "begin", fails_for(None, lifecycle.begin))

    assert tasks.begin_missing_sessions() == 1


@pytest.mark.parametrize("what", ["release", "check"])
def test_a_hold_that_cannot_be_resolved_leaves_the_others_to_be_resolved(site, monkeypatch, what):
    for session in two_paid(site):
        if what == "release":
            Session.objects.filter(pk=session.pk).update(state="failed")
        else:
            Hold.objects.filter(session=session).update(state="unknown", doubtful_operation="authorize")
    monkeypatch.setattr(holds, what, fails_for(None, getattr(holds, what)))

    assert settle.resolve_holds(now=now() + timedelta(minutes=1)) == 1


def test_a_dispute_that_cannot_be_looked_up_does_not_stop_the_reconciliation(monkeypatch):
    def unanswered(*_args, **_fields):
        raise OutcomeUnknownError("Timed out.")

    monkeypatch.setattr(disputes, "sync_from_processor", unanswered)
    monkeypatch.setattr(batch, "_select_round_keys", lambda *_args, **_fields: [1, 2])

    assert disputes.learn_open(now=minutes(0)) == 0


def test_a_letter_that_cannot_be_written_is_tried_a_few_times_and_keeps_no_other_waiting(site):
    bad = outbox.queue(settled(site), address="bad@example.com", language="en", now=minutes(0))
    good = outbox.queue(bad.receipt, address="good@example.com", language="en", now=minutes(1))
    tries = []

    def send(outgoing):
        if outgoing.pk == bad.pk:
            tries.append(outgoing)
            raise ValueError("no such template")

    assert outbox.send_due(send, now=minutes(1)) == 1
    for day in range(30):
        outbox.send_due(send, now=minutes(2) + timedelta(days=day))

    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, bad.failure) == ("given_up", "It could not be written: ValueError: no such template")
    assert (len(tries), good.state) == (8, "sent")


def test_a_letter_whose_worker_dies_every_time_is_given_up(site):
    outgoing = outbox.queue(settled(site), address="kim@example.com", language="en", now=minutes(0))

    def killed(_letter):
        raise SystemExit

    for day in range(8):
        with pytest.raises(SystemExit):
            outbox.send_due(killed, now=minutes(0) + timedelta(days=day))
    outbox.send_due(killed, now=minutes(0) + timedelta(days=8))

    assert OutgoingMail.objects.get(pk=outgoing.pk).state == "given_up"
    assert OutgoingMail.objects.get(pk=outgoing.pk).failure == "Every attempt to send it was cut off before it ended."


def test_webhooks_that_fail_for_ever_do_not_keep_new_ones_waiting(db, monkeypatch):
    def unanswered(*_args, **_fields):
        raise OutcomeUnknownError("Timed out.")

    for number in range(201):
        ProcessorEvent.objects.create(
            processor="simulated",
            event_id=f"evt_{number}",
            kind="x",
            processor_ref="dp_1",
            raw="{}",
            received_at=now(),
            subject="payment" if number == 200 else "dispute",
        )
    monkeypatch.setattr(disputes, "sync_from_processor", unanswered)
    at = datetime(2026, 3, 10, tzinfo=UTC)

    assert processor_events.handle_stored(now=at) == 0
    assert processor_events.handle_stored(now=at + timedelta(seconds=1)) == 1

    failed = ProcessorEvent.objects.filter(handled_at=None)
    assert failed.count() == 200
    assert {(one.tries, one.due_at) for one in failed} == {(1, at + timedelta(seconds=5))}
    processor_events.handle_stored(now=at + timedelta(minutes=1))
    assert failed.get(event_id="evt_0").due_at == at + timedelta(minutes=1, seconds=10)


def test_rows_that_fail_for_ever_take_turns_with_the_others(site):
    for number in range(3, 8):
        Evse.objects.create(charger=site.charger, number=number)
    keys = list(Evse.objects.order_by("pk").values_list("pk", flat=True))
    met = []

    def job(pk):
        met.append(pk)
        if pk in keys[:3]:
            raise RuntimeError("one bad row")

    for _ in range(4):
        batch.run_for_rows(Evse.objects.all(), job, limit=3)

    assert met == [*keys, *keys[:5]]
