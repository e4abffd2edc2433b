"""Prices one OCPI CDR by its tariff from JSON on stdin, without a database."""

import json
import sys
from fractions import Fraction
from typing import Any

from django.core.management.base import BaseCommand

from billing.engine.ocpi.cdr import parse_cdr_request, price_cdr
from billing.engine.rate import json_input
from billing.engine.rate.reading import InputError
from billing.engine.values import money, units

DECIMALS = 6


class Command(BaseCommand):
    help = "Reads an OCPI tariff and a CDR as JSON on stdin and prints the totals of the CDR."
    requires_system_checks = []
    requires_migrations_checks = False

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            request = parse_cdr_request(json_input.parse(sys.stdin.buffer.read()))
        except InputError as error:
            self.stdout.write(json.dumps({"error": error.message, "path": error.path}, ensure_ascii=False))
            sys.exit(2)
        report = price_cdr(tariff=request.tariff, cdr=request.cdr, zone=request.zone, version=request.version)
        totals = {
            "total_excl_vat": report.total_excl_vat,
            "total_incl_vat": report.total_incl_vat,
            "total_energy": report.total_energy,
            "total_time": report.total_time,
            "total_parking_time": report.total_parking_time,
        }
        printed = ", ".join(f'"{name}": {_number(total)}' for name, total in totals.items())
        self.stdout.write(f"{{{printed}}}")


def _number(total: Fraction | None) -> str:
    """Returns a JSON number with every decimal, which json.dumps cannot write."""
    if total is None:
        return "null"
    return units.decimal_text(Fraction(money.round_half_away(total * 10**DECIMALS), 10**DECIMALS))
