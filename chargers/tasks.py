"""What is done about chargers while nobody looks. Every task may run twice, late or beside itself."""

from datetime import UTC, datetime, timedelta

from celery import shared_task
from django.conf import settings

from chargers import commands, fleet, gateways, partitions, reservations, uploads
from chargers.models import Command

SILENT_FOR = timedelta(minutes=20)
_NUDGE_AGAIN_AFTER = timedelta(seconds=3)


@shared_task
def sweep_commands() -> int:
    """Ends commands that nobody answered, and wakes gateways whose nudge was lost."""
    now = datetime.now(tz=UTC)
    ended = commands.sweep(now=now)
    reservations.sweep(now=now)
    waiting = Command.objects.filter(state=Command.State.QUEUED, created_at__lt=now - _NUDGE_AGAIN_AFTER)
    for charger_pk in waiting.values_list("charger_id", flat=True).distinct():
        commands.nudge(charger_pk)
    return ended


@shared_task
def bury_dead_gateways() -> int:
    """Shows the chargers of a gateway that fell silent as offline, and ends what was in flight as unknown."""
    return gateways.bury(now=datetime.now(tz=UTC))


@shared_task
def show_silent_as_offline() -> int:
    """A charger whose gateway died and that never came back is offline, whatever its row still says."""
    return fleet.disconnect_silent(now=datetime.now(tz=UTC), silent_for=SILENT_FOR)


@shared_task
def keep_partitions() -> list[str]:
    """Makes the partitions of the weeks to come; drops those past MESSAGE_RETENTION_DAYS, and files as old."""
    now = datetime.now(tz=UTC)
    made = partitions.ensure(now=now)
    oldest = now - timedelta(days=settings.MESSAGE_RETENTION_DAYS)
    uploads.drop_before(oldest)
    return made + partitions.drop_before(oldest)
