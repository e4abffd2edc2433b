"""Who is charging now, at the chargers that the user sees."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Max, OuterRef, QuerySet, Subquery, Sum, Window

from authorization.people import access as people
from authorization.people.access import Viewer
from billing import access
from chargers.fleet.running import running
from chargers.models import Connector, Transaction

MAX_LISTED: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningCharge:
    """A running transaction. `power_w` is None without power; `session` is None if the viewer sees no sessions."""

    transaction: Transaction
    power_w: int | None
    session: uuid.UUID | None
    lasted: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingNow:
    """The newest running transactions, their number, and their total power in W."""

    listed: list[RunningCharge]
    count: int
    power_w: int
    connectors: int

    @property
    def more(self) -> int:
        return self.count - len(self.listed)


def for_viewer(viewer: Viewer, *, now: datetime) -> ChargingNow:
    """Returns who is charging at the chargers that the viewer sees. Two queries."""
    session = access.sessions(viewer).filter(transaction=OuterRef("pk")).values("pk")
    transactions = _running(viewer).annotate(
        count=Window(Count("id")), total_w=Window(Sum("flowing_w")), session_id=Subquery(session)
    )
    rows: list[Any] = list(transactions.select_related("charger__property").order_by("-started_at")[:MAX_LISTED])
    plugs = Connector.objects.filter(evse__charger__in=people.chargers(viewer).filter(retired_at=None))
    return ChargingNow(
        listed=[
            RunningCharge(
                transaction=row,
                power_w=row.flowing_w,
                session=row.session_id,
                lasted=max(now - row.started_at, timedelta(0)),
            )
            for row in rows
        ],
        count=rows[0].count if rows else 0,
        power_w=(rows[0].total_w or 0) if rows else 0,
        connectors=plugs.count(),
    )


def version(viewer: Viewer) -> tuple[object, ...]:
    """Returns a value that changes with every start, stop and reading. One query by index."""
    sums = _running(viewer).aggregate(
        count=Count("id"), newest=Max("id"), read=Sum("register_wh"), power=Sum("flowing_w")
    )
    return tuple(sums.values())


def _running(viewer: Viewer) -> QuerySet[Transaction]:
    chargers = people.chargers(viewer).filter(retired_at=None)
    return running().filter(charger__in=chargers)
