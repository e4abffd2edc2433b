"""Rows written by SQL as copies of rows that the product's own code made."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db import connection


def columns(table: str, changed: Mapping[str, str]) -> tuple[str, str]:
    """The names of a table's columns, and what stands in them in a copy of the row `t`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND table_schema = 'public'"
            " AND is_generated = 'NEVER'",
            [table],
        )
        names = [row[0] for row in cursor.fetchall()]
    return ", ".join(f'"{one}"' for one in names), ", ".join(changed.get(one, f't."{one}"') for one in names)


def copies(table: str, of: object, count: int, changed: Mapping[str, str]) -> None:
    """`count` copies of one row; what differs is SQL of `n`, which counts from 0."""
    names, values = columns(table, changed)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {values}"
            f" FROM generate_series(0, {count - 1}) AS c(n) CROSS JOIN {table} t WHERE t.id = '{of}'"
        )


@contextmanager
def without_triggers() -> Iterator[None]:
    """What is copied is balanced and leads to rows that exist."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            yield
        finally:
            cursor.execute("SET session_replication_role = DEFAULT")
