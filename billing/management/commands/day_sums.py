"""`manage.py day_sums`: checks or rebuilds the daily sums from which pages read a year."""

import sys
from argparse import ArgumentParser
from datetime import UTC, date, datetime
from typing import Any

from billing.payments.daily_totals import sums
from chargers.lib.quick_command import QuickCommand
from chargers.models import Host

_BEGINNING = date(1970, 1, 1)


class Command(QuickCommand):
    """Sums finished days; safe to repeat, and pages read the rows meanwhile."""

    help = "Sums the days that are over and those that changed since, as a worker does every minute."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="compare every sum with its rows; exit 1 if one differs"
        )
        parser.add_argument("--rebuild", action="store_true", help="forget all sums and make them again")
        parser.add_argument(
            "--since", type=date.fromisoformat, default=None, help="first day of --check, such as 2026-01-31"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        now = datetime.now(tz=UTC)
        if options["rebuild"]:
            sums.rebuild(now=now)
        elif not options["check"]:
            sums.refresh(now=now)
        if not options["check"]:
            self.stdout.write("Every day that is over is summed.")
            return
        day_sums = sums.differing(since=options["since"] or sums.first_day() or _BEGINNING)
        hosts = Host.objects.in_bulk({day_sum.host for day_sum in day_sums})
        for day_sum in day_sums:
            self.stdout.write(
                f"{day_sum.day}: {day_sum.day_of.label.lower()} of {hosts.get(day_sum.host, day_sum.host)} "
                "differ from their sum"
            )
        if day_sums:
            self.stderr.write("Make them again with: manage.py day_sums --rebuild")
            sys.exit(1)
        self.stdout.write("Every sum is what its rows come to.")
