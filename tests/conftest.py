"""Fixtures of all tests."""

from collections.abc import Iterator

import pytest
from django.core.management import CommandError
from django.test import TransactionTestCase

_TRIES = 5


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
