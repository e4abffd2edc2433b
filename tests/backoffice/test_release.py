"""The migrations of the first release: they stand for all of development's, whole or not at all."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from backoffice import release

APPS = ("authorization", "billing", "chargers", "support")
BEFORE = sorted(release.before())


@pytest.fixture
def recorder(transactional_db: None) -> Iterator[MigrationRecorder]:
    """With the release not noted as applied; the tables are there. Afterwards all is noted as it was."""
    found = MigrationRecorder(connection)
    kept = list(found.migration_qs.values_list("app", "name"))
    found.migration_qs.filter(app__in=APPS, name__in=[name for _, name in BEFORE]).delete()
    for (app, name), migration in MigrationExecutor(connection).loader.disk_migrations.items():
        if app in APPS and migration.replaces:
            found.record_unapplied(app, name)
    yield found
    found.migration_qs.all().delete()
    for app, name in kept:
        found.record_applied(app, name)


def test_a_database_that_has_all_of_development_has_the_release(recorder: MigrationRecorder):
    for app, name in BEFORE:
        recorder.record_applied(app, name)

    call_command("migrate", verbosity=0)

    assert ("billing", "0001_release") in recorder.applied_migrations()
    assert MigrationExecutor(connection).migration_plan(MigrationExecutor(connection).loader.graph.leaf_nodes()) == []


def test_a_database_in_the_midst_of_development_is_named(recorder: MigrationRecorder):
    assert not release.is_in_development(), "a new one"
    for app, name in BEFORE[:-1]:
        recorder.record_applied(app, name)

    assert release.is_in_development()

    recorder.record_applied(*BEFORE[-1])
    assert not release.is_in_development()
