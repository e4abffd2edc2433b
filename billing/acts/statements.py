"""Statements: who is sent them by e-mail."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import User
from authorization.people import access
from authorization.people.roles import Right
from billing.statements import readers
from chargers.models import Host


def send_me(host: Host, *, wanted: bool, by: User, now: datetime) -> bool:
    """Whether the user is sent the host's statements; False if it was so. Raises NotAllowedError."""
    access.require(by, Right.SEE_MONEY, host)
    with transaction.atomic():
        is_new = readers.begin(by, host, now=now) if wanted else readers.stop(by, host)
        if is_new:
            verb = "statements.sent" if wanted else "statements.not_sent"
            audit.write(verb, audit.Subject("host", host.pk, host.name, host), user=by, now=now)
    return is_new
