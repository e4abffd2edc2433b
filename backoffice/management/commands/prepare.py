"""`manage.py prepare`: brings the database up to date; `up` runs it before it starts anything else."""

import io
import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand

from backoffice import demo, release
from backoffice.steps import Steps
from chargers.fleet import presence
from chargers.gateway import liveness
from chargers.lib import partitions
from chargers.simulator import calendar, hotel
from chargers.simulator.partner import PATH
from chargers.simulator.provider import TOKENS_PATH

_WEEKS_BACK = 9
"""For late deliveries of chargers, such as a whole earlier month."""
_REPORT_EVERY_S = 10.0


class _Progress(io.StringIO):
    """Condenses the output of `migrate` to a line every few seconds with the number of applied migrations."""

    def __init__(self, command: BaseCommand) -> None:
        super().__init__()
        self._command = command
        self._applied = 0
        self._reported_at = time.monotonic()

    def write(self, text: str) -> int:
        self._applied += text.count(" OK")
        if self._applied and time.monotonic() - self._reported_at >= _REPORT_EVERY_S:
            self._reported_at = time.monotonic()
            self._command.stdout.write(f"{self._applied} migrations are applied")
        return len(text)


class Command(BaseCommand):
    """Applies migrations, loads the help articles, and creates the partitions of coming weeks.

    It also resets which chargers are connected, so no web process may run. With the demo's addresses it loads the
    demo's data.
    """

    help = "Brings the database up to date. Run it while no web process runs; `up` does it by itself."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo-provider", metavar="HOST:PORT", help="load the demo, whose provider answers here")
        parser.add_argument("--demo-partner", metavar="HOST:PORT", help="where the demo's other back office answers")

    def handle(self, *_: Any, **options: Any) -> None:
        if release.is_of_another_version():
            raise CommandError(release.STRANGE_DATABASE)
        steps = Steps(self.stdout.write)
        steps.begin("bringing the database up to date (ten seconds or so, once)")
        call_command("migrate", verbosity=1, interactive=False, no_color=True, stdout=_Progress(self))
        steps.begin("reading the help articles")
        call_command("articles", stdout=io.StringIO())
        steps.begin("making room for the messages of the next weeks")
        now = datetime.now(tz=UTC)
        partitions.ensure(now=now, weeks_back=min(_WEEKS_BACK, settings.MESSAGE_RETENTION_DAYS // 7))
        presence.disconnect_all(now=now)
        liveness.forget_all()
        provider, partner = options["demo_provider"], options["demo_partner"]
        if provider and partner:
            demo.load(
                provider_url=f"http://{provider}{TOKENS_PATH}",
                partner_url=f"ws://{partner}{PATH}",
                calendar_url=f"http://{provider}{calendar.PATH}",
                hotel_url=f"http://{provider}{hotel.PATH}",
                now=now,
                log=steps.begin,
            )
        steps.end()
