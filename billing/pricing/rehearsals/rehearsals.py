"""Rehearsals of a rate: the billed sessions of a month, priced again from their stored inputs.

The same engine prices the sessions, so the result is what would have been billed. Sessions are not changed. A small
month is computed at once; a large one by a worker, which reports its progress.
"""

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from billing.engine import price
from billing.engine.checks.comparison import Comparison
from billing.engine.rate import definition as definitions
from billing.engine.rate import tariff
from billing.models import Rate, Rating, Rehearsal
from billing.pricing import session_facts
from billing.pricing.taxes import property_tax
from chargers.models import Property

logger = logging.getLogger(__name__)

State = Rehearsal.State
AT_ONCE: Final = 300
_CHUNK: Final = 500
_STALE_AFTER: Final = timedelta(minutes=30)


def last_month(today: date) -> date:
    """Returns the first day of the previous month."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def begin(
    rate: Rate,
    *,
    definition: dict[str, Any],
    month: date,
    by: str,
    now: datetime,
    version_number: int | None = None,
    only_rate: bool = True,
    property_: Property | None = None,
) -> Rehearsal:
    """Stores the rehearsal, and runs it at once if the month is small; otherwise a worker does."""
    new_rehearsal = Rehearsal(
        host_id=rate.host_id,
        rate=rate,
        version_number=version_number,
        currency=rate.currency,
        definition=definition,
        month=month.replace(day=1),
        only_rate=only_rate,
        property=property_,
        state=State.WAITING,
        asked_by=by[:150],
        created_at=now,
    )
    new_rehearsal.total = _filter_final_ratings(new_rehearsal).count()
    new_rehearsal.save()
    if new_rehearsal.total <= AT_ONCE:
        run(new_rehearsal.pk, now=now)
        new_rehearsal.refresh_from_db()
    return new_rehearsal


def run(rehearsal_id: int, *, now: datetime) -> bool:
    """Prices all sessions again; only one worker does. False if another has it or it is done."""
    claimed = Rehearsal.objects.filter(pk=rehearsal_id, state=State.WAITING).update(state=State.RUNNING)
    if not claimed:
        return False
    rehearsal = Rehearsal.objects.select_related("rate").get(pk=rehearsal_id)
    try:
        result = _compare(rehearsal).as_json() | {"engine_version": price.ENGINE_VERSION}
    except Exception:
        logger.exception("Rehearsal %s failed", rehearsal_id)
        text = "The sessions of this month could not be read: try again, and tell support if it stays so."
        Rehearsal.objects.filter(pk=rehearsal_id).update(state=State.FAILED, failure=text, finished_at=now)
        return False
    Rehearsal.objects.filter(pk=rehearsal_id).update(state=State.DONE, result=result, finished_at=now)
    return True


def run_waiting(*, now: datetime) -> int:
    """Runs all waiting rehearsals, and restarts those that a killed worker left running."""
    Rehearsal.objects.filter(state=State.RUNNING, created_at__lt=now - _STALE_AFTER).update(state=State.WAITING, done=0)
    waiting = Rehearsal.objects.filter(state=State.WAITING).order_by("id").values_list("pk", flat=True)
    return sum(run(pk, now=now) for pk in waiting[:10])


def _compare(rehearsal: Rehearsal) -> Comparison:
    rates: dict[int, tariff.Rate] = {}
    comparison = Comparison()
    for number, rating in enumerate(_iter_month_ratings(rehearsal), start=1):
        property_id = rating.session.property_id
        if property_id not in rates:
            rates[property_id] = _rate_at(rehearsal, property_id)
        _add(comparison, rating, rate=rates[property_id])
        if number % _CHUNK == 0:
            Rehearsal.objects.filter(pk=rehearsal.pk).update(done=number)
    Rehearsal.objects.filter(pk=rehearsal.pk).update(done=comparison.sessions + sum(comparison.left_out.values()))
    return comparison


def _rate_at(rehearsal: Rehearsal, property_id: int) -> tariff.Rate:
    """Returns the rate with the property's tax of that month, if the rate refers to it and it is known; else without
    tax.
    """
    began = datetime.combine(rehearsal.month, datetime.min.time(), tzinfo=UTC)
    percentage = property_tax.find_percentage(property_id, began) or Decimal(0)
    return tariff.parse_rate(
        definitions.apply_property_tax(rehearsal.definition, f"{percentage:f}"), currency=rehearsal.currency
    )


def _add(comparison: Comparison, rating: Rating, *, rate: tariff.Rate) -> None:
    if rating.currency != rate.currency:
        comparison.leave_out(f"it was billed in {rating.currency}", billed_minor=0)
        return
    try:
        report = session_facts.replay(rating.inputs, rate=rate)
    except (ValueError, KeyError, TypeError):  # stored in another form by an earlier release
        comparison.leave_out("its stored readings cannot be read any more", billed_minor=rating.total_minor)
        return
    if report.is_held:
        comparison.leave_out("its readings would be held for review today", billed_minor=rating.total_minor)
        return
    comparison.add(
        str(rating.session_id),
        before=(rating.total_minor, rating.net_minor),
        after=(report.total_minor, report.net_minor),
    )


def _iter_month_ratings(rehearsal: Rehearsal) -> Iterator[Rating]:
    """Yields ratings whose sessions stopped on a local day in the month."""
    zones: dict[str, ZoneInfo] = {}
    for rating in _filter_final_ratings(rehearsal).order_by("pk").iterator(chunk_size=_CHUNK):
        session = rating.session
        zone = zones.setdefault(session.property.time_zone, ZoneInfo(session.property.time_zone))
        assert session.stopped_at is not None
        if session.stopped_at.astimezone(zone).date().replace(day=1) == rehearsal.month:
            yield rating


def _filter_final_ratings(rehearsal: Rehearsal) -> QuerySet[Rating]:
    """Returns final ratings of the month, and of a day before and after for the time zones."""
    begins = datetime.combine(rehearsal.month, datetime.min.time(), tzinfo=UTC)
    ends = (begins + timedelta(days=32)).replace(day=1)
    day = timedelta(days=1)
    ratings = Rating.objects.filter(
        kind=Rating.Kind.FINAL,
        session__host=rehearsal.host_id,
        session__stopped_at__gte=begins - day,
        session__stopped_at__lt=ends + day,
    )
    if rehearsal.only_rate:
        ratings = ratings.filter(session__rate_version__rate=rehearsal.rate_id)
    if rehearsal.property_id:
        ratings = ratings.filter(session__property=rehearsal.property_id)
    return ratings.select_related("session__property").only(
        "inputs", "currency", "total_minor", "net_minor", "session__stopped_at", "session__property__time_zone"
    )
