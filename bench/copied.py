"""Copies rows of the product's own code by SQL."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db import connection


def columns(table: str, changed: Mapping[str, str]) -> tuple[str, str]:
    """Returns the names of a table's columns, and their values in a copy of the row `t`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND table_schema = 'public'"
            " AND is_generated = 'NEVER'",
            [table],
        )
        names = [row[0] for row in cursor.fetchall()]
    return ", ".join(f'"{one}"' for one in names), ", ".join(changed.get(one, f't."{one}"') for one in names)


def copies(table: str, of: object, count: int, changed: Mapping[str, str]) -> None:
    """Inserts `count` copies of one row; `changed` values are SQL expressions of `n`, which counts from 0."""
    names, values = columns(table, changed)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {values}"
            f" FROM generate_series(0, {count - 1}) AS c(n) CROSS JOIN {table} t WHERE t.id = '{of}'"
        )


@contextmanager
def without_triggers() -> Iterator[None]:
    """Disables triggers, because the copies are balanced and refer to existing rows."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            yield
        finally:
            cursor.execute("SET session_replication_role = DEFAULT")
