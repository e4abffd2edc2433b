"""The database at another migration; after the test, it is there again as it was at the start of the run."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias, cast

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.kit.postgresql.template import DatabaseCreation

Migrate: TypeAlias = Callable[[list[tuple[str, str]]], Any]


@pytest.fixture
def migrate(transactional_db: None) -> Iterator[Migrate]:
    """Goes to these migrations, and returns the models as they are there."""
    yield _migrate
    if not cast("DatabaseCreation", connection.creation).restore():
        _migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())


def _migrate(targets: list[tuple[str, str]]) -> Any:
    MigrationExecutor(connection).migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps
