"""Registration of a charger: Accepted, Pending or Rejected, set by the host or by support."""

from datetime import datetime
from functools import partial

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, AuditEntry, User
from authorization.people import access
from authorization.people.roles import Right
from chargers.acts import subject
from chargers.commands import queue
from chargers.fleet import registration
from chargers.models import Charger

VERB = "charger.registration_changed"


class HeldBySupportError(Exception):
    """Support keeps the charger Pending or Rejected. The message is a sentence for the user."""


def change(charger: Charger, *, after: Charger.Registration, by: User | ApiKey, reason: str, now: datetime) -> bool:
    """Sets the registration and ends the present connection. False if it was the same.

    Raises NotAllowedError and HeldBySupportError.
    """
    access.require_at(by, Right.MANAGE, charger)
    if not by.is_agent and is_held_by_support(charger):
        raise HeldBySupportError("Support keeps this charger Pending or Rejected, and only support can change that.")
    before = charger.registration
    with transaction.atomic():
        if not registration.change(charger, after=after):
            return False
        facts = {"registration": after.value, "by_support": by.is_agent}
        audit.write(
            VERB,
            subject.of_charger(charger),
            user=by,
            now=now,
            before={"registration": before},
            after=facts,
            reason=reason,
        )
        transaction.on_commit(partial(queue.hang_up, charger.pk))
    return True


def is_held_by_support(charger: Charger) -> bool:
    """Whether an agent, in the portal, the admin or with an agents' key, set the charger Pending or Rejected.

    One query.
    """
    if charger.is_accepted():
        return False
    of_charger = AuditEntry.objects.filter(subject_type="charger", subject_id=charger.lasting_id(), verb=VERB)
    newest = of_charger.select_related("user").order_by("-at", "-pk").first()
    if newest is None:
        return False
    is_by_support = bool((newest.after or {}).get("by_support"))
    return is_by_support or (newest.user is not None and newest.user.is_agent)
