"""Weekly partitions of the tables that grow with every frame: made ahead, and dropped when too old.

The partition key is the UUIDv7 primary key, so a range of ids is a range of time. A default partition takes rows with
impossible times (a charger at 1970), so that no frame is lost for lack of a partition.
"""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import OperationalError, connection, migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState
from psycopg.errors import LockNotAvailable

from chargers.lib import ids

logger = logging.getLogger(__name__)

TABLES = ("chargers_message", "chargers_metervalue")
_WEEK = timedelta(days=7)
_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
_LOCK_TIMEOUT_MS = 2000


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


def ensure(*, now: datetime, weeks_ahead: int = 8, weeks_back: int = 1) -> list[str]:
    """Makes the partitions of this week and those around it. Returns the names of the new ones."""
    weeks = [
        (table, begin)
        for table in TABLES
        for begin in missing(table, now=now - weeks_back * _WEEK, weeks_ahead=weeks_ahead + weeks_back)
    ]
    return [name for table, begin in weeks if (name := _make(table, begin))]


def adopt(*, since: datetime, until: datetime) -> list[str]:
    """Creates partitions for weeks with rows in the default partition, such as late readings.

    Returns the names of the new ones. Rows outside `since` to `until` stay there, because their times are not
    plausible.
    """
    weeks = [(table, begin) for table in TABLES for begin in _weeks_in_default(table, since=since, until=until)]
    return [name for table, begin in weeks if (name := _make(table, begin))]


def count_strays(table: str, *, since: datetime, until: datetime) -> int:
    """Returns the number of rows in the default partition outside these times, which `adopt` leaves there."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {table}_default WHERE id < %s OR id >= %s",  # noqa: S608 - our own names
            [ids.floor(since), ids.floor(until)],
        )
        (count,) = cursor.fetchone() or (0,)
    return int(count)


def missing(table: str, *, now: datetime, weeks_ahead: int) -> list[datetime]:
    """Returns the Mondays of weeks without a partition, starting with this week."""
    start = _MONDAY + ((now - _MONDAY) // _WEEK) * _WEEK
    existing = set(_partitions(table))
    weeks = [start + week * _WEEK for week in range(weeks_ahead + 1)]
    return [begin for begin in weeks if _name(table, begin) not in existing]


def drop_before(when: datetime) -> list[str]:
    """Drops partitions whose whole week is before `when`. Returns their names."""
    dropped = []
    for table in TABLES:
        for name in _partitions(table):
            day = name.removeprefix(f"{table}_")
            is_over = day.isdecimal() and datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC) + _WEEK <= when
            if is_over and _run_statements(f"DROP TABLE {name}"):
                dropped.append(name)
    return dropped


def _make(table: str, begin: datetime) -> str:
    """Makes a partition and moves its rows out of the default one. Returns its name; empty if another process is doing
    or has done it.

    Chargers wait while the table is locked, so the lock is short, and needed for moving rows only.
    """
    name, low, high = _name(table, begin), ids.floor(begin), ids.floor(begin + _WEEK)
    id_range = f"id >= '{low}' AND id < '{high}'"
    moves = [
        f"LOCK TABLE {table}_default IN ACCESS EXCLUSIVE MODE",
        f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED)",
        f"WITH moved AS (DELETE FROM {table}_default WHERE {id_range} RETURNING *) INSERT INTO {name} SELECT * FROM moved",  # noqa: S608, E501
        f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{low}') TO ('{high}')",
    ]
    plain = [f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {table} FOR VALUES FROM ('{low}') TO ('{high}')"]
    return name if _run_statements(*(moves if _default_holds(table, begin) else plain)) else ""


def _run_statements(*statements: str) -> bool:
    """Runs the statements; False if the lock on the table was not granted in time, and the next run must try again.

    A pending lock blocks all later queries of the table, including those of chargers.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT_MS}ms'")
            for statement in statements:
                cursor.execute(statement)
            cursor.execute("SET LOCAL lock_timeout = 0")  # in case this is part of another transaction
    except OperationalError as exc:
        if not isinstance(exc.__cause__, LockNotAvailable):
            raise
        logger.info("A partition is in use and is changed in the next round: %s", statements[-1])
        return False
    return True


def _name(table: str, begin: datetime) -> str:
    return f"{table}_{begin:%Y%m%d}"


def _partitions(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [table])
        return [name for (name,) in cursor.fetchall()]


def _weeks_in_default(table: str, *, since: datetime, until: datetime) -> list[datetime]:
    """Returns the Mondays of rows in the default partition, by the time in their UUIDv7."""
    weeks: set[datetime] = set()
    low, high = ids.floor(since), ids.floor(until)
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                f"SELECT id FROM {table}_default WHERE id >= %s AND id < %s ORDER BY id LIMIT 1",  # noqa: S608
                [low, high],
            )
            row = cursor.fetchone()
            if row is None:
                return sorted(weeks)
            at = datetime.fromtimestamp((row[0].int >> 80) / 1000, tz=UTC)
            weeks.add(begin := _MONDAY + ((at - _MONDAY) // _WEEK) * _WEEK)
            low = ids.floor(begin + _WEEK)


def _default_holds(table: str, begin: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT EXISTS (SELECT FROM {table}_default WHERE id >= %s AND id < %s)",  # noqa: S608 - our own names
            [ids.floor(begin), ids.floor(begin + _WEEK)],
        )
        row = cursor.fetchone()
        return bool(row and row[0])
