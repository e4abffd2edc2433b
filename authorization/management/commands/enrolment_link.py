"""`manage.py enrolment_link EMAIL`: a one-time link to set up a support agent's second factor, printed once."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.core.management import CommandError
from django.urls import reverse

from authorization.accounts import enrolment
from authorization.models import User
from chargers.lib.quick_command import QuickCommand


class Command(QuickCommand):
    """Prints the link; only its hash is stored. An earlier link of the same agent ends."""

    help = "A one-time link, for 24 hours, by which a support agent sets up an authenticator app."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL")

    def handle(self, *_: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].strip().lower(), is_agent=True, is_active=True).first()
        if user is None:
            raise CommandError(f"No support agent has the address {options['email']!r}.")
        if is_mfa_enabled(user, [Authenticator.Type.TOTP]):
            raise CommandError(f"{user.email} has a second factor already, and replaces it after logging in.")
        secret = enrolment.make_link(user, now=datetime.now(tz=UTC))
        self.stdout.write(settings.PUBLIC_BASE_URL + reverse("account_enrolment_link", args=[secret]))
