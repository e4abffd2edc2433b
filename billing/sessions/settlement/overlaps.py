"""Overlapping sessions at one connector: it serves one car, so one of them would be billed for the other's energy.

They may overlap by two minutes in time, since a charger's clock may be set between two sessions. In their registers
they may hardly overlap: the meter counts each Wh once.
"""

from datetime import timedelta
from typing import Final

from django.db.models import Q

from billing.engine.reports.reasons import Code, PriceReason
from billing.models import Session
from chargers.models import Transaction

State = Session.State
MAY_OVERLAP: Final = timedelta(minutes=2)
MAY_OVERLAP_WH: Final = 50
_LIMIT: Final = 20


def find_doubt(session: Session) -> PriceReason | None:
    """Returns the doubt about this session, if any. Of two unsettled sessions the later is in doubt. One query."""
    row = session.transaction
    if row is None or row.stopped_at is None or session.evse_number is None:
        return None
    other_rows = Transaction.objects.filter(
        Q(session__state=State.SETTLED) | Q(session__state__in=(State.STOPPED, State.HELD), pk__lt=row.pk),
        charger=session.charger_id,
        evse_number=session.evse_number,
        started_at__lt=row.stopped_at,
        stopped_at__gt=row.started_at,
    )
    longest = max(
        (_overlap_duration(row, other) for other in other_rows.exclude(pk=row.pk).order_by("pk")[:_LIMIT]), default=None
    )
    if not longest:
        return None
    return PriceReason(Code.DOUBT_OVERLAP, {"overlap_s": int(longest.total_seconds())})


def _overlap_duration(row: Transaction, other: Transaction) -> timedelta:
    """Returns how long energy may have been counted in both; zero if it was not."""
    if row.stopped_at is None or other.stopped_at is None or not other.energy_wh:
        return timedelta(0)
    together = min(other.stopped_at, row.stopped_at) - max(other.started_at, row.started_at)
    return together if together > MAY_OVERLAP or _counted_twice_wh(row, other) > MAY_OVERLAP_WH else timedelta(0)


def _counted_twice_wh(row: Transaction, other: Transaction) -> int:
    """Returns the Wh in both registers; zero if the register restarts with each session, since it proves
    nothing then.
    """
    if not row.meter_start_wh or not other.meter_start_wh or not row.energy_wh or not other.energy_wh:
        return 0
    end = min(row.meter_start_wh + row.energy_wh, other.meter_start_wh + other.energy_wh)
    return end - max(row.meter_start_wh, other.meter_start_wh)
