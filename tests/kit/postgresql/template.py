"""Stores a migrated database as a template: later runs copy it, and migrate only after a migration has changed.

Each process of a run has its own server. The first that migrates leaves a dump for the others, which wait for it.
"""

import fcntl
import hashlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from django.db.backends.postgresql import creation

from backoffice import embedded

_ROOT: Final = Path(__file__).resolve().parents[3]
_PREFIX: Final = "migrated_"
_DUMPS: Final = _ROOT / "var" / "migrated"


class DatabaseCreation(creation.DatabaseCreation):
    """Used only for the tests' own servers; one at DATABASE_URL is migrated by Django as usual."""

    template = ""

    def create_test_db(self, *arguments: Any, **named: Any) -> str:
        if os.environ.get("DATABASE_URL"):
            return super().create_test_db(*arguments, **named)
        self.template = _PREFIX + _fingerprint()
        if self.template in self._kept():
            return self._copied(*arguments, **named)
        with _alone():
            dump = _DUMPS / self.template
            if dump.exists():
                self._load(dump)
                return self._copied(*arguments, **named)
            name = super().create_test_db(*arguments, **named)
            self._keep(name)
            self._dump(dump)
        return name

    def _copied(self, *arguments: Any, **named: Any) -> str:
        self.connection.settings_dict["TEST"]["TEMPLATE"] = self.template
        return super().create_test_db(*arguments, **named)

    def restore(self) -> bool:
        """Replaces the test database by a fresh copy. Returns False without a template.

        The copy is made first, because a gateway of the conversation tests that finds no database waits for seconds
        before it retries.
        """
        if not self.template:
            return False
        name = self.connection.settings_dict["NAME"]
        quote = self.connection.ops.quote_name
        fresh, used = f"{name}_fresh", f"{name}_used"
        self.connection.close()
        with self._nodb_cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {quote(fresh)} TEMPLATE {quote(self.template)}")
            cursor.execute(f"ALTER DATABASE {quote(name)} ALLOW_CONNECTIONS false")
            cursor.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name])
            cursor.execute(f"ALTER DATABASE {quote(name)} RENAME TO {quote(used)}")
            cursor.execute(f"ALTER DATABASE {quote(fresh)} RENAME TO {quote(name)}")
            cursor.execute(f"DROP DATABASE {quote(used)}")
        return True

    def _kept(self) -> set[str]:
        with self._nodb_cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{_PREFIX}%"])
            return {name for (name,) in cursor.fetchall()}

    def _keep(self, name: str) -> None:
        """Copies the fresh database, and drops the copies of other states of the migrations."""
        self.connection.close()
        self._make_template(f" TEMPLATE {self.connection.ops.quote_name(name)}")

    def _make_template(self, source: str = "") -> None:
        quote = self.connection.ops.quote_name
        with self._nodb_cursor() as cursor:
            for old in self._kept():
                cursor.execute(f"DROP DATABASE {quote(old)}")
            cursor.execute(f"CREATE DATABASE {quote(self.template)}{source}")

    def _dump(self, file: Path) -> None:
        for old in file.parent.glob(f"{_PREFIX}*"):
            old.unlink()
        unfinished = file.with_suffix(".unfinished")
        self._run("pg_dump", "--format=custom", f"--file={unfinished}", self.template)
        unfinished.rename(file)

    def _load(self, file: Path) -> None:
        self._make_template()
        self._run("pg_restore", "--exit-on-error", f"--dbname={self.template}", str(file))

    def _run(self, program: str, *arguments: str) -> None:
        """Runs a program of PostgreSQL as the user of the tests' connections."""
        named = self.connection.settings_dict
        where = (f"--host={named['HOST']}", f"--port={named['PORT'] or 5432}", f"--username={named['USER']}")
        subprocess.run([embedded.postgres_binary(program), *where, *arguments], check=True)


@contextmanager
def _alone() -> Iterator[None]:
    """Lets only one process of this checkout in at a time."""
    _DUMPS.mkdir(parents=True, exist_ok=True)
    with (_DUMPS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fingerprint() -> str:
    """Returns a fingerprint of all migrations, including the packages', and of the day, which decides partitions."""
    found = hashlib.sha256(datetime.now(tz=UTC).date().isoformat().encode())
    found.update((_ROOT / "requirements.txt").read_bytes())
    for file in sorted(_ROOT.glob("*/migrations/*.py")):
        found.update(file.name.encode() + file.read_bytes())
    return found.hexdigest()[:16]
