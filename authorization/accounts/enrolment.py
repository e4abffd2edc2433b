"""One-time links by which a support agent sets up a first authenticator app; a password alone is not enough for that.

A link is mailed to the agent's confirmed address, or printed by `manage.py enrolment_link`. Only its hash is stored.
"""

import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from authorization.models import EnrolmentLink, User
from chargers.lib.secrets import digest

LINK_LASTS: Final = timedelta(hours=24)
PERMIT_LASTS: Final = timedelta(minutes=30)
"""How long a browser that has used a link may set up the authenticator app."""


class EnrolmentError(Exception):
    """The link cannot be used; the message is a sentence for its holder."""


def make_link(user: User, *, now: datetime) -> str:
    """Returns the secret of a new link, which cannot be read again. Earlier links of the agent end."""
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        _end_links(user, now=now)
        EnrolmentLink.objects.create(user=user, secret_hash=digest(secret), made_at=now, expires_at=now + LINK_LASTS)
    return secret


def is_usable(secret: str, *, user: User, now: datetime) -> bool:
    """Whether the link still works for this agent. Does not use it up, because mail programs open links."""
    return _filter_usable(secret, user=user, now=now).exists()


def use_link(secret: str, *, user: User, now: datetime) -> None:
    """Uses up the link. Raises EnrolmentError if it was used, has expired or belongs to another account."""
    if not _filter_usable(secret, user=user, now=now).update(used_at=now):
        raise EnrolmentError("This link was used already, has ended, or belongs to another account: ask for a new one.")


def _filter_usable(secret: str, *, user: User, now: datetime) -> QuerySet[EnrolmentLink]:
    """Returns the link if it is this agent's, unused and not expired; else nothing."""
    return EnrolmentLink.objects.filter(
        secret_hash=digest(secret), user=user, user__is_agent=True, used_at=None, expires_at__gt=now
    )


def _end_links(user: User, *, now: datetime) -> None:
    """Ends the agent's unused links, by marking them as used."""
    EnrolmentLink.objects.filter(user=user, used_at=None).update(used_at=now)
