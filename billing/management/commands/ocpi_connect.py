"""Connects a mobility provider by OCPI: the credentials handshake, or its repeat with new tokens."""

import json
import sys
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from authorization.roaming import providers
from billing.roaming.credentials import handshake
from billing.roaming.partners import connections
from billing.roaming.versions import catalogue


class Command(BaseCommand):
    help = "Does the credentials handshake with a partner and prints each step as a JSON line. Exit 1 if one failed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--msp", required=True, help="Such as NL-EMS.")
        parser.add_argument("--ocpi-version", choices=list(catalogue.ALL), default=None)

    def handle(self, *_args: Any, **options: Any) -> None:
        msp = providers.find(options["msp"])
        if msp is None:
            raise CommandError(f"There is no mobility provider {options['msp']}.", returncode=2)
        version = catalogue.ALL[options["ocpi_version"]] if options["ocpi_version"] else None
        is_done = False
        for step in handshake.connect(connections.of_provider(msp), now=datetime.now(tz=UTC), version=version):
            is_done = step.is_done
            self.stdout.write(json.dumps(step.as_json(), ensure_ascii=False))
        if not is_done:
            sys.exit(1)
