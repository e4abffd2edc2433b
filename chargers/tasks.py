"""Periodic tasks of chargers. Every task may run twice, late or concurrently."""

from datetime import UTC, datetime, timedelta

from celery import shared_task
from django.conf import settings
from django.core.cache import cache

from billing.sessions.documents.acts import reservations as notices
from billing.sessions.lifecycle import outlets
from chargers.acts import job_runs
from chargers.availability import maintenance
from chargers.commands import queue, reservations, uploads
from chargers.fleet import presence
from chargers.gateway import liveness
from chargers.lib import batch, partitions
from chargers.local_lists import sync
from chargers.models import Command
from chargers.power import power_limit
from chargers.recovery import lost_messages, progress
from chargers.security import certificates, passwords
from chargers.upstreams import backends

SILENT_FOR = timedelta(minutes=20)
_SWAPS_KEPT = timedelta(days=1)
_NUDGE_AGAIN_AFTER = timedelta(seconds=3)


BEAT_RAN_AT = "beat-ran-at"
"""The cache key of the last run of a beat task, which proves that beat and a worker are running. `doctor` reads it."""


@shared_task
def note_beat() -> None:
    cache.set(BEAT_RAN_AT, datetime.now(tz=UTC), 24 * 3600)


@shared_task
def sweep_commands() -> int:
    """Ends commands without an answer, and wakes gateways whose nudge was lost."""
    now = datetime.now(tz=UTC)
    ended = queue.sweep(now=now)
    reservations.sweep(now=now)
    waiting = Command.objects.filter(state=Command.State.QUEUED, created_at__lt=now - _NUDGE_AGAIN_AFTER)
    chargers = waiting.values_list("charger_id", flat=True).distinct()
    batch.each_of(chargers, queue.nudge, noun="Charger", failure="could not be nudged")
    return ended


@shared_task
def run_jobs() -> int:
    """Advances jobs over many chargers."""
    return job_runs.run_due(now=datetime.now(tz=UTC))


@shared_task
def keep_maintenance() -> int:
    """Begins and ends maintenance, switches its chargers' availability, and mails drivers."""
    now = datetime.now(tz=UTC)
    begun_windows = maintenance.begin_due(now=now)
    batch.each_of(
        [(row, reservation) for row, reserved in begun_windows for reservation in reserved],
        lambda pair: notices.ended_by_maintenance(pair[1], pair[0], now=now),
        noun="Reservation",
        failure="could not be written about",
    )
    changed = len(begun_windows) + maintenance.end_due(now=now)
    waiting = maintenance.switching(now=now)
    batch.each_of(
        waiting,
        lambda row: maintenance.switch(row, now=now),
        noun="MaintainedCharger",
        failure="could not be switched",
    )
    return changed


@shared_task
def recover_chargers() -> int:
    """Runs the safe ladder: begins it for lasting troubles, and takes at most one step at each charger."""
    now = datetime.now(tz=UTC)
    progress.begin_due(now=now)
    return batch.each_of(
        progress.due(now=now),
        lambda pk: progress.advance_recovery(pk, is_paid=outlets.is_paid, now=now),
        noun="Recovery",
        failure="could not be moved on",
    )


@shared_task
def ask_for_lost_messages() -> int:
    """Asks stations for missing messages of their transactions, and ends transactions whose stop was lost."""
    now = datetime.now(tz=UTC)
    return lost_messages.ask_due(now=now) + lost_messages.end_due(now=now)


@shared_task
def keep_credentials_moving() -> int:
    """Signs requested certificates, sends them to online chargers, and ends password changes without an answer."""
    now = datetime.now(tz=UTC)
    signed = certificates.sign_waiting(now=now)
    return signed + certificates.send_signed(now=now) + passwords.sweep(now=now)


@shared_task
def share_power() -> int:
    """Shares the power of properties with changes. A failure does not stop the others."""
    now = datetime.now(tz=UTC)
    due = power_limit.due(now=now)
    batch.each_of(due, lambda pk: power_limit.share(pk, now=now), noun="PowerLimit", failure="could not be shared")
    return len(due)


@shared_task
def keep_card_memories() -> int:
    """Synchronises chargers' local lists and caches. A failure of one host does not stop the others."""
    now = datetime.now(tz=UTC)
    due = sync.due(now=now)
    batch.each_of(
        due, lambda host: sync.keep(due[host], now=now), noun="Host", failure="has local lists that could not be kept"
    )
    return sum(len(pks) for pks in due.values())


@shared_task
def complete_card_memories() -> None:
    """Creates rows for chargers added to properties that keep lists."""
    sync.complete()


@shared_task
def prune_backlogs() -> int:
    """Drops messages that waited too long for another back office, and forgets those delivered long ago."""
    return backends.prune(now=datetime.now(tz=UTC))


@shared_task
def delete_old_handshakes() -> int:
    """Deletes old swaps, which matter only for minutes.

    Failed handshakes go with the other old rows (`lifecycle.retention`).
    """
    return presence.forget_swaps(datetime.now(tz=UTC) - _SWAPS_KEPT)


@shared_task
def expire_dead_gateways() -> int:
    """Marks chargers of silent gateways as offline, and their commands in flight as unknown."""
    return liveness.expire_dead(now=datetime.now(tz=UTC))


@shared_task
def show_silent_as_offline() -> int:
    """Marks chargers as offline whose gateway died and that never reconnected."""
    return presence.disconnect_silent(now=datetime.now(tz=UTC), silent_for=SILENT_FOR)


@shared_task
def keep_partitions() -> list[str]:
    """Makes partitions for coming weeks and late readings; drops those older than MESSAGE_RETENTION_DAYS, with files of
    that age.
    """
    now = datetime.now(tz=UTC)
    oldest = now - timedelta(days=settings.MESSAGE_RETENTION_DAYS)
    new_partitions = partitions.ensure(now=now) + partitions.adopt(since=oldest, until=now)
    uploads.drop_before(oldest)
    return new_partitions + partitions.drop_before(oldest)
