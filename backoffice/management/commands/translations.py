"""`manage.py translations`: updates the .po files from the code's texts, and compiles the .mo files."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice import translations


class Command(BaseCommand):
    help = "Adds new texts for guests to the .po files, drops those no longer used, and compiles the .mo files."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="Write nothing; exit 1 if anything is wrong.")

    def handle(self, *_args: Any, check: bool, **_options: Any) -> None:
        """Updates the files, and prints the messages that need a translator."""
        if not check:
            for language in translations.LANGUAGES:
                _write(language)
        faults = translations.faults()
        for fault in faults:
            text = " | ".join(fault.text.split("\0"))
            self.stdout.write(f"{fault.language}: “{text}”: {fault.problem}")
        if faults:
            raise CommandError(f"{len(faults)} translations are missing or wrong.")
        self.stdout.write(f"{len(translations.texts())} texts in {len(translations.LANGUAGES)} languages.")


def _write(language: str) -> None:
    entries = translations.read(language)
    po, mo = (translations.path(language, ending=ending) for ending in ("po", "mo"))
    po.parent.mkdir(parents=True, exist_ok=True)
    po.write_text(translations.render_po(language, entries))
    mo.write_bytes(translations.compile_mo(language, translations.read(language)))
