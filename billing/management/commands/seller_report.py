"""`manage.py seller_report YEAR [--country CC]`: the platform's payments to each host in a calendar year, as CSV."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import CommandError

from billing.payouts.statements import seller_report
from chargers.lib.quick_command import QuickCommand


class Command(QuickCommand):
    """Prints the report without a permission check, because its users can read the database anyway."""

    help = "Prints the seller report of a year as CSV: DAC7 for hosts in the EU, 1099-K for those in the US."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("year", type=int, metavar="YEAR")
        parser.add_argument("--country", metavar="CC", default="", help="Hosts of one country, such as NL.")
        parser.add_argument("--whole", action="store_true", help="Account and taxpayer numbers whole, not masked.")

    def handle(self, *_: Any, **options: Any) -> None:
        year = options["year"]
        if not 2000 <= year < 2200:
            raise CommandError(f"{year} is no calendar year that there can be books of.", returncode=2)
        sellers = seller_report.sellers(year, country=options["country"])
        self.stdout.write(seller_report.render_csv(sellers, year=year, is_whole=options["whole"]), ending="")
        for seller in sellers:
            if seller.missing:
                self.stderr.write(f"{seller.host.slug} ({seller.currency}) lacks {', '.join(seller.missing)}.")
