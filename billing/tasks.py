"""Periodic tasks of billing. Every task may run twice, late or concurrently."""

import logging
import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
from celery import shared_task
from django.conf import settings
from django.db.models import Q, Sum

from authorization.decide.facts import Kind
from authorization.models import Decision
from billing import mail
from billing.models import Hold, Override, Session, SimulatedDelivery
from billing.payments.books import postings
from billing.payments.daily_totals import sums
from billing.payments.processors import simulated
from billing.payments.webhooks import deliveries
from billing.payouts.bank_lines import matching
from billing.payouts.cycle import approval, cycle
from billing.payouts.payees import processor_accounts
from billing.payouts.sending import by_processor
from billing.payouts.statements import closing, files
from billing.pricing.rehearsals import rehearsals
from billing.processor_events import processor_events
from billing.roaming.exchange_journal import journal as exchange_journal
from billing.roaming.pushes import pushing, upkeep
from billing.roaming.sessions import publishing as roaming_sessions
from billing.sentences import catalogue
from billing.sentences.sessions import SessionCode
from billing.sessions.arrivals import messages
from billing.sessions.budgets import running as budgeted_sessions
from billing.sessions.companions import links as companion_links
from billing.sessions.documents import outbox
from billing.sessions.drivers import payment_cards
from billing.sessions.folios import folios
from billing.sessions.holds import hold_limit, holds
from billing.sessions.lifecycle import idle_notices, lifecycle, overrides, retention
from billing.sessions.plans import changes, subscriptions
from billing.sessions.plans.acts import driver_accounts
from billing.sessions.processor_reports import disputes, reconciliation
from billing.sessions.push import encryption as push_encryption
from billing.sessions.push import messages as push_messages
from billing.sessions.push import sending as push_sending
from billing.sessions.push import subscriptions as push_subscriptions
from billing.sessions.refunds import refunds
from billing.sessions.scheduled_reports import scheduled_reports
from billing.sessions.settlement import correction, goodwill, late_stops, settle, unclaimed
from billing.sessions.starting import ordering
from billing.sessions.waiting_list import mails as waiting_mails
from chargers.commands import queue
from chargers.lib import batch, ids
from chargers.models import Command, Transaction
from chargers.sentences import stored
from chargers.sentences.stored import Sentences

logger = logging.getLogger(__name__)

_DELIVERY_TIMEOUT_S = 5.0
_TRY_AGAIN_AFTER = timedelta(seconds=20)
_MISSING_SINCE = timedelta(days=1)
_NEWEST_TRANSACTIONS = 2000
_WARN_AT_PCT = 80
_STOP_AT_PCT = 95
_STOP_AGAIN_AFTER = timedelta(minutes=2)
_REFUSED = (Command.State.REJECTED, Command.State.NOT_SUPPORTED, Command.State.ERROR, Command.State.OFFLINE)


@shared_task
def price_what_stopped() -> int:
    """Makes provisional prices, seconds after the stop."""
    return settle.catch_up(now=datetime.now(tz=UTC))


@shared_task
def settle_due_sessions() -> int:
    """Makes final prices and captures the money, once the plug is out."""
    return settle.settle_due(now=datetime.now(tz=UTC))


@shared_task
def write_stay_messages() -> int:
    """Writes messages to guests of bookings who arrive soon."""
    return messages.write_due(now=datetime.now(tz=UTC))


@shared_task
def send_stay_messages() -> int:
    """Sends the written messages, by the property system or by mail."""
    return messages.send_due(now=datetime.now(tz=UTC))


@shared_task
def notify_waiting_guests() -> int:
    """Notifies waiting guests that their charger is free."""
    return waiting_mails.notify_due(now=datetime.now(tz=UTC))


@shared_task
def post_folio_charges() -> int:
    """Posts the cost of sessions of stays to the bills of their bookings."""
    return folios.post_due(now=datetime.now(tz=UTC))


@shared_task
def sum_days() -> int:
    """Sums finished days, and those that have changed since."""
    return sums.refresh(now=datetime.now(tz=UTC))


@shared_task
def publish_roaming() -> int:
    """Publishes what roaming partners are to have.

    Each partner with waiting objects is pushed to by its own task, so that one that does not answer delays no other.
    """
    now = datetime.now(tz=UTC)
    published_count = upkeep.publish(now=now)
    for connection_pk in pushing.due(now=now):
        push_to_partner.delay(connection_pk)
    return published_count


@shared_task
def push_to_partner(connection_pk: int) -> int:
    """Pushes what waits for one roaming partner."""
    return pushing.run(connection_pk, now=datetime.now(tz=UTC))


@shared_task
def look_over_roaming() -> int:
    """Publishes running sessions, changes caused by time alone, and what was never sent."""
    roaming_sessions.note_running()
    return upkeep.reconcile_all(now=datetime.now(tz=UTC))


@shared_task
def prune_exchanges() -> int:
    """Deletes exchanges with roaming partners after the retention period of messages."""
    return exchange_journal.prune(now=datetime.now(tz=UTC))


@shared_task
def close_payouts() -> int:
    """Closes every period that is over and whose delay has passed."""
    return cycle.close_due(now=datetime.now(tz=UTC))


@shared_task
def match_bank_lines() -> int:
    """Matches recent unexplained bank lines again: their payout may have become known since."""
    return matching.run_all(now=datetime.now(tz=UTC))


@shared_task
def send_payouts() -> int:
    """Sends approved payouts and checks pending ones, after finishing bank changes and retrying failed payouts whose
    obstacle is gone.
    """
    now = datetime.now(tz=UTC)
    return processor_accounts.catch_up() + approval.repeat_due(now=now) + by_processor.send_due(now=now)


@shared_task
def make_statements() -> int:
    """Closes finished months and years, and writes their files."""
    now = datetime.now(tz=UTC)
    return closing.close_due(now=now) + files.write_due(now=now)


@shared_task
def give_up_waiting_sessions() -> int:
    """Ends sessions whose start the charger refused, at once with its reason; and those that waited too long."""
    now = datetime.now(tz=UTC)
    waiting = Session.objects.filter(state=Session.State.WAITING)
    refused = batch.run_for_rows(
        waiting, lambda pk: _give_up_refused(pk, now=now), failure="could not be given up", limit=None
    )
    return refused + settle.fail_unstarted(now=now)


def _give_up_refused(session_id: UUID, *, now: datetime) -> bool:
    session = Session.objects.get(pk=session_id)
    orders = Command.objects.filter(charger=session.charger_id, id_token=session.id_token)
    newest = orders.filter(action__in=queue.START_ACTIONS).order_by("-created_at").first()
    if newest is None:
        return False
    why = newest.outcome_sentences if newest.state in _REFUSED else _refusal_of_start(newest)
    return bool(why) and settle.fail(session_id, why=(*stored.build_sentence(SessionCode.NOT_STARTED), *why), now=now)


def _refusal_of_start(order: Command) -> Sentences:
    """Returns why we refused the session that the charger began as ordered, in the guest's words; may be empty."""
    since = order.created_at
    starts = Decision.objects.filter(charger=order.charger_id, canonical_uid=order.id_token, kind=Kind.START)
    decision = starts.filter(id__gte=ids.floor(since)).order_by("-id").first()
    if decision is None or decision.verdict == Decision.Verdict.ACCEPTED:
        return ()
    return catalogue.describe_refusal(decision.reason) or stored.build_sentence(SessionCode.START_REFUSED)


@shared_task
def resolve_holds() -> int:
    """Processes the processors' events, holds with an unknown outcome, and holds without a session."""
    now = datetime.now(tz=UTC)
    handled_count = processor_events.handle_stored(now=now) + settle.resolve_holds(now=now)
    return handled_count + ordering.start_paid(now=now)


@shared_task
def start_paid_sessions() -> int:
    """Starts paid sessions whose start command was not sent yet."""
    return ordering.start_paid(now=datetime.now(tz=UTC))


@shared_task
def check_watched_holds() -> int:
    """Checks payments whose guests wait on their page, and starts the paid sessions."""
    now = datetime.now(tz=UTC)
    checked = holds.check_watched(now=now)
    return checked + ordering.start_paid(now=now) if checked else 0


@shared_task
def stop_before_holds_are_used_up() -> int:
    """Notifies guests whose cost approaches the hold; nearer to it, more is held or the charger is stopped."""
    now = datetime.now(tz=UTC)
    is_authorised = Q(holds__state=Hold.State.AUTHORISED) & ~Q(holds__role__in=Hold.AFTERWARDS)
    charging = Session.objects.filter(state=Session.State.CHARGING)
    rows = charging.select_related("charger", "property", "transaction", "rate_version__rate", "driver__user")
    paid = rows.annotate(held_minor=Sum("holds__amount_minor", filter=is_authorised)).filter(held_minor__gt=0)
    return batch.each_of(
        paid,
        lambda session: _guard_hold(session, held_minor=session.held_minor, now=now),
        noun="Session",
        failure="could not be compared with its hold",
    )


def _guard_hold(session: Session, *, held_minor: int, now: datetime) -> bool:
    """Compares a session with its hold. True if a stop was ordered."""
    cost = lifecycle.running_cost(session, now=now)
    if cost is None:
        return False
    used_pct = cost.total_minor * 100 // held_minor
    if used_pct >= _STOP_AT_PCT:
        return not hold_limit.extend_if_allowed(session, now=now) and _order_stop(session, now=now)
    if used_pct >= _WARN_AT_PCT:
        hold_limit.warn(session, cost=cost, held_minor=held_minor, now=now)
    return False


def _order_stop(session: Session, *, now: datetime) -> bool:
    """Orders a stop, but not again within two minutes. False if nothing was ordered now."""
    ordered = ordering.stop(session, now=now, origin="system", again_after=_STOP_AGAIN_AFTER)
    if ordered is None or not ordered.is_new:
        return False
    hold_limit.note_stop(session, now=now)
    return True


@shared_task
def keep_overrides_within_limits() -> int:
    """Stops sessions that support started once a limit is reached, and refunds those that the platform pays for."""
    now = datetime.now(tz=UTC)
    overrides.end_with_charging()
    stopped = batch.each_of(
        overrides.running(),
        lambda override: _guard_override(override, now=now),
        noun="Override",
        failure="could not be compared with its limits",
    )
    return stopped + goodwill.catch_up(now=now)


def _guard_override(override: Override, *, now: datetime) -> bool:
    """Compares a session with its limits.

    True if a stop was ordered; one without effect is ordered again after two minutes.
    """
    limit = overrides.find_reached_limit(override, now=now)
    if limit == Override.Limit.NONE:
        return False
    overrides.note_limit(override, limit, now=now)
    ordered = ordering.stop(override.session, now=now, origin="system", again_after=_STOP_AGAIN_AFTER)
    return ordered is not None and ordered.is_new


@shared_task
def stop_at_used_up_budgets() -> int:
    """Stops sessions whose card has used up its budget, where the host chose so."""
    now = datetime.now(tz=UTC)
    return batch.each_of(
        budgeted_sessions.list_limited(),
        lambda session: _guard_budget(session, now=now),
        noun="Session",
        failure="could not be compared with its budget",
    )


def _guard_budget(session: Session, *, now: datetime) -> bool:
    """Compares a session with its budget.

    True if a stop was ordered; one without effect is ordered again after two minutes.
    """
    if not budgeted_sessions.must_stop(session, now=now):
        return False
    ordered = ordering.stop(session, now=now, origin=queue.BY_BUDGET, again_after=_STOP_AGAIN_AFTER)
    return ordered is not None and ordered.is_new


@shared_task
def notify_of_idle_fees() -> int:
    """Mails drivers whose car is done, before staying plugged in costs a fee."""
    return idle_notices.notify_due(now=datetime.now(tz=UTC))


@shared_task
def close_silent_sessions() -> int:
    """Ends sessions whose charger fell silent, at their last meter value."""
    return settle.close_silent(now=datetime.now(tz=UTC))


@shared_task
def begin_missing_sessions() -> int:
    """Begins sessions of accepted transactions that billing missed, and holds the energy of others for a person."""
    now = datetime.now(tz=UTC)
    held_count = unclaimed.hold_due(now=now)
    newest = Transaction.objects.select_related("charger__property").order_by("-id")[:_NEWEST_TRANSACTIONS]
    rows = [row for row in newest if row.decision_id and row.start_received_at > now - _MISSING_SINCE]
    with_session = set(Session.objects.filter(transaction__in=rows).values_list("transaction_id", flat=True))
    missing = {row.decision_id: row for row in rows if row.decision_id and row.pk not in with_session}

    def begin(decision: Decision) -> None:
        row = missing[decision.pk]
        lifecycle.begin(row, charger=row.charger, decision=decision, now=now)

    accepted = Decision.objects.filter(pk__in=missing, verdict="accepted", kind="start")
    return held_count + batch.each_of(accepted, begin, noun="Decision", failure="could not begin its session")


@shared_task
def deliver_simulated_webhooks() -> int:
    """Delivers the simulated processor's webhooks over the network and in any order, as a real processor does."""
    simulated.move_on()
    now = datetime.now(tz=UTC)
    due = list(SimulatedDelivery.objects.filter(delivered_at=None, due_at__lte=now).order_by("due_at")[:50])
    random.shuffle(due)
    return batch.each_of(
        due, lambda delivery: _deliver(delivery, now=now), noun="Simulated webhook", failure="was not delivered"
    )


def _deliver(delivery: SimulatedDelivery, *, now: datetime) -> bool:
    SimulatedDelivery.objects.filter(pk=delivery.pk).update(due_at=now + _TRY_AGAIN_AFTER)
    raw = delivery.raw.encode()
    headers = {simulated.SIGNATURE_HEADER: simulated.sign(raw, now=now), "Content-Type": "application/json"}
    address = f"{settings.PUBLIC_BASE_URL}/webhooks/simulated/"
    try:
        httpx.post(address, content=raw, headers=headers, timeout=_DELIVERY_TIMEOUT_S).raise_for_status()
    except httpx.HTTPError as exc:
        logger.info("A simulated webhook could not be delivered and is tried again: %s", type(exc).__name__)
        return False
    SimulatedDelivery.objects.filter(pk=delivery.pk).update(delivered_at=now)
    return True


@shared_task
def keep_books() -> int:
    """Posts documents that have no entry in the books yet."""
    return postings.catch_up(now=datetime.now(tz=UTC))


@shared_task
def delete_closed_accounts() -> int:
    """Deletes drivers' accounts whose deletion waited for a session and its payment."""
    return driver_accounts.delete_due(now=datetime.now(tz=UTC))


@shared_task
def renew_subscriptions() -> int:
    """Decides changes of plans, opens periods, charges what is due, ends what is over, refunds what is unused.

    Before that it checks cards whose drivers have not returned from their bank's page.
    """
    now = datetime.now(tz=UTC)
    checked = payment_cards.check_saving(now=now)
    return checked + changes.keep_up(now=now) + subscriptions.keep_up(now=now)


@shared_task
def make_scheduled_reports() -> int:
    """Queues the scheduled reports whose period is over."""
    return scheduled_reports.make_due(now=datetime.now(tz=UTC))


@shared_task
def send_mails() -> int:
    """Sends the queued mails."""
    return outbox.send_due(mail.send, now=datetime.now(tz=UTC))


@shared_task
def resolve_refunds() -> int:
    """Continues unfinished refunds."""
    return refunds.catch_up(now=datetime.now(tz=UTC))


@shared_task
def deliver_hooks() -> int:
    """Delivers webhooks. Waits for hosts' systems, so it runs on the queue for slow calls."""
    return deliveries.deliver_due(now=datetime.now(tz=UTC))


@shared_task
def forget_hook_deliveries() -> int:
    """Deletes webhook deliveries after a month."""
    return deliveries.forget_old(now=datetime.now(tz=UTC))


@shared_task
def reconcile_processor() -> int:
    """Reads balance transactions of the card processor, and checks undecided disputes."""
    now = datetime.now(tz=UTC)
    disputes.learn_open(now=now)
    return reconciliation.pull(now=now)


@shared_task
def rehearse_rates() -> int:
    """Runs rehearsals of months that are too large for a page to wait for."""
    return rehearsals.run_waiting(now=datetime.now(tz=UTC))


@shared_task
def prune_old_rows() -> int:
    """Deletes old rows of growing tables daily, past RECORD_RETENTION_DAYS or MESSAGE_RETENTION_DAYS."""
    return retention.prune(now=datetime.now(tz=UTC))


@shared_task
def forget_ended_sessions() -> int:
    """Deletes what guests set up for the time of a session, once it is over: links of companions, subscriptions."""
    now = datetime.now(tz=UTC)
    return companion_links.prune(now=now) + push_subscriptions.prune(now=now)


@shared_task
def push_to_guests() -> int:
    """Writes the messages to guests' browsers that are due.

    Each is sent by its own task, so that a push service that does not answer delays no other.
    """
    if not push_encryption.is_set_up():
        return 0
    now = datetime.now(tz=UTC)
    message_count = push_messages.write_due(now=now)
    for pk in push_sending.due(now=now):
        send_push_message.delay(pk)
    return message_count


@shared_task
def send_push_message(pk: int) -> bool:
    """Sends one message to one browser."""
    return push_sending.send(pk, now=datetime.now(tz=UTC))


@shared_task
def price_late_stops() -> int:
    """Prices late stops of closed sessions, and continues what people decided about them."""
    now = datetime.now(tz=UTC)
    return late_stops.catch_up(now=now) + correction.catch_up(now=now)
