"""Fixtures of all tests."""

from collections.abc import Collection, Iterator
from typing import Any

import pytest
from django.core.management import CommandError
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings

# A busy machine is no finding: nothing is timed, and an input that is slow to draw is as good as another.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

_TRIES = 5
_KEPT = frozenset({"chargers_chargermodel"})
"""Tables whose rows come with the migrations."""


@pytest.fixture(scope="session", autouse=True)
def _quick_flush() -> Iterator[None]:
    """Empties the tables by deleting: to truncate a hundred of them costs half a second, and waits for every reader.

    The rows need no order, because foreign keys are not looked at meanwhile. The tests' own server lets us.
    """
    plain = DatabaseOperations.sql_flush

    def emptied(self: DatabaseOperations, style: Any, tables: Collection[str], **_: Any) -> list[str]:
        names = [self.quote_name(table) for table in tables if table not in _KEPT]
        return ["SET LOCAL session_replication_role = replica", *(f"DELETE FROM {name}" for name in names)]

    DatabaseOperations.sql_flush = emptied
    yield
    DatabaseOperations.sql_flush = plain


@pytest.fixture(scope="session", autouse=True)
def _patient_flush() -> Iterator[None]:
    """Tries again when emptying the database met a deadlock.

    A gateway of the conversation tests goes on looking at the database while it is emptied; PostgreSQL then
    ends one of the two, and it may be the flush.
    """
    plain = TransactionTestCase._fixture_teardown

    def patient(self: TransactionTestCase) -> None:
        for attempt in range(_TRIES):
            try:
                plain(self)
            except CommandError as exc:
                if attempt == _TRIES - 1 or "deadlock" not in str(exc.__cause__):
                    raise
            else:
                return

    TransactionTestCase._fixture_teardown = patient
    yield
    TransactionTestCase._fixture_teardown = plain
