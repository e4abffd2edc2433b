"""`manage.py bank_import FILE [--host SLUG]`: reads a bank's file, matches its lines, and prints one JSON object."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management import CommandError

from authorization.people.request import now
from billing.models import BankImport, BankLine, BankMatch
from billing.payouts.bank_files import formats
from billing.payouts.bank_files.incoming.lines import FileError
from billing.payouts.bank_lines import imports, matches, matching, wording
from billing.payouts.bank_lines.imports import ImportResult
from chargers.lib.quick_command import QuickCommand
from chargers.models import Host

Match = BankLine.Match
_DOUBLED: Final = {"doubled", "no_payout", "before_first_payout"}
"""The status of a line that repeats another one of its file."""


class Command(QuickCommand):
    """Imports a file. Repeating a file changes nothing: its lines are then listed as doubled."""

    help = f"Imports a bank statement ({formats.labels()}) and matches its lines with payouts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--host", metavar="SLUG", help="whose account it is; without it the platform's own")

    def handle(self, *_: Any, **options: Any) -> None:
        host, path, at = _host(options["host"]), Path(options["file"]), now()
        try:
            with path.open("rb") as stream:
                imported = imports.bring_in(stream, name=path.name, host=host, by="bank_import", now=at)
        except OSError as exc:
            raise CommandError(f"{path} cannot be read: {exc.strerror}.", returncode=2) from exc
        except FileError as exc:
            raise CommandError(f"{path.name}: {exc}", returncode=2) from exc
        matching.run(host, now=at)
        self.stdout.write(json.dumps(_report(imported), ensure_ascii=False))


def _host(slug: str | None) -> Host | None:
    host = Host.objects.filter(slug=slug).first() if slug else None
    if slug and host is None:
        slugs = ", ".join(Host.objects.order_by("slug").values_list("slug", flat=True)[:20]) or "none yet"
        raise CommandError(f"No host has the slug {slug!r}. Known: {slugs}.", returncode=2)
    return host


def _report(imported: ImportResult) -> dict[str, Any]:
    """Returns the report.

    A line that appears twice in the file is doubled, like one that is known from another file.
    """
    doubled, unmatched = list(imported.doubled), []
    if imported.file is not None:
        for line in _not_matched(imported.file).iterator():
            if line.occurrence > 1 and line.kind in _DOUBLED:
                doubled.append(line.line)
            else:
                unmatched.append({"line": line.line, "kind": line.kind, "sentence": wording.sentence(line)})
    return {
        "lines": imported.lines,
        "doubled": doubled,
        "matched": _list_matches(imported.file),
        "unmatched": unmatched,
        "refused": imported.refused,
        "problems": imported.problems,
    }


def _list_matches(file: BankImport | None) -> list[dict[str, Any]]:
    if file is None:
        return []
    rows = BankMatch.objects.filter(line__file=file).select_related("line").order_by("line_id", "payout__number")
    return [{"line": match.line.line, "payout": str(match.payout_id)} for match in rows]


def _not_matched(file: BankImport) -> Any:
    return file.lines.exclude(match__in=matches.CLOSED).order_by("id")
