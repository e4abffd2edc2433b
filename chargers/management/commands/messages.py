"""`manage.py messages`: the wire journal of a charger, oldest first, one JSON object a line."""

import json
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any, NoReturn

from chargers.fleet import hardware_swaps
from chargers.journal import messages
from chargers.lib.quick_command import QuickCommand
from chargers.models import Charger, Message


class Command(QuickCommand):
    """Prints every frame as it was on the wire."""

    help = "The wire journal, oldest first, one JSON object a line. Exit 2: no such charger or no such time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--charger", required=True, metavar="ID")
        parser.add_argument("--since", metavar="ISO", help="such as 2026-03-10T14:00:00Z")
        parser.add_argument("--action", metavar="A", help="such as StartTransaction")
        parser.add_argument("--search", metavar="TEXT", default="", help="words that the frames contain")

    def handle(self, *_: Any, **options: Any) -> None:
        name, chargers = options["charger"], Charger.objects.all()
        charger = chargers.filter(charger_id=name).first() or hardware_swaps.find_by_former_id(chargers, name)
        if charger is None:
            self._refuse(f"No charger has the id {options['charger']!r}: see Chargers in the portal for the ids.")
        criteria = messages.Filter(
            text=options["search"], since=self._parse_since(options["since"]), action=options["action"] or ""
        )
        rows = messages.search(Message.objects.filter(charger=charger).select_related("charger"), criteria)
        for message in rows.order_by("id").iterator(chunk_size=1000):
            for frame in messages.frames(message):
                self.stdout.write(json.dumps(frame, ensure_ascii=False))

    def _parse_since(self, text: str | None) -> datetime | None:
        if not text:
            return None
        try:
            since = datetime.fromisoformat(text)
        except ValueError:
            self._refuse(f"--since {text!r} is not a time: write it as 2026-03-10T14:00:00Z.")
        return since if since.tzinfo else since.replace(tzinfo=UTC)

    def _refuse(self, sentence: str) -> NoReturn:
        self.stderr.write(sentence)
        sys.exit(2)
