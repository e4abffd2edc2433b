"""A user's e-mail address: a change takes effect once a link mailed to the new address is opened.

The answer to a request is the same for every address, so only the mailbox's owner learns whether it has an account.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core import signing
from django.db import IntegrityError, transaction

from authorization.models import User

LINK_LASTS: Final = timedelta(hours=24)
_SALT: Final = "authorization.people.addresses"  # part of links already sent: do not change
_USED: Final = "This link was used already, or the address has changed since: ask for a new one."


class AddressError(Exception):
    """The link cannot be used; the message is a sentence for its holder."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of an account's address; the same address twice only confirms it."""

    user_id: int
    old: str
    new: str
    confirmed_at: datetime | None


def link_secret(user: User, *, new: str) -> str:
    """Returns the signed text for the link.

    It expires with time, and once any link of the account has confirmed an address.
    """
    return signing.dumps([user.pk, user.email, new.strip().lower(), _stamp(user)], salt=_SALT)


def read(secret: str) -> Change:
    """Returns the change that the link stands for. Raises AddressError for a link that no longer works."""
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
    """Returns when the account's address was last confirmed; using a link changes this, which ends all other links."""
    return user.email_confirmed_at.isoformat() if user.email_confirmed_at else ""
