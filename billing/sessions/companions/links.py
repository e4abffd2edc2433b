"""A guest's link for a companion: one for each session, made and withdrawn by the guest, over soon after the session.

Only the digest of its secret is stored, so a copy of the database opens no page, and the link is shown once.
"""

import secrets
from datetime import datetime, timedelta
from typing import Final

from billing.models import CompanionLink, Session
from chargers.lib.secrets import digest

WORKS_AFTER_THE_END: Final = timedelta(minutes=15)
_SHAREABLE: Final = frozenset({Session.State.CHARGING, Session.State.STOPPED})


def can_be_made(session: Session) -> bool:
    """Whether there is something to watch: a car that is plugged in."""
    return session.state in _SHAREABLE


def make(session: Session, *, shows_cost: bool, now: datetime) -> str:
    """Makes the session's link and returns its secret. A link that was made before no longer works."""
    secret = secrets.token_urlsafe(24)
    values = {"secret_hash": digest(secret), "shows_cost": shows_cost, "made_at": now}
    CompanionLink.objects.update_or_create(session=session, defaults=values)
    return secret


def withdraw(session: Session) -> None:
    CompanionLink.objects.filter(session=session).delete()


def of_session(session: Session) -> CompanionLink | None:
    return CompanionLink.objects.filter(session=session).first()


def find(secret: str, *, now: datetime) -> CompanionLink | None:
    """Returns the link with its session; None if it was withdrawn, is over or never existed. One query."""
    rows = CompanionLink.objects.select_related(
        "session__charger", "session__property__host__branding", "session__transaction", "session__rate_version__rate"
    )
    link = rows.filter(secret_hash=digest(secret)).first()
    return link if link is not None and not _is_over(link.session, now=now) else None


def is_of_host(secret: str, *, host_id: int) -> bool:
    """Whether the link is of a session of this host."""
    return CompanionLink.objects.filter(secret_hash=digest(secret), session__host=host_id).exists()


def prune(*, now: datetime) -> int:
    """Deletes the links of sessions that are over. Returns their number."""
    rows = CompanionLink.objects.exclude(session__state__in=_SHAREABLE).select_related("session")
    expired_ids = [link.pk for link in rows if _is_over(link.session, now=now)]
    return CompanionLink.objects.filter(pk__in=expired_ids).delete()[0]


def _is_over(session: Session, *, now: datetime) -> bool:
    if session.state in _SHAREABLE:
        return False
    ended_at = session.unplugged_at or session.stopped_at or session.settled_at
    return ended_at is None or now >= ended_at + WORKS_AFTER_THE_END
