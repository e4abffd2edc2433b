"""Acts on a mobility provider: block, unblock, fetch the token list again."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, MobilityProvider, User
from authorization.people import access
from authorization.people.roles import Right
from authorization.roaming import providers, token_sync
from chargers.lib import nudges
from chargers.models import Host


def block(msp: MobilityProvider, host: Host | None, *, reason: str, by: User | ApiKey, now: datetime) -> None:
    """Refuses its cards at a host, or (support) at all hosts. Raises NotAllowedError."""
    _require(host, by=by)
    with transaction.atomic():
        if host is None:
            providers.block_everywhere(msp, blocked=True, reason=reason)
        else:
            providers.block(msp, host=host, reason=reason, now=now)
        subject, after = audit.Subject("provider", msp.key, msp.name, host), {"blocked": True}
        audit.write("provider.blocked", subject, user=by, now=now, after=after, reason=reason)


def unblock(msp: MobilityProvider, host: Host | None, *, reason: str, by: User | ApiKey, now: datetime) -> None:
    """Lifts the block at a host, or (support) the one at all hosts. Raises NotAllowedError."""
    _require(host, by=by)
    with transaction.atomic():
        if host is None:
            providers.block_everywhere(msp, blocked=False, reason=reason)
        else:
            providers.unblock(msp, host=host)
        subject, after = audit.Subject("provider", msp.key, msp.name, host), {"blocked": False}
        audit.write("provider.unblocked", subject, user=by, now=now, after=after, reason=reason)


def resync(provider: MobilityProvider, *, by: User | ApiKey, now: datetime) -> bool:
    """Lets a worker fetch the token list again.

    Returns False if one does, or did a moment ago. Raises NotAllowedError.
    """
    if not access.may_somewhere(by, Right.MANAGE):
        raise access.NotAllowedError
    with transaction.atomic():
        if not token_sync.request(provider, now=now):
            return False
        subject = audit.Subject("provider", provider.key, provider.name)
        audit.write("provider.resync_asked", subject, user=by, now=now)
    nudges.to_worker("authorization.tasks.resync_providers")
    return True


def _require(host: Host | None, *, by: User | ApiKey) -> None:
    if host is None:
        access.require_agent(by, Right.MANAGE)
    else:
        access.require(by, Right.MANAGE, host)
