"""`manage.py api_key --host SLUG [--agent] [--for EMAIL] [--scope NAME] [--days N]`: creates a key, printed once."""

from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.core.management import CommandError

from authorization.models import ApiKey, User
from chargers.lib.quick_command import QuickCommand
from chargers.models import Host

_LONGEST: Final = 3650


class Command(QuickCommand):
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
            help="The person for whom it acts: it can do no more than they can, and they cannot agree to a refund that "
            "it asks for. Without one, no owner of the host can (or, of an agents' key, no agent).",
        )
        parser.add_argument(
            "--scope",
            dest="scopes",
            action="append",
            choices=ApiKey.Scope.values,
            help="What it may do besides reading; give it once for each. Without any: everything.",
        )
        parser.add_argument("--days", type=int, default=365, help="How long it works, 1 to 3650. Default: 365.")

    def handle(self, *_: Any, **options: Any) -> None:
        if not options["host"] and not options["agent"]:
            raise CommandError("Say whose key it is: --host SLUG for a host, --agent for the support agents.")
        host = Host.objects.filter(slug=options["host"]).first() if options["host"] else None
        if options["host"] and host is None:
            slugs = ", ".join(Host.objects.order_by("slug").values_list("slug", flat=True)[:20]) or "none yet"
            raise CommandError(f"No host has the slug {options['host']!r}. Known: {slugs}.")
        is_agent = bool(options["agent"])
        person = self._person(options["person"], host=None if is_agent else host)
        if not 1 <= options["days"] <= _LONGEST:
            raise CommandError(f"--days {options['days']}: write how many days it works, 1 to {_LONGEST}.")
        scopes = options["scopes"] or ApiKey.Scope.values
        _made, key = ApiKey.objects.create_key(
            name=options["name"],
            host=None if is_agent else host,
            is_agent=is_agent,
            made_by=person,
            scopes=[ApiKey.Scope.READ, *(scope for scope in scopes if scope != ApiKey.Scope.READ)],
            expiry_date=datetime.now(tz=UTC) + timedelta(days=options["days"]),
        )
        self.stdout.write(key)

    def _person(self, email: str | None, *, host: Host | None) -> User | None:
        """Returns an agent or a member of the host; None without an address."""
        if not email:
            return None
        agents = User.objects.filter(is_agent=True)
        users = agents if host is None else agents | User.objects.filter(memberships__host=host)
        person = users.filter(email=email.lower()).distinct().first()
        if person is None:
            role_text = f"member of {host.slug}" if host else "support agent"
            raise CommandError(f"No {role_text} has the address {email!r}.")
        return person
