"""Acts on a guest's stay: add by hand or by the API, change, end."""

from datetime import datetime

from django.db import transaction

from authorization import audit
from authorization.models import ApiKey, Stay, User
from authorization.people import access
from authorization.people.roles import Right
from authorization.visits import stay_keys, stays
from authorization.visits.stays import StayDetails


def add(entered: StayDetails, *, cards: list[str], by: User | ApiKey, now: datetime) -> list[stays.AddedStay]:
    """Adds a stay for each card, or one without a card; an identical existing one is not added again.

    Raises NotAllowedError.
    """
    access.require(by, Right.MANAGE, entered.property.host)
    with transaction.atomic():
        added = stays.add(entered, cards=cards)
        for addition in added:
            if addition.is_new:
                audit.write("stay.added", _subject(addition.stay), user=by, now=now, after=_audit_values(addition.stay))
    return added


def change(stay: Stay, entered: StayDetails, *, by: User | ApiKey, now: datetime) -> None:
    """Changes place and times.

    Raises NotAllowedError, and ManagedElsewhereError if a property system manages the stay.
    """
    access.require(by, Right.MANAGE, stay.property.host)
    stays.require_own(stay)
    before = _audit_values(stay)
    with transaction.atomic():
        stays.change(stay, entered)
        audit.write("stay.changed", _subject(stay), user=by, now=now, before=before, after=_audit_values(stay))


def end(stay: Stay, *, by: User | ApiKey, now: datetime) -> bool:
    """Ends a stay that runs, or cancels one that has not begun. Returns False if it was over.

    Raises NotAllowedError, and ManagedElsewhereError if a property system manages the stay.
    """
    access.require(by, Right.MANAGE, stay.property.host)
    stays.require_own(stay)
    before = _audit_values(stay)
    with transaction.atomic():
        has_ended = stays.end(stay, now=now)
        if has_ended:
            audit.write("stay.ended", _subject(stay), user=by, now=now, before=before)
    return has_ended


def give_card(stay: Stay, uid: str, *, by: User | ApiKey, now: datetime) -> None:
    """Sets the guest's card, for a stay without one, or replaces it. Raises NotAllowedError and uids.UidError."""
    access.require(by, Right.MANAGE, stay.property.host)
    before = _audit_values(stay)
    with transaction.atomic():
        stays.give_card(stay, uid)
        audit.write("stay.card", _subject(stay), user=by, now=now, before=before, after=_audit_values(stay))


def take_phone(stay: Stay, key_id: int, *, by: User | ApiKey, now: datetime) -> bool:
    """Removes a phone from a stay; its running session continues. Returns False if it was removed before.

    Raises NotAllowedError.
    """
    access.require(by, Right.MANAGE, stay.property.host)
    with transaction.atomic():
        is_taken = stay_keys.take_away(stay, key_id, now=now)
        if is_taken:
            audit.write("stay.phone_removed", _subject(stay), user=by, now=now, before={"phone": key_id})
    return is_taken


def _subject(stay: Stay) -> audit.Subject:
    return audit.Subject("stay", stay.pk, str(stay), stay.property.host)


def _audit_values(stay: Stay) -> dict[str, object]:
    """Returns all of the stay's values, for the audit trail."""
    return {
        "uid": stay.token.uid if stay.token else None,
        "property": stay.property.slug,
        "unit": stay.unit.slug if stay.unit else None,
        "guest_name": stay.guest_name,
        "reference": stay.reference,
        "arrives_at": stay.arrives_at.isoformat(),
        "departs_at": stay.departs_at.isoformat(),
    }
