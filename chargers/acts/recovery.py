"""User actions on the safe ladder: the recovery steps allowed at a property's chargers, or at one of them."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from chargers.acts import subject
from chargers.models import Charger, Property
from chargers.recovery import progress
from chargers.recovery.next_step import Step


def choose(property_: Property, steps: Sequence[Step], *, by: User | ApiKey, now: datetime) -> None:
    """Sets the allowed steps of a property; no step turns the ladder off. Raises NotAllowedError."""
    access.require(by, Right.OPERATE, property_.host)
    with transaction.atomic():
        locked = Property.objects.select_for_update().get(pk=property_.pk)
        before = progress.steps_of(locked)
        if set(before) == set(steps):
            return
        progress.choose(locked, steps, by=audit.actor(by), now=now)
        of_property = audit.Subject("property", property_.slug, property_.name, property_.host)
        after = {"steps": [step.value for step in Step if step in steps]}
        audit.write(
            "property.safe_ladder", of_property, user=by, now=now, before={"steps": [*map(str, before)]}, after=after
        )


def choose_at(charger: Charger, steps: Sequence[Step] | None, *, by: User | ApiKey, now: datetime) -> None:
    """Sets the allowed steps of a charger; no step turns the ladder off, None follows the property.

    Raises NotAllowedError.
    """
    access.require_at(by, Right.OPERATE, charger)
    with transaction.atomic():
        locked = Charger.objects.select_for_update().get(pk=charger.pk)
        before, after = _codes(progress.own_steps(locked)), _codes(steps)
        if before == after:
            return
        progress.choose_at(locked, steps, by=audit.actor(by), now=now)
        of_charger = subject.of_charger(charger)
        audit.write(
            "charger.safe_ladder", of_charger, user=by, now=now, before={"steps": before}, after={"steps": after}
        )


def _codes(steps: Sequence[Step] | None) -> list[str] | None:
    """Returns the steps in the order of the ladder; None to follow the property."""
    return None if steps is None else [step.value for step in Step if step in steps]
