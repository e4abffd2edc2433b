"""Chargers as rows of a list."""

from django.db.models import Prefetch, QuerySet

from chargers.fleet import condition
from chargers.models import Charger
from chargers.pages.frame import Frame, build_frame

_ORDER = {"bad": 0, "warn": 1, "unknown": 2, "busy": 3, "ok": 4}


def rows_of(chargers: QuerySet[Charger]) -> list[Frame]:
    annotated_chargers = condition.with_since(chargers).select_related("property", "unit", "licence")
    chargers_with_plugs = annotated_chargers.prefetch_related(Prefetch("evses__connectors", condition.connectors()))
    rows = [build_frame(charger) for charger in chargers_with_plugs]
    return sorted(rows, key=lambda row: (_ORDER[row.condition.kind], row.charger.property.name, row.charger.station_id))
