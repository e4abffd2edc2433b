"""When what charging costs comes near to what is held: the guest is told, more is held, or charging ends."""

from datetime import datetime

from django.db.models import QuerySet

from billing import holds, sizes
from billing.models import Hold, Session

_MOST_EXTENSIONS = 3
"""Then charging ends: what costs so much more than was thought of deserves a look by its guest."""


def warn(session: Session, *, now: datetime) -> None:
    """The guest's page says so from now on."""
    _main(session).filter(warned_at=None).update(warned_at=now)


def ended(session: Session, *, now: datetime) -> None:
    """The charger was told to stop: the guest's page and the session's story say why."""
    _main(session).filter(limit_at=None).update(limit_at=now)


def extended(session: Session, *, now: datetime) -> bool:
    """Holds the same once more, where that is the policy and the guest agreed; False if that gave nothing.

    Must not be called inside a database transaction: it asks the card processor.
    """
    main = _main(session).filter(state=Hold.State.AUTHORISED).first()
    made = Hold.objects.filter(session=session, role=Hold.Role.EXTENSION, state=Hold.State.AUTHORISED).count()
    if main is None or made >= _MOST_EXTENSIONS or not sizes.extends(session.property):
        return False
    more = holds.extend(main, now=now)
    return more is not None and more.state == Hold.State.AUTHORISED


def _main(session: Session) -> QuerySet[Hold]:
    return Hold.objects.filter(session=session, role=Hold.Role.MAIN).exclude(state=Hold.State.FAILED)
