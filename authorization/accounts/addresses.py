"""A person's own e-mail address: it changes, and counts, once a link that went to it by mail was opened.

Who asks for a change gets the same answer for every address: only its mailbox learns whether it has an account.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core import signing
from django.db import IntegrityError, transaction

from authorization.models import User

LINK_LASTS: Final = timedelta(hours=24)
_SALT: Final = "authorization.people.addresses"  # links that went out hold it
_USED: Final = "This link was used already, or the address has changed since: ask for a new one."


class AddressError(Exception):
    """The link changes nothing; the message is a sentence for its holder."""


@dataclass(frozen=True, slots=True)
class Change:
    """From the address of one account to another one; the same twice only confirms it."""

    user_id: int
    old: str
    new: str
    confirmed_at: datetime | None


def link_secret(user: User, *, new: str) -> str:
    """What stands in the link. It ends with its time, and once any link of the account has confirmed an address."""
    return signing.dumps([user.pk, user.email, new.strip().lower(), _stamp(user)], salt=_SALT)


def read(secret: str) -> Change:
    """Raises AddressError for a link that works no more."""
    try:
        user_id, old, new, stamp = signing.loads(secret, salt=_SALT, max_age=LINK_LASTS)
    except (signing.BadSignature, ValueError) as exc:
        raise AddressError("This link has ended, or is not complete: ask for a new one.") from exc
    user = User.objects.filter(pk=user_id, email=old, is_active=True).first()
    if user is None or _stamp(user) != stamp:
        raise AddressError(_USED)
    return Change(user_id, old, new, user.email_confirmed_at)


def is_taken(email: str, *, user: User) -> bool:
    """Whether another account has the address."""
    return User.objects.filter(email=email.strip().lower()).exclude(pk=user.pk).exists()


def confirm(change: Change, *, now: datetime) -> User:
    """Changes the address and confirms it, in one step. Raises AddressError."""
    try:
        with transaction.atomic():
            users = User.objects.filter(
                pk=change.user_id, email=change.old, email_confirmed_at=change.confirmed_at, is_active=True
            )
            changed = {} if change.new == change.old else {"email_changed_at": now}
            if not users.update(email=change.new, email_confirmed_at=now, **changed):
                raise AddressError(_USED)
    except IntegrityError as exc:
        raise AddressError("This address has an account of its own: log in with that one.") from exc
    return User.objects.get(pk=change.user_id)


def _stamp(user: User) -> str:
    """When an address of the account was confirmed last: each use of a link changes it."""
    return user.email_confirmed_at.isoformat() if user.email_confirmed_at else ""
