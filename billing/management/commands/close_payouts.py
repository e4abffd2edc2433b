"""`manage.py close_payouts --host SLUG [--until DATE]`: closes due payouts and prints each as a JSON line.

If there is none, stderr tells why, and when the next one is due.
"""

import json
from argparse import ArgumentParser
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management import CommandError

from authorization.people.request import now
from billing.formatting.money import money
from billing.payouts.cycle import cycle, forecast, wording
from billing.payouts.payees import agreements
from chargers.lib.quick_command import QuickCommand
from chargers.models import Host
from chargers.properties import time_zones


class Command(QuickCommand):
    """Closes due payouts. Safe to repeat: a period is closed once, and printed again."""

    help = "Closes and calculates what a host is to be paid up to the end of a day, by default up to now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", metavar="SLUG", required=True)
        parser.add_argument("--until", metavar="DATE", help="A day, such as 2026-03-31; it is in the period.")

    def handle(self, *_: Any, **options: Any) -> None:
        host = Host.objects.filter(slug=options["host"]).first()
        if host is None:
            slugs = ", ".join(Host.objects.order_by("slug").values_list("slug", flat=True)[:20]) or "none yet"
            raise CommandError(f"No host has the slug {options['host']!r}. Known: {slugs}.", returncode=2)
        until = self._parse_until(options["until"], host)
        payouts = cycle.close_host(host, until=until, now=now())
        for payout in payouts:
            self.stdout.write(json.dumps(wording.facts(payout), ensure_ascii=False))
        if not payouts:
            self._explain(host)

    def _explain(self, host: Host) -> None:
        """Explains on stderr why there is no payout, as stdout is for payouts only."""
        forecasts = [
            upcoming
            for scope in agreements.scopes(host)
            if (upcoming := forecast.calculate(scope, now=now())) is not None
        ]
        if not forecasts:
            self.stderr.write(f"Nothing is due: nothing was ever owed to {host.name}.")
        for upcoming in forecasts:
            expected = (
                f" {money(upcoming.amount_minor, upcoming.scope.currency)} is expected."
                if upcoming.amount_minor
                else ""
            )
            self.stderr.write(f"Nothing is due for {upcoming.scope.text()}.{expected} {upcoming.reason}")
            for row in upcoming.pending:
                self.stderr.write(f"  {wording.pending(row, currency=upcoming.scope.currency)}")

    def _parse_until(self, until_text: str | None, host: Host) -> datetime:
        if not until_text:
            return now()
        try:
            day = date.fromisoformat(until_text)
        except ValueError as exc:
            raise CommandError(f"--until: {until_text!r} is no date. Write it as 2026-03-31.", returncode=2) from exc
        zone = ZoneInfo(time_zones.of_host(host))
        return min(cycle.midnight(day + timedelta(days=1), zone), now())
