"""A host's people: invited, given a role, let in for a while as outsiders, removed.

Every function is one act in one transaction of its own or the caller's; the caller writes the audit entry. Links hold a
secret of which only a hash is stored, so they can be shown and sent only once, when they are created.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from allauth.mfa.utils import is_mfa_enabled
from django.db import transaction
from django.db.models import QuerySet

from authorization.models import AccessGrant, Invitation, Membership, User
from authorization.people import roles
from chargers.lib.secrets import digest
from chargers.models import Charger, Host, Property

INVITATION_LASTS: Final = timedelta(days=7)
_TWICE_WITHIN: Final = timedelta(minutes=1)
"""How long after a link was used its form may be submitted again, for a button that was pressed twice."""


class PeopleError(Exception):
    """The act is not possible; the message is a sentence for the caller."""


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """An invitation with the secret of its link, which is stored only as a hash."""

    invitation: Invitation
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outsider:
    """An outsider to admit, by kind (a key of `roles.GRANTS`); without property and charger, to the whole host.

    Without `ends_at` the access lasts as long as its kind allows.
    """

    email: str
    kind: str
    reason: str
    property: Property | None = None
    charger: Charger | None = None
    ends_at: datetime | None = None


def invite(host: Host, *, email: str, role: str, by: User, now: datetime) -> NewInvitation:
    """Creates a single-use link and ends earlier ones to the address. Raises PeopleError for an existing member."""
    email = email.strip().lower()
    with transaction.atomic():
        _lock(host)
        if Membership.objects.filter(host=host, user__email=email).exists():
            raise PeopleError(f"{email} belongs to {host.name} already: change the role instead.")
        return _invite(host, email=email, role=role, by=by, now=now)


def withdraw(invitation: Invitation, *, now: datetime) -> bool:
    """Ends the link. Returns False if it was used, had ended or was withdrawn before."""
    return bool(open_invitations(invitation.host, now=now).filter(pk=invitation.pk).update(withdrawn_at=now))


def open_invitations(host: Host, *, now: datetime) -> QuerySet[Invitation]:
    return Invitation.objects.filter(host=host, used_at=None, withdrawn_at=None, expires_at__gt=now)


def find(secret: str, *, now: datetime) -> Invitation | None:
    """Returns the invitation of a link that still works."""
    invitations = Invitation.objects.select_related("host", "invited_by").filter(
        secret_hash=digest(secret), used_at=None, withdrawn_at=None, expires_at__gt=now
    )
    return invitations.first()


def account(invitation: Invitation) -> User | None:
    """Returns the account with the invited address, if it has a password: its owner must log in to accept."""
    user = User.objects.filter(email=invitation.email).first()
    return user if user and (user.is_agent or user.has_usable_password() or not user.is_active) else None


def accept_invitation(invitation: Invitation, *, now: datetime, user: User | None = None, password: str = "") -> User:
    """Accepts the invitation: for a logged-in user with its address, or by setting a new account's first password.

    An invitation never sets the password of an agent or of an account that has one. Raises PeopleError if the link was
    used meanwhile, or belongs to another address.
    """
    with transaction.atomic():
        _lock(invitation.host)
        used = Invitation.objects.filter(pk=invitation.pk, used_at=None, withdrawn_at=None, expires_at__gt=now)
        if not used.update(used_at=now):
            raise PeopleError("This link was used already, or has ended: ask for a new one.")
        invited = account(invitation)
        if invited != user or (user is not None and user.email != invitation.email):
            raise PeopleError(f"This invitation is for {invitation.email}: log in with that address.")
        if user is None:
            user, _ = User.objects.get_or_create(email=invitation.email)
            user.set_password(password)
            user.save(update_fields=["password"])
        if invitation.role:
            Membership.objects.get_or_create(
                user=user, host=invitation.host, defaults={"role": invitation.role, "role_since": now}
            )
            _grants(invitation.host, user=user, now=now).update(ends_at=now)
    return user


def find_used_invitation(secret: str) -> Invitation | None:
    """Returns the invitation of a link that was used."""
    return Invitation.objects.select_related("host").filter(secret_hash=digest(secret)).exclude(used_at=None).first()


def came_in(invitation: Invitation, *, user: User, now: datetime) -> bool:
    """Whether the user joined by this link, and still has the access that it gave."""
    if user.email != invitation.email:
        return False
    if invitation.role:
        return Membership.objects.filter(user=user, host=invitation.host).exists()
    return _grants(invitation.host, user=user, now=now).exists()


def pressed_twice(invitation: Invitation, *, password: str, now: datetime) -> User | None:
    """Returns the account just opened by this link, if its form comes again with the same password.

    None for an account that existed before, which its earlier log-in shows, and for one with a second factor.
    """
    if invitation.used_at is None or now > invitation.used_at + _TWICE_WITHIN:
        return None
    user = User.objects.filter(email=invitation.email, is_active=True, is_agent=False).first()
    if user is None or (user.last_login is not None and user.last_login < invitation.used_at):
        return None
    if not user.check_password(password) or is_mfa_enabled(user) or not came_in(invitation, user=user, now=now):
        return None
    return user


def change_role(membership: Membership, *, role: str, now: datetime) -> str:
    """Changes the role and returns the previous one. Raises PeopleError for the last owner."""
    with transaction.atomic():
        _lock(membership.host)
        before = Membership.objects.values_list("role", flat=True).get(pk=membership.pk)
        if role != Membership.Role.OWNER:
            _require_other_owner(membership)
        Membership.objects.filter(pk=membership.pk).exclude(role=role).update(role=role, role_since=now)
    return str(before)


def remove(membership: Membership) -> None:
    """Removes the member, who sees nothing more of the host from the next page on.

    Raises PeopleError for the last owner.
    """
    with transaction.atomic():
        _lock(membership.host)
        _require_other_owner(membership)
        membership.delete()


def let_in(host: Host, outsider: Outsider, *, by: User, now: datetime) -> tuple[AccessGrant, NewInvitation]:
    """Creates a temporary grant with a link. The link is the same for every address, so it reveals no accounts.

    A confirmed account gets the grant at once. Raises PeopleError for a member of the host.
    """
    email, kind = outsider.email.strip().lower(), roles.GRANTS[outsider.kind]
    with transaction.atomic():
        _lock(host)
        user, _ = User.objects.get_or_create(email=email, defaults={"password": _unusable()})
        if Membership.objects.filter(host=host, user=user).exists():
            raise PeopleError(f"{email} belongs to {host.name}, and sees all of it already.")
        grant = AccessGrant.objects.create(
            user=user,
            host=host,
            property=outsider.property,
            charger=outsider.charger,
            role=kind.role,
            reason=outsider.reason,
            granted_by=by,
            granted_at=now,
            ends_at=outsider.ends_at or now + kind.lasts,
        )
        return grant, _invite(host, email=email, role="", by=by, now=now)


def extend(grant: AccessGrant, *, now: datetime) -> datetime:
    """Extends the grant to its kind's full term from now. Raises PeopleError for an expired one."""
    lasts = next((kind.lasts for kind in roles.GRANTS.values() if kind.role == grant.role), timedelta(days=7))
    if not AccessGrant.objects.filter(pk=grant.pk, ends_at__gt=now).update(ends_at=now + lasts):
        raise PeopleError("This access has ended: let them in anew.")
    return now + lasts


def end(grant: AccessGrant, *, now: datetime) -> bool:
    """Ends the grant; it opens nothing more from the next page on. Returns False if it had ended already."""
    at = max(now, grant.granted_at + timedelta(microseconds=1))
    return bool(AccessGrant.objects.filter(pk=grant.pk, ends_at__gt=at).update(ends_at=at))


def live_grants(host: Host, *, now: datetime) -> QuerySet[AccessGrant]:
    return AccessGrant.objects.filter(host=host, granted_at__lte=now, ends_at__gt=now)


def _grants(host: Host, *, user: User, now: datetime) -> QuerySet[AccessGrant]:
    """Returns the grants of a user who becomes a member and no longer needs them."""
    return AccessGrant.objects.filter(host=host, user=user, granted_at__lt=now, ends_at__gt=now)


def _invite(host: Host, *, email: str, role: str, by: User, now: datetime) -> NewInvitation:
    open_invitations(host, now=now).filter(email=email).update(withdrawn_at=now)
    secret = secrets.token_urlsafe(24)
    invitation = Invitation.objects.create(
        host=host,
        email=email,
        role=role,
        secret_hash=digest(secret),
        invited_by=by,
        invited_at=now,
        expires_at=now + INVITATION_LASTS,
    )
    return NewInvitation(invitation, secret)


def _require_other_owner(membership: Membership) -> None:
    """Raises PeopleError unless another owner remains, so that the host can still be managed."""
    owners = Membership.objects.filter(host=membership.host, role=Membership.Role.OWNER, user__is_active=True)
    is_owner = owners.filter(pk=membership.pk).exists()
    if is_owner and not owners.exclude(pk=membership.pk).exists():
        raise PeopleError(
            f"{membership.user} is the last owner of {membership.host.name}: make somebody else an owner first."
        )


def _lock(host: Host) -> None:
    """Locks the host, so that only one act on its people runs at a time."""
    Host.objects.select_for_update(no_key=True).get(pk=host.pk)


def _unusable() -> str:
    user = User()
    user.set_unusable_password()
    return user.password
