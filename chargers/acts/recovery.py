"""The safe ladder of a property's chargers: which steps its people allow."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from chargers.models import Property
from chargers.recovery import climbing
from chargers.recovery.ladder import Step


def choose(place: Property, steps: Sequence[Step], *, by: User | ApiKey, now: datetime) -> None:
    """No step: the ladder is off. Raises NotAllowedError."""
    access.require(by, Right.OPERATE, place.host)
    with transaction.atomic():
        locked = Property.objects.select_for_update().get(pk=place.pk)
        before = climbing.steps_of(locked)
        if set(before) == set(steps):
            return
        climbing.choose(locked, steps, by=audit.actor(by), now=now)
        subject = audit.Subject("property", place.slug, place.name, place.host)
        after = {"steps": [step.value for step in Step if step in steps]}
        audit.write(
            "property.safe_ladder", subject, user=by, now=now, before={"steps": [*map(str, before)]}, after=after
        )
