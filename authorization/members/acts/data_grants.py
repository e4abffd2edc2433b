"""Access to guests' personal data: an agent requests it, an owner of the host answers and can end it at any time."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, DataGrant, User
from authorization.people import access, data_grants
from authorization.people.access import NotAllowedError
from authorization.people.roles import Right
from chargers.models import Host


def ask(
    host: Host, *, scope: DataGrant.Scope, reason: str, ticket: str, until: datetime, by: User, now: datetime
) -> DataGrant:
    """Records an agent's request. Raises NotAllowedError and GrantError."""
    access.require_agent(by)
    with transaction.atomic():
        grant = data_grants.ask(host, scope=scope, reason=reason, ticket=ticket, until=until, agent=by, now=now)
        after = {"scope": scope.value, "until": until.isoformat()}
        audit.write("data_grant.asked", _subject(grant), user=by, now=now, after=after, reason=reason)
    return grant


def answer(grant: DataGrant, *, approves: bool, by: User, now: datetime) -> None:
    """Records the host's answer; agents cannot answer. Raises NotAllowedError and GrantError."""
    _require_owner(grant, by=by)
    with transaction.atomic():
        data_grants.answer(grant, approves=approves, by=audit.actor(by), now=now)
        audit.write("data_grant.approved" if approves else "data_grant.declined", _subject(grant), user=by, now=now)


def revoke(grant: DataGrant, *, by: User, now: datetime) -> None:
    """Ends the access immediately. Raises NotAllowedError and GrantError."""
    _require_owner(grant, by=by)
    with transaction.atomic():
        data_grants.revoke(grant, now=now)
        audit.write("data_grant.revoked", _subject(grant), user=by, now=now)


def _require_owner(grant: DataGrant, *, by: User | ApiKey) -> None:
    if by.is_agent:
        raise NotAllowedError
    access.require(by, Right.PEOPLE, grant.host)


def _subject(grant: DataGrant) -> audit.Subject:
    return audit.Subject("data_grant", grant.pk, str(grant), grant.host)
