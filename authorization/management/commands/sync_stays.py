"""`manage.py sync_stays [--connection KEY]`: reads property systems now; a JSON line each. Exit 1 if one failed."""

import json
import time
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management import CommandError

from authorization.models import PmsConnection
from authorization.people.request import now
from authorization.pms import sync
from authorization.pms.sync import Outcome
from chargers.lib.quick_command import QuickCommand

_PATIENCE_S: Final = 120.0
_LOOK_EVERY_S: Final = 0.5


class Command(QuickCommand):
    """Reads the property systems and waits until all is stored.

    If a worker is reading, waits for it and then reads again.
    """

    help = "Reads all property systems, or one, now, and keeps their bookings as stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--connection", metavar="KEY", help="only this one, also where it is paused")

    def handle(self, *_: Any, **options: Any) -> None:
        failed = False
        for connection in _find_connections(options["connection"]):
            outcome = _read(connection)
            failed = failed or outcome.failure is not None
            self.stdout.write(json.dumps(_line(outcome), ensure_ascii=False))
        for key in _list_paused(options["connection"]):
            self.stderr.write(f"{key} is paused: it was not read.")
        if failed:
            raise SystemExit(1)


def _find_connections(key: str | None) -> list[PmsConnection]:
    rows = PmsConnection.objects.order_by("key")
    if not key:
        return list(rows.filter(is_enabled=True))
    connections = list(rows.filter(key=key))
    if not connections:
        keys = ", ".join(rows.values_list("key", flat=True)[:20]) or "none yet"
        raise CommandError(f"There is no connection {key!r}. Known: {keys}.", returncode=2)
    return connections


def _list_paused(key: str | None) -> list[str]:
    rows = PmsConnection.objects.filter(is_enabled=False).order_by("key")
    return [] if key else list(rows.values_list("key", flat=True))


def _read(connection: PmsConnection) -> Outcome:
    until = time.monotonic() + _PATIENCE_S
    while True:
        outcome = sync.run(connection.pk, now=now())
        if outcome is not None:
            return outcome
        if time.monotonic() > until:
            raise CommandError(f"A worker has been reading {connection.key} for two minutes: try again later.")
        time.sleep(_LOOK_EVERY_S)


def _line(outcome: Outcome) -> dict[str, Any]:
    failure = outcome.failure
    return {
        "connection": outcome.connection,
        "stays": outcome.stays,
        "changed": outcome.changed,
        "error": f"{failure.sentence} {failure.fix}" if failure else None,
    }
