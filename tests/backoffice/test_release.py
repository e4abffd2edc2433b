"""A database of another version is named, before a migration fails in the midst of it."""

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from backoffice import release

pytestmark = pytest.mark.django_db


def test_a_database_of_this_version_is_not_strange():
    assert not release.is_of_another_version()


def test_a_database_with_a_migration_that_is_not_here_is_named():
    MigrationRecorder(connection).record_applied("billing", "0001_release")

    assert release.is_of_another_version()


def test_migrations_of_other_packages_are_theirs():
    MigrationRecorder(connection).record_applied("account", "0999_gone")

    assert not release.is_of_another_version()
