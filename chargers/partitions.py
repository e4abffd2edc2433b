"""Partitions by time of the tables that grow with every frame: one a week, made ahead, dropped when too old.

The partition key is the UUIDv7 primary key, so a range of ids is a range of time. A default partition takes
what has an impossible time (a charger at 1970), so that no frame is ever lost for want of a partition.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState

from chargers import ids

TABLES = ("chargers_message", "chargers_metervalue")
_WEEK = timedelta(days=7)
_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)


class CreatePartitionedModel(migrations.CreateModel):
    """CreateModel whose table is partitioned by ranges of its UUIDv7 primary key."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        editor: Any = schema_editor
        plain = editor.sql_create_table
        editor.sql_create_table = f"{plain} PARTITION BY RANGE (id)"
        try:
            super().database_forwards(app_label, schema_editor, from_state, to_state)
        finally:
            editor.sql_create_table = plain
        table = to_state.apps.get_model(app_label, self.name)._meta.db_table
        editor.execute(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")


def ensure(*, now: datetime, weeks_ahead: int = 8) -> list[str]:
    """Makes the partitions of this week and the next ones; answers the names of the new ones.

    Rows that already sit in the default partition stay there: such a week keeps no partition of its own.
    """
    made = []
    for table in TABLES:
        for begin in missing(table, now=now - _WEEK, weeks_ahead=weeks_ahead + 1):
            if not _default_holds(table, begin):
                name = _name(table, begin)
                _execute(
                    f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {table} "
                    f"FOR VALUES FROM ('{ids.floor(begin)}') TO ('{ids.floor(begin + _WEEK)}')"
                )
                made.append(name)
    return made


def missing(table: str, *, now: datetime, weeks_ahead: int) -> list[datetime]:
    """The Mondays, from this week on, whose weeks have no partition."""
    start = _MONDAY + ((now - _MONDAY) // _WEEK) * _WEEK
    existing = set(_partitions(table))
    weeks = [start + week * _WEEK for week in range(weeks_ahead + 1)]
    return [begin for begin in weeks if _name(table, begin) not in existing]


def drop_before(when: datetime) -> list[str]:
    """Drops the partitions whose whole week lies before `when`; answers their names."""
    dropped = []
    for table in TABLES:
        for name in _partitions(table):
            day = name.removeprefix(f"{table}_")
            if day.isdecimal() and datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC) + _WEEK <= when:
                _execute(f"DROP TABLE {name}")
                dropped.append(name)
    return dropped


def _name(table: str, begin: datetime) -> str:
    return f"{table}_{begin:%Y%m%d}"


def _partitions(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table])
        return [name for (name,) in cursor.fetchall()]


def _default_holds(table: str, begin: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT FROM {table}_default WHERE id >= %s AND id < %s)",  # noqa: S608 - our own names
            [ids.floor(begin), ids.floor(begin + _WEEK)],
        )
        row = cursor.fetchone()
        return bool(row and row[0])


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
