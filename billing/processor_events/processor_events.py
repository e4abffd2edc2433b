"""Webhooks of card processors: stored once, then handled by looking up the current state."""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db.models import F, Q, QuerySet

from billing.models import (
    Hold,
    PaymentCard,
    Payout,
    PlanChange,
    ProcessorEvent,
    ProcessorTransaction,
    SubscriptionPeriod,
)
from billing.payments.processors.protocol import OutcomeUnknownError, Subject, WebhookEvent
from billing.payouts.payees import processor_accounts
from billing.payouts.sending import by_processor
from billing.sessions.drivers import payment_cards
from billing.sessions.holds import holds
from billing.sessions.plans import changes, subscriptions
from billing.sessions.processor_reports import disputes
from chargers.lib import batch

logger = logging.getLogger(__name__)

_MAX_AT_ONCE: Final = 200
_FIRST_RETRY_DELAY: Final = timedelta(seconds=5)
"""The delay after the first failure; it doubles with each further one."""
_DOUBLED_AT_MOST: Final = 16
_A_CASE_AFTER: Final = 3
"""After so many attempts it is a difference: an event may arrive before our own row is written."""
_LONGEST_WAIT: Final = timedelta(hours=6)


class NoEffectError(Exception):
    """The event is about money that is not known here yet: it is tried again, and listed as a difference."""


def keep(event: WebhookEvent, *, processor: str, raw: bytes, now: datetime) -> bool:
    """Stores the event. False if it was received before."""
    _, is_new = ProcessorEvent.objects.get_or_create(
        processor=processor,
        event_id=event.event_id[:255],
        defaults={
            "kind": event.kind[:100],
            "subject": event.subject,
            "processor_ref": event.ref[:255],
            "raw": raw.decode(errors="replace").replace("\x00", "\ufffd"),
            "received_at": now,
        },
    )
    return is_new


def handle_stored(*, now: datetime) -> int:
    """Handles stored events. Their order does not matter, because each looks up the current state of its subject.

    An event that fails, for example while the processor does not answer, is tried again after growing delays, so that
    permanent failures do not crowd out new events.
    """
    is_due = Q(due_at=None) | Q(due_at__lte=now)
    waiting = list(ProcessorEvent.objects.filter(is_due, handled_at=None).order_by("id")[:_MAX_AT_ONCE])
    return batch.each_of(
        waiting, lambda event: _handle_one(event, now=now), noun="ProcessorEvent", failure="could not be handled"
    )


def _handle_one(event: ProcessorEvent, *, now: datetime) -> bool:
    unhandled_events = ProcessorEvent.objects.filter(pk=event.pk, handled_at=None)
    try:
        _handle(event, now=now)
    except Exception as exc:
        later = now + min(_FIRST_RETRY_DELAY * 2 ** min(event.tries, _DOUBLED_AT_MOST), _LONGEST_WAIT)
        failure = f"{type(exc).__name__}: {exc}"[:255]
        unhandled_events.update(tries=F("tries") + 1, due_at=later, failure=failure)
        if isinstance(exc, (OutcomeUnknownError, NoEffectError)):
            return False
        raise
    return bool(unhandled_events.update(handled_at=now, failure=""))


def _handle(event: ProcessorEvent, *, now: datetime) -> None:
    """Handles an event. Events about anything but payments, disputes and hosts' accounts are stored without effect.

    Raises OutcomeUnknownError and NoEffectError: what could not be looked up, or is about an unknown payout, is not
    handled.
    """
    if not event.processor_ref:
        return
    if event.subject == Subject.DISPUTE:
        _dispute(event, now=now)
    if event.subject == Subject.ACCOUNT:
        processor_accounts.learn_about(event.processor_ref, processor=event.processor, now=now)
    if event.subject == Subject.PAYOUT:
        _payout(event, now=now)
    lookup = {"processor": event.processor, "processor_ref": event.processor_ref}
    for pk in Hold.objects.filter(**lookup).values_list("pk", flat=True):
        holds.refresh_state(pk, now=now)
    for pk in SubscriptionPeriod.objects.filter(**lookup).values_list("pk", flat=True):
        subscriptions.read_payment(pk, now=now)
    for pk in PlanChange.objects.filter(**lookup).values_list("pk", flat=True):
        changes.read_payment(pk, now=now)
    for pk in PaymentCard.objects.filter(processor=event.processor, ref=event.processor_ref).values_list(
        "pk", flat=True
    ):
        payment_cards.refresh_state(pk)


def without_effect(*, since: datetime) -> QuerySet[ProcessorEvent]:
    """Returns events received since then that, after several attempts, are still about nothing known here."""
    waiting = ProcessorEvent.objects.filter(handled_at=None, tries__gte=_A_CASE_AFTER, received_at__gte=since)
    return waiting.order_by("id")


def _payout(event: ProcessorEvent, *, now: datetime) -> None:
    """Looks up a host's payout. The platform's own are known from the list of its balance transactions."""
    hosts = Payout.objects.filter(processor_ref=event.processor_ref).values_list("pk", flat=True)
    for pk in hosts:
        by_processor.look_up_state(pk, now=now)
    movements = ProcessorTransaction.objects.filter(processor=event.processor, source_ref=event.processor_ref)
    if not hosts and not movements.exists():
        raise NoEffectError("No payout of ours has this reference.")


def _dispute(event: ProcessorEvent, *, now: datetime) -> None:
    """Looks up a dispute.

    One about a plan's fee, or an unknown payment, is logged once: agents see its balance transaction.
    """
    if disputes.sync_from_processor(event.processor_ref, processor=event.processor, now=now) is not None:
        return
    rows = ProcessorEvent.objects.filter(
        processor=event.processor, processor_ref=event.processor_ref, subject=Subject.DISPUTE
    )
    if not rows.exclude(handled_at=None).exists():
        logger.warning(
            "Dispute %s of %s is about no session's payment: what it moves waits on the page “Needs a decision”",
            event.processor_ref,
            event.processor,
        )
