"""Scans of labels: recorded when a guest's page is opened from outside, counted by day and label."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Max, Sum
from django.http import HttpRequest

from billing.models import LabelScans
from chargers.models import Charger

PERIOD: Final = timedelta(days=30)

# An upsert: phones scan the same label at the same time, and no count may be lost.
_RECORD: Final = """
INSERT INTO billing_labelscans (charger_id, connector, day, count) VALUES (%s, %s, %s, 1)
ON CONFLICT (charger_id, day, connector) DO UPDATE SET count = billing_labelscans.count + 1
"""


@dataclass(frozen=True, slots=True)
class Scans:
    """The scans of the last 30 days, and the last day with one."""

    count: int = 0
    last_on: date | None = None


def is_scan(request: HttpRequest) -> bool:
    """Whether the page was opened by a camera, as far as browsers tell: not by a link on our pages, and not reloaded.

    Browsers send Sec-Fetch-Site "none" for an address that came from outside (W3C Fetch Metadata). Older ones send
    nothing.
    """
    from_outside = request.headers.get("Sec-Fetch-Site", "none") == "none"
    is_reloaded = request.headers.get("Cache-Control", "") in ("max-age=0", "no-cache")
    is_prefetched = "prefetch" in request.headers.get("Sec-Purpose", "")
    return request.method == "GET" and from_outside and not is_reloaded and not is_prefetched


def record(charger: Charger, *, connector: int | None, now: datetime) -> None:
    """Counts one scan on the day of the property. One statement."""
    day = now.astimezone(ZoneInfo(charger.property.time_zone)).date()
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, [charger.pk, connector or 0, day])


def of_charger(charger: Charger, *, now: datetime) -> dict[int, Scans]:
    """Returns the scans by connector; 0 is the label of the whole charger. One query."""
    rows = LabelScans.objects.filter(charger=charger, day__gt=(now - PERIOD).date()).order_by()
    by_connector = rows.values_list("connector").annotate(Sum("count"), Max("day"))
    return {connector: Scans(count, last_on) for connector, count, last_on in by_connector}
