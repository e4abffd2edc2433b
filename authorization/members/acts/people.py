"""Acts on a host's members and outsiders: invite, grant access for a while, change a role, remove."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from authorization import audit
from authorization.accounts import notices
from authorization.members.acts import api_keys
from authorization.models import AccessGrant, ApiKey, Invitation, Membership, User
from authorization.people import access, members, second_person
from authorization.people.members import NewInvitation, Outsider, PeopleError
from authorization.people.roles import Right
from chargers.models import Host
from chargers.properties import time_zones

_NOTIFIED: Final = (Membership.Role.OWNER, Membership.Role.MANAGER)
"""Roles for which the owners are notified when the invitation is made."""


def invite(host: Host, *, email: str, role: str, by: User, now: datetime) -> NewInvitation:
    """Invites a new member. Raises NotAllowedError and PeopleError."""
    access.require(by, Right.PEOPLE, host)
    with transaction.atomic():
        invited = members.invite(host, email=email, role=role, by=by, now=now)
        after = {"role": role, "until": invited.invitation.expires_at.isoformat()}
        audit.write("invitation.made", _invitation(invited.invitation), user=by, now=now, after=after)
        if role in _NOTIFIED:
            action = f"invited {invited.invitation.email} to {host.name} as {_label(role)}"
            notices.people_changed(host, action, by=by, now=now)
    return invited


def withdraw_invitation(invitation: Invitation, *, by: User, now: datetime) -> bool:
    """Ends the invitation's link. Returns False if it was used or had ended. Raises NotAllowedError."""
    access.require(by, Right.PEOPLE, invitation.host)
    with transaction.atomic():
        is_withdrawn = members.withdraw(invitation, now=now)
        if is_withdrawn:
            audit.write("invitation.withdrawn", _invitation(invitation), user=by, now=now)
    return is_withdrawn


def accept_invitation(invitation: Invitation, *, user: User | None, password: str, now: datetime) -> User:
    """Adds the holder of the link, with their own account or a new one. Raises PeopleError."""
    with transaction.atomic():
        person = members.accept_invitation(invitation, now=now, user=user, password=password)
        after = {"role": invitation.role}
        audit.write("invitation.taken", _invitation(invitation), user=person, now=now, after=after)
        action = f"joined {invitation.host.name} as {_label(invitation.role) if invitation.role else 'an outsider'}"
        notices.people_changed(invitation.host, action, by=person, now=now)
    return person


def change_role(membership: Membership, *, role: str, reason: str, by: User, now: datetime) -> bool:
    """Gives a member another role. Returns False if they have it already. Raises NotAllowedError and PeopleError."""
    access.require(by, Right.PEOPLE, membership.host)
    with transaction.atomic():
        _require_settled(by, membership, now=now)
        before = members.change_role(membership, role=role, now=now)
        if before == role:
            return False
        was, after = {"role": before}, {"role": role}
        subject = _membership(membership)
        audit.write("membership.changed", subject, user=by, now=now, before=was, after=after, reason=reason)
        action = f"made {membership.user.email} {_label(role)} of {membership.host.name} (was {_label(before)})"
        notices.people_changed(membership.host, action, by=by, now=now, also=[membership.user])
    return True


def remove(membership: Membership, *, reason: str, by: User, now: datetime) -> list[ApiKey]:
    """Removes a member together with the API keys that they created; returns these.

    Raises NotAllowedError and PeopleError.
    """
    access.require(by, Right.PEOPLE, membership.host)
    before = {"role": membership.role}
    with transaction.atomic():
        _require_settled(by, membership, now=now)
        subject = _membership(membership)
        audit.write("membership.removed", subject, user=by, now=now, before=before, reason=reason)
        members.remove(membership)
        action = f"removed {membership.user.email} ({_label(membership.role)}) from {membership.host.name}"
        notices.people_changed(membership.host, action, by=by, now=now, also=[membership.user])
        return api_keys.revoke_of_member(membership.user, membership.host, by=by, now=now)


def let_in(host: Host, outsider: Outsider, *, by: User, now: datetime) -> NewInvitation:
    """Grants an outsider access that ends by itself. Raises NotAllowedError and PeopleError."""
    return let_in_to(host, [outsider], by=by, now=now)


def let_in_to(host: Host, outsiders: Sequence[Outsider], *, by: User, now: datetime) -> NewInvitation:
    """Grants one person access to several places, with one link. Raises NotAllowedError and PeopleError."""
    access.require(by, Right.PEOPLE, host)
    with transaction.atomic():
        grants = [_let_in(host, outsider, by=by, now=now) for outsider in outsiders]
        grant, invited = grants[-1]
        places = ", ".join(describe_scope(access_grant) for access_grant, _ in grants)
        action = f"gave {grant.user.email} temporary access at {host.name} ({places}) until {grant.ends_at:%-d %B %Y}"
        notices.people_changed(host, action, by=by, now=now)
    return invited


def extend(grant: AccessGrant, *, by: User, now: datetime) -> datetime:
    """Extends the grant and returns its new end. Raises NotAllowedError, and PeopleError if it has ended."""
    access.require(by, Right.PEOPLE, grant.host)
    before = {"until": grant.ends_at.isoformat()}
    with transaction.atomic():
        until = members.extend(grant, now=now)
        after = {"until": until.isoformat()}
        audit.write("access_grant.extended", _grant(grant), user=by, now=now, before=before, after=after)
    return until


def end(grant: AccessGrant, *, by: User, now: datetime) -> None:
    """Ends the grant now. Raises NotAllowedError, and PeopleError if it has ended."""
    access.require(by, Right.PEOPLE, grant.host)
    before = {"until": grant.ends_at.isoformat()}
    with transaction.atomic():
        if not members.end(grant, now=now):
            raise PeopleError("Nothing was changed: this access has ended.")
        audit.write("access_grant.ended", _grant(grant), user=by, now=now, before=before)


def describe_scope(grant: AccessGrant) -> str:
    """Returns what a grant opens, as text."""
    if grant.charger is not None:
        return f"charger {grant.charger.station_id}"
    return grant.property.name if grant.property is not None else f"all of {grant.host.name}"


def _require_settled(by: User, membership: Membership, *, now: datetime) -> None:
    """Raises PeopleError for a new owner who acts on an earlier one, as a thief of a login would do first."""
    owner_membership = (
        Membership.objects.select_related("host").filter(pk=membership.pk, role=Membership.Role.OWNER).first()
    )
    if owner_membership is None or owner_membership.user_id == by.pk:
        return
    until = second_person.new_until(by, host=owner_membership.host, before=owner_membership.role_since, now=now)
    if until is not None:
        at = time_zones.format_with_zone(until, time_zones.of_host(owner_membership.host))
        raise PeopleError(
            f"{membership.user} was an owner of {owner_membership.host.name} before you: you can remove them or "
            "change their "
            f"role from {at}, {second_person.QUIET.days} days after you became an owner. "
            "If it cannot wait, ask our support: an agent can do it."
        )


def _let_in(host: Host, outsider: Outsider, *, by: User, now: datetime) -> tuple[AccessGrant, NewInvitation]:
    grant, invited = members.let_in(host, outsider, by=by, now=now)
    after = {"role": grant.role, "what": describe_scope(grant), "until": grant.ends_at.isoformat()}
    audit.write("access_grant.made", _grant(grant), user=by, now=now, after=after, reason=grant.reason)
    return grant, invited


def _label(role: str) -> str:
    return str(Membership.Role(role).label).lower()


def _invitation(invitation: Invitation) -> audit.Subject:
    return audit.Subject("invitation", invitation.pk, invitation.email, invitation.host)


def _membership(membership: Membership) -> audit.Subject:
    return audit.Subject("membership", membership.pk, membership.user.email, membership.host)


def _grant(grant: AccessGrant) -> audit.Subject:
    return audit.Subject("access_grant", grant.pk, grant.user.email, grant.host)
