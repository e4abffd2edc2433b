"""Whether a database belongs to this version: another version's has migrations of ours without a file here."""

from typing import Final

from django.db import connection
from django.db.migrations.loader import MigrationLoader

_APPS: Final = frozenset({"authorization", "billing", "chargers", "support"})
STRANGE_DATABASE: Final = (
    "The database was made by another version of this program, whose migrations are not here: run that version, or "
    "begin anew. `make clean-data` deletes what lies in DATA_DIR; for a DATABASE_URL, make an empty database."
)


def is_of_another_version() -> bool:
    """Whether there are unknown migrations.

    Django would ignore them, and fail at the first existing or missing table.
    """
    loader = MigrationLoader(connection)
    return any(key[0] in _APPS and key not in loader.disk_migrations for key in loader.applied_migrations)
