"""`manage.py import_site FILE.json`: sets up hosts, chargers, cards and rates in bulk; can be repeated."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from django.core.management import CommandError
from django.db import DatabaseError, transaction

from backoffice.site_file import applying, checking, existing_rows, reading, replaced_hardware
from backoffice.site_file.applying import Counts
from billing.engine.rate import json_input
from billing.engine.rate.reading import InputError, Problem
from billing.models import Rate
from billing.pricing.rates import catalogue, sites
from chargers.lib.quick_command import QuickCommand
from chargers.models import Charger

_SERIALIZATION, _DEADLOCK, _UNIQUE, _FOREIGN_KEY = "40001", "40P01", "23505", "23503"
_COUNTED = "several connectors name no evse: each is taken for an EVSE of its own, to be used beside the others."
_MAX_NAMED = 5
_MEANWHILE = {_SERIALIZATION, _DEADLOCK, _UNIQUE, _FOREIGN_KEY}


class Command(QuickCommand):
    """Applies a site file, or reports all its errors and writes nothing."""

    help = (
        "Sets up an installation from one JSON file; the same file again changes nothing. Entries are found by "
        "their natural keys. What an entry leaves out takes its default (mostly null, so a charger without password "
        "loses the one it had); a list replaces the list that was there, and one that is left out stays as it is, but "
        "for upstreams and a card's groups, which are then empty. What the file does not name is left alone. A "
        "charger with security_profile 0 and no password may connect without one for 30 days; applying the file "
        "after that gives it another 30. Prints a JSON summary; exit 2 with a list of errors: nothing was written."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE.json", help="the file, or - for standard input")

    def handle(self, *_: Any, **options: Any) -> None:
        content = self._content(options["file"])
        try:
            with transaction.atomic():
                counts = self._apply(content, now=datetime.now(tz=UTC))
        except DatabaseError as exc:
            if getattr(exc.__cause__, "sqlstate", None) not in _MEANWHILE:
                raise
            self._refuse([Problem(path="", message="Somebody changed the same rows meanwhile: run the import again.")])
        self.stdout.write(json.dumps(_summary(counts), indent=2))
        for note in (*_outlet_doubts(content), *_warn_about_rates(content)):
            self.stderr.write(note)

    def _apply(self, content: object, *, now: datetime) -> dict[str, Counts]:
        applying.hold_imports()
        problems: list[Problem] = []
        site = replaced_hardware.follow(reading.read(content, problems=problems))
        checking.check(site, existing_rows.load(), problems=problems)
        if problems:
            self._refuse(reading.in_order(problems))
        return applying.apply(site, now=now)

    def _content(self, name: str) -> object:
        try:
            return json_input.parse(sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes())
        except OSError as exc:
            self._refuse([Problem(path="", message=f"{name} cannot be read: {exc.strerror}.")])
        except InputError as exc:
            self._refuse(list(exc.problems))

    def _refuse(self, problems: list[Problem]) -> NoReturn:
        """Prints the errors as JSON on standard output; exit 2."""
        self.stdout.write(json.dumps({"errors": [asdict(problem) for problem in problems]}, indent=2))
        count = "1 error" if len(problems) == 1 else f"{len(problems)} errors"
        raise CommandError(f"{count}; nothing was written.", returncode=2)


def _warn_about_rates(content: Any) -> Iterator[str]:
    """Yields warnings about the file's rates: they are written all the same, and the warnings go to standard error."""
    for number, entry in enumerate(content.get("rates") or ()):
        rate = Rate.objects.select_related("host").get(host__slug=entry["host"], slug=entry["slug"])
        newest = catalogue.newest(rate)
        for finding in sites.findings(rate, newest.definition) if newest else ():
            yield f"rates[{number}] “{rate.slug}”: {sites.as_paragraph(finding)}"


def _outlet_doubts(content: Any) -> Iterator[str]:
    """Yields warnings about several connectors without `evse`, which is right for OCPP 1.6 only.

    Chargers that have never connected may speak either version, and are named in one line.
    """
    doubtful = {entry["id"]: len(_find_connectors_without_evse(entry)) for entry in content.get("chargers") or ()}
    doubtful = {charger_id: count for charger_id, count in doubtful.items() if count > 1}
    versions = dict(Charger.objects.filter(charger_id__in=doubtful).values_list("charger_id", "ocpp_version"))
    for charger_id, count in doubtful.items():
        if versions.get(charger_id, "1.6").startswith("2"):
            yield f"“{charger_id}” speaks OCPP {versions[charger_id]}, and {_COUNTED} {_example_connectors(count)}"
    if unknown := [charger_id for charger_id in doubtful if versions.get(charger_id) == ""]:
        names = ", ".join(f"“{charger_id}”" for charger_id in unknown[:_MAX_NAMED])
        remainder_text = f" and {len(unknown) - _MAX_NAMED} more" if len(unknown) > _MAX_NAMED else ""
        count = max(doubtful[charger_id] for charger_id in unknown)
        example = _example_connectors(count)
        yield f"{names}{remainder_text} never connected, and {_COUNTED} That is right for OCPP 1.6. {example}"


def _find_connectors_without_evse(entry: dict[str, Any]) -> list[dict[str, Any]]:
    return [connector for connector in entry.get("connectors") or () if connector.get("evse") is None]


def _example_connectors(count: int) -> str:
    plugs = ", ".join(f'{{"evse": 1, "number": {number}}}' for number in range(1, count + 1))
    return f"If they are plugs of one EVSE, of which only one can be used at a time (OCPP 2.x), write {plugs}."


def _summary(counts: dict[str, Counts]) -> dict[str, object]:
    kinds = {kind: asdict(of_kind) for kind, of_kind in counts.items()}
    totals = {word: sum(of_kind[word] for of_kind in kinds.values()) for word in ("created", "updated", "unchanged")}
    return {**totals, "kinds": kinds}
