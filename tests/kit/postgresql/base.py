"""The database backend of the tests: empties tables quickly, tolerates locks, and copies a migrated database."""

from collections.abc import Iterable
from typing import Any

from django.db import OperationalError
from django.db.backends.postgresql import base, operations
from psycopg.errors import DeadlockDetected

from tests.kit.postgresql.template import DatabaseCreation

_TRIES = 5
_KEPT = frozenset({"chargers_chargermodel", "django_content_type", "auth_permission"})
"""Tables whose rows come with the migrations, or with the signal at their end: tests.conftest.django_db_setup."""


class DatabaseOperations(operations.DatabaseOperations):
    """Empties tables by deleting: truncating a hundred of them costs half a second, and waits for every reader."""

    def sql_flush(self, style: Any, tables: Iterable[str], **_: Any) -> list[str]:
        """Deletes in any order, because foreign keys are not checked meanwhile; the tests' own server allows it."""
        names = [self.quote_name(table) for table in tables if table not in _KEPT]
        return ["SET LOCAL session_replication_role = replica", *(f"DELETE FROM {name}" for name in names)]

    def execute_sql_flush(self, sql_list: list[str]) -> None:
        """Sends all statements in one message.

        Retries after a deadlock, because a gateway reads while tables are emptied.
        """
        for attempt in range(1, _TRIES + 1):
            try:
                super().execute_sql_flush(["; ".join(sql_list)])
            except OperationalError as exc:
                if attempt == _TRIES or not isinstance(exc.__cause__, DeadlockDetected):
                    raise
            else:
                return


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
    creation_class = DatabaseCreation
