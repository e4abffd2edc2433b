"""A user action: the hardware behind a station is replaced, and the station stays."""

from datetime import datetime
from functools import partial

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.roles import Right
from chargers.acts import subject
from chargers.commands import queue
from chargers.fleet import hardware_swaps
from chargers.fleet.hardware_swaps import IsPaid, Swapped
from chargers.local_lists import list_state
from chargers.models import Charger
from chargers.power import sent_profiles
from chargers.recovery import progress

VERB = "charger.hardware_replaced"


def replace(
    charger: Charger, new_id: str, *, reason: str, is_paid: IsPaid, by: User | ApiKey, now: datetime
) -> Swapped:
    """Replaces the hardware: it connects as `new_id` with a new password, and the old one is disconnected and refused.

    `charger` is the row as the user saw it. Raises NotAllowedError, BusyError, TakenError and ReplacedMeanwhileError.
    """
    access.require_at(by, Right.CONNECT, charger)
    with transaction.atomic():
        # First the rooms whose workers hold their own rows while they order something from the charger: no deadlock.
        list_state.forget_all(charger)
        sent_profiles.forget_all(charger)
        progress.end_for_replaced(charger, now=now)
        swapped = hardware_swaps.replace(
            charger, new_id, reason=reason, origin=audit.actor(by), is_paid=is_paid, now=now
        )
        row = swapped.row
        audit.write(
            VERB,
            subject.of_charger(charger),
            user=by,
            now=now,
            before={"charger_id": row.former_id, "serial_number": row.former_serial_number},
            after={"charger_id": row.new_id},
            reason=reason,
        )
        transaction.on_commit(partial(queue.hang_up, charger.pk))
    return swapped
