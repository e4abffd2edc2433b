"""The first release took all migrations of development together: whether a database stands in the midst of them."""

import importlib
from typing import Final

from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

_APPS: Final = ("authorization", "billing", "chargers", "support")
UNFINISHED: Final = (
    "The database is of a state of development before the first release: start it once with the last commit before"
    " “release: Take the migrations of development together”, or delete DATA_DIR (`make clean-data`) where nothing in"
    " it is to be kept."
)


def before() -> set[tuple[str, str]]:
    """App and name of the migrations of development."""
    modules = (importlib.import_module(f"{app}.migrations._before_release") for app in _APPS)
    return {entry for module in modules for entry in module.BEFORE_RELEASE}


def is_in_development() -> bool:
    """Some of these migrations were applied and not all: then Django would apply none of the release, in silence."""
    applied = before() & set(MigrationRecorder(connection).applied_migrations())
    return bool(applied) and applied != before()
