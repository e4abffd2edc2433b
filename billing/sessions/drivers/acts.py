"""Codes by which drivers claim a host's cards."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, Token, User
from authorization.people import access
from authorization.people.access import NotAllowedError
from authorization.people.roles import Right
from billing.sessions.drivers import driver_tokens


def make_code(token: Token, *, by: User | ApiKey, now: datetime) -> str:
    """Returns a new code, shown once; an earlier one of the same card expires.

    Raises NotAllowedError and ClaimError.
    """
    if token.host is None:
        raise NotAllowedError
    access.require(by, Right.MANAGE, token.host)
    with transaction.atomic():
        code = driver_tokens.make_code(token, by=audit.actor(by), now=now)
        subject = audit.Subject("token", token.pk, str(token), token.host)
        audit.write("token.claim_code_made", subject, user=by, now=now)
    return code
