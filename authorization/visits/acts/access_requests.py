"""Acts on a driver's access request: grant, decline, withdraw."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import AccessRequest, ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from authorization.visits import access_requests


def grant(driver_request: AccessRequest, *, until: datetime, answer: str, by: User | ApiKey, now: datetime) -> None:
    """Lets the driver charge there until then. Raises NotAllowedError and AnsweredError."""
    access.require(by, Right.MANAGE, driver_request.charger.property.host)
    with transaction.atomic():
        access_requests.grant(driver_request.pk, until=until, answer=answer, now=now)
        after = {"until": until.isoformat()}
        audit.write("access_request.granted", _subject(driver_request), user=by, now=now, after=after)


def decline(driver_request: AccessRequest, *, answer: str, by: User | ApiKey, now: datetime) -> None:
    """Declines the request. Raises NotAllowedError and AnsweredError."""
    access.require(by, Right.MANAGE, driver_request.charger.property.host)
    with transaction.atomic():
        access_requests.decline(driver_request.pk, answer=answer, now=now)
        audit.write("access_request.declined", _subject(driver_request), user=by, now=now, after={"answer": answer})


def withdraw(driver_request: AccessRequest, *, by: User | ApiKey, now: datetime) -> None:
    """Ends a grant; a running session continues. Raises NotAllowedError and AnsweredError."""
    access.require(by, Right.MANAGE, driver_request.charger.property.host)
    with transaction.atomic():
        access_requests.withdraw(driver_request, now=now)
        audit.write("access_request.withdrawn", _subject(driver_request), user=by, now=now)


def _subject(driver_request: AccessRequest) -> audit.Subject:
    return audit.Subject("access_request", driver_request.pk, str(driver_request), driver_request.charger.property.host)
