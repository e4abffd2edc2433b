"""Act for sharing a charger's timeline with an outsider."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from chargers.lib.secrets import digest
from chargers.models import Charger
from support.explain.charger_timeline import Span
from support.models import TimelineLink

VALID: Final = timedelta(days=7)


def share(charger: Charger, span: Span, *, by: User | ApiKey, now: datetime) -> str:
    """Makes a link that expires after a week; returns its secret, which is not stored. Raises NotAllowedError."""
    access.require_at(by, Right.OPERATE, charger)
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        TimelineLink.objects.create(
            secret_hash=digest(secret),
            charger=charger,
            begins_at=span.begin,
            ends_at=span.end,
            made_by=audit.actor(by),
            made_at=now,
            expires_at=now + VALID,
        )
        subject = audit.Subject("charger", charger.pk, charger.station_id, charger.property.host)
        after = {"from": span.begin.isoformat(), "to": span.end.isoformat(), "expires": (now + VALID).isoformat()}
        audit.write("charger.timeline_shared", subject, user=by, now=now, after=after)
    return secret


def find(secret: str, *, now: datetime) -> TimelineLink | None:
    """The link with this secret while it is valid."""
    rows = TimelineLink.objects.select_related("charger__property")
    return rows.filter(secret_hash=digest(secret), expires_at__gt=now).first()
