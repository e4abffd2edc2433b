"""The simulated processor's own clock, which can be set ahead of ours."""

from datetime import UTC, datetime, timedelta

from django.db import transaction

from billing.models import SimulatedClock


def now() -> datetime:
    ahead_s = SimulatedClock.objects.values_list("ahead_s", flat=True).first() or 0
    return datetime.now(tz=UTC) + timedelta(seconds=ahead_s)


def advance(by: timedelta) -> None:
    """Moves the processor's clock ahead of ours, so that holds expire."""
    with transaction.atomic():
        clock, _ = SimulatedClock.objects.select_for_update().get_or_create(pk=1)
        clock.ahead_s += int(by.total_seconds())
        clock.save()


def set_to(at: datetime) -> None:
    """Sets the processor's clock to a moment, from which it continues; also back, to make a past for the demo."""
    ahead_s = round((at - datetime.now(tz=UTC)).total_seconds())
    SimulatedClock.objects.update_or_create(pk=1, defaults={"ahead_s": ahead_s})
