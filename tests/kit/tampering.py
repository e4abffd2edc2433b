"""Changes rows that are immutable, for tests of older versions' data or of impossible states."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def unguarded() -> Iterator[None]:
    """Disables the database's guards inside the block, which the tests' own server permits."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
