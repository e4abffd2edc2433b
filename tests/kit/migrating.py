"""The database at another migration; after the test, it is there again as it was at the start of the run."""

import os
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias, cast

import pytest
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

from tests.kit.postgresql.template import DatabaseCreation

Migrate: TypeAlias = Callable[[list[tuple[str, str]]], Any]
landed = pytest.mark.skipif(
    not os.environ.get("OLD_MIGRATIONS"), reason="a migration that landed and does not change: OLD_MIGRATIONS=1 runs it"
)
"""Of tests that go back over many migrations, which takes a minute each."""


@pytest.fixture
def migrate(transactional_db: None) -> Iterator[Migrate]:
    """Goes to these migrations, and returns the models as they are there."""
    yield _migrate
    if not cast("DatabaseCreation", connection.creation).restore():
        _migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())


def _migrate(targets: list[tuple[str, str]]) -> Any:
    executor = MigrationExecutor(connection)
    plan = [migration for migration, is_backwards in executor.migration_plan(targets) if is_backwards]
    if plan:
        _unapply(executor, plan)
    else:
        executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


def _unapply(executor: MigrationExecutor, plan: list[Migration]) -> None:
    """As `executor.migrate`, which renders models anew after each operation of each later migration."""
    states, state = {}, ProjectState(real_apps=executor.loader.unmigrated_apps)
    for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True):
        if migration in plan:
            states[migration] = state.clone()
        state = migration.mutate_state(state, preserve=False)
    for migration in plan:
        _ = states[migration].apps  # rendered once, and cloned for each of its operations
        executor.unapply_migration(states.pop(migration), migration)
