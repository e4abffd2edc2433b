"""Prices one session from JSON on stdin, without a database."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand

from billing.engine.price import price
from billing.engine.rate import json_input
from billing.engine.rate.reading import InputError
from billing.engine.reports.report_json import report_json
from billing.engine.values.facts import parse_session


class Command(BaseCommand):
    help = "Reads one session and its rate as JSON on stdin and prints its price with every line's reason."
    requires_system_checks = []
    requires_migrations_checks = False

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            session = parse_session(json_input.parse(sys.stdin.buffer.read()))
        except InputError as error:
            self.stdout.write(json.dumps({"error": error.message, "path": error.path}, ensure_ascii=False))
            sys.exit(2)
        report = price(rate=session.rate, facts=session.facts, zone=session.zone)
        self.stdout.write(json.dumps(report_json(report), ensure_ascii=False, indent=1))
