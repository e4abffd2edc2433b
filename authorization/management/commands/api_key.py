"""`manage.py api_key --host SLUG [--agent]`: a new key of the REST API, printed once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand

from authorization.models import ApiKey
from chargers.models import Host


class Command(BaseCommand):
    """Prints a new API key; only its hash is stored."""

    help = "A key of one host (--host SLUG), or of the support agents (--agent), who see every host."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", metavar="SLUG")
        parser.add_argument("--agent", action="store_true")
        parser.add_argument("--name", default="command line")

    def handle(self, *_: Any, **options: Any) -> None:
        if not options["host"] and not options["agent"]:
            raise CommandError("Say whose key it is: --host SLUG for a host, --agent for the support agents.")
        host = Host.objects.filter(slug=options["host"]).first() if options["host"] else None
        if options["host"] and host is None:
            known = ", ".join(Host.objects.order_by("slug").values_list("slug", flat=True)[:20]) or "none yet"
            raise CommandError(f"No host has the slug {options['host']!r}. Known: {known}.")
        is_agent = bool(options["agent"])
        _made, key = ApiKey.objects.create_key(name=options["name"], host=None if is_agent else host, is_agent=is_agent)
        self.stdout.write(key)
