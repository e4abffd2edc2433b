"""Prints a token A with which a mobility provider registers here."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from authorization.roaming import providers
from billing.roaming.partners import connections, partner_tokens


class Command(BaseCommand):
    help = "Prints a token A for a partner. It is good once, for versions and credentials."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--msp", required=True, help="Such as NL-EMS.")

    def handle(self, *_args: Any, **options: Any) -> None:
        msp = providers.find(options["msp"])
        if msp is None:
            raise CommandError(f"There is no mobility provider {options['msp']}.", returncode=2)
        connection = connections.of_provider(msp)
        self.stdout.write(partner_tokens.issue(connection, partner_tokens.Kind.REGISTRATION, now=datetime.now(tz=UTC)))
