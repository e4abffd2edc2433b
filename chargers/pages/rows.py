"""Chargers as rows of a list."""

from django.db.models import QuerySet

from chargers.models import Charger
from chargers.pages.frame import Frame, framed

_ORDER = {"bad": 0, "warn": 1, "unknown": 2, "busy": 3, "ok": 4}


def rows_of(chargers: QuerySet[Charger]) -> list[Frame]:
    found = chargers.select_related("property", "unit", "licence").prefetch_related("evses__connectors")
    rows = [framed(charger) for charger in found]
    return sorted(rows, key=lambda row: (_ORDER[row.condition.kind], row.charger.property.name, row.charger.station_id))
