"""`manage.py doctor`: checks the installation, and reports problems and their remedies."""

import sys
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand

from backoffice import diagnosis


class Command(BaseCommand):
    """Checks the installation. Exit 1 if anything is wrong."""

    help = "Checks database, Redis, settings and folders; says what is wrong and how to fix it. Exit 1 if anything is."
    requires_system_checks: list[str] = []

    def handle(self, *_: Any, **__: Any) -> None:
        wrong = 0
        for finding in diagnosis.examine(now=datetime.now(tz=UTC)):
            if finding.is_well:
                self.stdout.write(f"{self.style.SUCCESS('   ok')}  {finding.area}: {finding.sentence}")
                continue
            wrong += 1
            self.stdout.write(f"{self.style.ERROR('WRONG')}  {finding.area}: {finding.sentence}")
            self.stdout.write(f"       {finding.remedy}")
        if wrong:
            self.stdout.write(f"\n{wrong} thing{'s are' if wrong > 1 else ' is'} wrong.")
            sys.exit(1)
        self.stdout.write("\nAll is well.")
