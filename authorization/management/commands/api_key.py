"""`manage.py api_key --host SLUG [--agent] [--for EMAIL]`: a new key of the REST API, printed once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand

from authorization.models import ApiKey, User
from chargers.models import Host


class Command(BaseCommand):
    """Prints a new API key; only its hash is stored."""

    help = "A key of one host (--host SLUG), or of the support agents (--agent), who see every host."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", metavar="SLUG")
        parser.add_argument("--agent", action="store_true")
        parser.add_argument("--name", default="command line")
        parser.add_argument(
            "--for",
            dest="person",
            metavar="EMAIL",
            help="The person for whom it acts: they cannot agree to a refund that it asks for. "
            "Without one, no owner of the host can (or, of an agents' key, no agent).",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        if not options["host"] and not options["agent"]:
            raise CommandError("Say whose key it is: --host SLUG for a host, --agent for the support agents.")
        host = Host.objects.filter(slug=options["host"]).first() if options["host"] else None
        if options["host"] and host is None:
            known = ", ".join(Host.objects.order_by("slug").values_list("slug", flat=True)[:20]) or "none yet"
            raise CommandError(f"No host has the slug {options['host']!r}. Known: {known}.")
        is_agent = bool(options["agent"])
        person = self._person(options["person"], host=None if is_agent else host)
        _made, key = ApiKey.objects.create_key(
            name=options["name"], host=None if is_agent else host, is_agent=is_agent, made_by=person
        )
        self.stdout.write(key)

    def _person(self, email: str | None, *, host: Host | None) -> User | None:
        """An agent or a member of the host; None without an address."""
        if not email:
            return None
        agents = User.objects.filter(is_agent=True)
        known = agents if host is None else agents | User.objects.filter(memberships__host=host)
        person = known.filter(email=email.lower()).distinct().first()
        if person is None:
            where = f"member of {host.slug}" if host else "support agent"
            raise CommandError(f"No {where} has the address {email!r}.")
        return person
