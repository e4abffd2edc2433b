"""`manage.py guide`: prints what `up` prints when everything runs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from backoffice import demo


class Command(BaseCommand):
    """Prints the addresses of a running installation; for the demo also its log-ins and what to try."""

    help = "Prints where the pages of a running installation are."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("base_url", metavar="URL")
        parser.add_argument("--seconds", type=int, help="how long the start took")
        parser.add_argument("--demo", action="store_true", help="also the demo's log-ins and what to try")

    def handle(self, *_: Any, **options: Any) -> None:
        self.stdout.write(demo.summary(options["base_url"], seconds=options["seconds"], demo=options["demo"]))
