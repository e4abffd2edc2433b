"""A migrated database kept as a template: later runs copy it, and migrate only when a migration has changed."""

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from django.db.backends.postgresql import creation

_ROOT: Final = Path(__file__).resolve().parents[3]
_PREFIX: Final = "migrated_"


class DatabaseCreation(creation.DatabaseCreation):
    """Used for the tests' own servers alone: one at DATABASE_URL is migrated as Django does it."""

    template = ""

    def create_test_db(self, *arguments: Any, **named: Any) -> str:
        if os.environ.get("DATABASE_URL"):
            return super().create_test_db(*arguments, **named)
        template = _PREFIX + _fingerprint()
        is_kept = template in self._kept()
        if is_kept:
            self.connection.settings_dict["TEST"]["TEMPLATE"] = template
        name = super().create_test_db(*arguments, **named)
        if not is_kept:
            self._keep(name, template)
        self.template = template
        return name

    def restore(self) -> bool:
        """Replaces the test database by a fresh copy; False where there is no template."""
        if not self.template:
            return False
        name = self.connection.settings_dict["NAME"]
        quote = self.connection.ops.quote_name
        self.connection.close()
        with self._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {quote(name)} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {quote(name)} TEMPLATE {quote(self.template)}")
        return True

    def _kept(self) -> set[str]:
        with self._nodb_cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{_PREFIX}%"])
            return {name for (name,) in cursor.fetchall()}

    def _keep(self, name: str, template: str) -> None:
        """Copies the fresh database, and drops the copies of other states of the migrations."""
        self.connection.close()
        quote = self.connection.ops.quote_name
        with self._nodb_cursor() as cursor:
            for old in self._kept():
                cursor.execute(f"DROP DATABASE {quote(old)}")
            cursor.execute(f"CREATE DATABASE {quote(template)} TEMPLATE {quote(name)}")


def _fingerprint() -> str:
    """Of all migrations, ours and the packages', and of the day, by which they make partitions."""
    found = hashlib.sha256(datetime.now(tz=UTC).date().isoformat().encode())
    found.update((_ROOT / "requirements.txt").read_bytes())
    for file in sorted(_ROOT.glob("*/migrations/*.py")):
        found.update(file.name.encode() + file.read_bytes())
    return found.hexdigest()[:16]
