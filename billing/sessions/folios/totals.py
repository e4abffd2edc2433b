"""Totals on the bill of a stay: sessions are collected for a day or for the stay, and become one line in the evening.

The parts are stored unchanged, so that the line adds up to the receipts. A total is due at the end of the day in the
property's time zone, and an hour before check-out at the latest, because a closed bill takes no line.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction

from authorization.models import Stay
from billing.models import FolioCharge, Rating, Session, StayTerms
from chargers.models import Property

State, Lines = FolioCharge.State, StayTerms.Lines
OF_STAY: Final = "stay"
_BEFORE_CHECK_OUT: Final = timedelta(hours=1)
_MAX_AT_ONCE: Final = 200
_GROUP: Final = ("stay_id", "connection_id", "booking_key", "currency", "collected_for")


def collected_for(session: Session, lines: str) -> str:
    """Returns what a session is collected for: its day in the property's time zone, or the stay.

    Empty: it is posted by itself.
    """
    if lines == Lines.DAY and session.settled_at is not None:
        return f"{session.settled_at.astimezone(_zone(session.property)):%Y-%m-%d}"
    return OF_STAY if lines == Lines.STAY else ""


def due_at(stay: Stay, site: Property, collected: str, *, now: datetime) -> datetime:
    """Returns when the total is posted. Later sessions of the same group are posted as they are settled."""
    last = stay.departs_at - _BEFORE_CHECK_OUT
    if collected != OF_STAY:
        midnight = datetime.fromisoformat(collected).replace(tzinfo=_zone(site)) + timedelta(days=1)
        last = min(last, midnight)
    return max(last, now)


def bundle_due(*, now: datetime) -> None:
    """Makes one line for each stay and day whose total is due."""
    due = FolioCharge.objects.filter(state=State.COLLECTED, due_at__lte=now)
    for group in due.values(*_GROUP).distinct().order_by(*_GROUP)[:_MAX_AT_ONCE]:
        with transaction.atomic():
            _bundle(group, now=now)


def _bundle(group: dict[str, object], *, now: datetime) -> None:
    """Makes one total of a group.

    The rows are locked, so that only one worker does it and no session is taken out meanwhile.
    """
    rows = FolioCharge.objects.select_for_update().filter(state=State.COLLECTED, **group).order_by("pk")
    parts = list(rows)
    if len(parts) == 1:
        FolioCharge.objects.filter(pk=parts[0].pk).update(state=State.WAITING, due_at=now)
    elif parts:
        total = _total(parts, now=now)
        rows.update(state=State.BUNDLED, total=total)


def _total(parts: list[FolioCharge], *, now: datetime) -> FolioCharge:
    first = parts[0]
    assert first.session_id is not None  # a total is never collected
    ratings = Rating.objects.filter(session__in=[part.session_id for part in parts], kind=Rating.Kind.FINAL)
    energy = Decimal(sum(ratings.values_list("energy_wh", flat=True))) / 1000
    day = "" if first.collected_for == OF_STAY else f" {datetime.fromisoformat(first.collected_for):%-d %b}"
    return FolioCharge.objects.create(
        stay_id=first.stay_id,
        connection_id=first.connection_id,
        booking_key=first.booking_key,
        key=f"ev-t-{first.session_id.hex}",
        amount_minor=sum(part.amount_minor for part in parts),
        currency=first.currency,
        text=f"EV charging{day}, {len(parts)} sessions, {energy:.1f} kWh",
        collected_for=first.collected_for,
        due_at=now,
        created_at=now,
    )


def _zone(site: Property) -> ZoneInfo:
    return ZoneInfo(site.time_zone)
