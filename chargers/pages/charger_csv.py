"""Chargers as CSV: every column of the list, safe from spreadsheet formulas."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from billing.engine.values import money
from chargers.lib import batch
from chargers.listing import columns
from chargers.pages import charger_table
from chargers.pages.charger_table import Row, TableQuery
from chargers.text import spreadsheets
from chargers.text.spreadsheets import escape_formula

HEADER: Final = (
    "charger", "station", "name", "host", "property", "unit", "tags", "state", "state_since", "time_zone", "connectors",
    "power_now_w", "period_from", "period_to", "sessions", "energy_kwh", "charged", "uptime_30_days_pct", "vendor",
    "model", "firmware", "ocpp", "last_message_at",
)  # fmt: skip
_MONEY: Final = frozenset(("sessions", "energy_kwh", "charged"))
_AT_ONCE: Final = 500


def render_pieces(query: TableQuery) -> Iterator[bytes]:
    """Yields all matches in the order of the list."""
    every = replace(query, columns=columns.select_by_key(columns.BY_KEY, sees_money=query.sees_money))
    positions = [position for position, name in enumerate(HEADER) if query.sees_money or name not in _MONEY]
    lines = (_row(row, every) for row in _rows(every))
    return spreadsheets.render_csv_chunks(
        [HEADER[position] for position in positions], ([row[position] for position in positions] for row in lines)
    )


def _rows(query: TableQuery) -> Iterator[Row]:
    for keys in batch.slices(charger_table.list_ordered_keys(query), _AT_ONCE):
        yield from charger_table.rows(query, keys)


def _row(row: Row, query: TableQuery) -> list[object]:
    charger, zone = row.frame.charger, ZoneInfo(row.frame.time_zone)
    return [
        escape_formula(charger.charger_id),
        escape_formula(charger.station_id),
        escape_formula(charger.name),
        escape_formula(charger.property.host.slug),
        escape_formula(charger.property.name),
        escape_formula(charger.unit.name if charger.unit else ""),
        escape_formula(", ".join(row.tags)),
        row.frame.condition.word,
        _local(row.frame.condition.since, zone),
        row.frame.time_zone,
        "; ".join(f"{plug.connector.evse.number} {plug.condition.word}" for plug in row.frame.plugs),
        row.power_w,
        query.period.begins_at.isoformat(timespec="seconds"),
        query.period.ends_at.isoformat(timespec="seconds"),
        row.sessions,
        f"{row.energy_wh / 1000:.3f}",
        "; ".join(f"{money.major(minor, currency=currency)} {currency}" for currency, minor in row.money),
        row.uptime_pct,
        escape_formula(charger.vendor),
        escape_formula(charger.model),
        escape_formula(charger.firmware_version),
        charger.ocpp_version,
        _local(charger.last_message_at, zone),
    ]


def _local(at: datetime | None, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(timespec="seconds") if at else ""
