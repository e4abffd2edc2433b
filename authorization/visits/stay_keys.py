"""Phones as keys of stays: issued to a guest who proved the booking, counted, revoked, and read as facts of a decision.

A phone holds a secret in its cookie, of which only the hash is stored, so a copy of the database opens no charger.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Lower

from authorization.decide.facts import StayFacts
from authorization.models import Stay, StayKey
from authorization.models.pms import MAX_PHONES
from authorization.visits import stays
from chargers.lib.secrets import digest

_RECOGNISED_FOR: Final = timedelta(days=7)
REMEMBERED_FOR: Final = timedelta(days=400)
_LIMIT: Final = 20


class PhonesTakenError(Exception):
    """The stay already has as many phones as the host allows."""


def give(stay: Stay, *, proof: StayKey.Proof, remember: bool, phone_secrets: Sequence[str], now: datetime) -> str:
    """Returns a secret for this phone; empty if it is a key of this stay already (`phone_secrets` are its secrets).

    Raises PhonesTakenError.
    """
    with transaction.atomic():
        Stay.objects.select_for_update(no_key=True).get(pk=stay.pk)  # two phones may ask at once for the last place
        in_force = StayKey.objects.filter(stay=stay, ended_at=None)
        own_keys = in_force.filter(secret_hash__in=[digest(secret) for secret in phone_secrets])
        if own_keys.exists():
            if remember:
                own_keys.update(is_remembered=True)
            return ""
        hours = getattr(stay.property, "stay_hours", None)
        if in_force.count() >= (hours.most_phones if hours else MAX_PHONES):
            raise PhonesTakenError
        secret = secrets.token_urlsafe(24)
        StayKey.objects.create(stay=stay, secret_hash=digest(secret), proof=proof, is_remembered=remember, given_at=now)
    return secret


def stays_of(phone_secrets: Sequence[str], *, host_id: int, now: datetime) -> list[Stay]:
    """Returns the host's stays that this phone is a key of: current, future, and over for at most some days.

    With the guest's consent also later stays in the same name. One query; two if a phone is remembered.
    """
    if not phone_secrets:
        return []
    keys = StayKey.objects.filter(
        secret_hash__in=[digest(secret) for secret in phone_secrets], ended_at=None, stay__property__host=host_id
    )
    rows = list(keys.select_related("stay__property__host", "stay__unit", "stay__connection")[:_LIMIT])
    since = now - _RECOGNISED_FOR
    by_id = {key.stay_id: key.stay for key in rows if stays.access_span(key.stay)[1] > since}
    remembered = [key.stay for key in rows if key.is_remembered and key.stay.departs_at > now - REMEMBERED_FOR]
    if remembered:
        by_id |= {stay.pk: stay for stay in _later_stays(remembered, host_id=host_id, now=now)}
    return sorted(by_id.values(), key=lambda stay: stay.arrives_at)


def _later_stays(remembered: Sequence[Stay], *, host_id: int, now: datetime) -> QuerySet[Stay]:
    """Returns later stays with the same name and address, since a host may use one address for all guests."""
    same = Q(pk=None)
    for stay in remembered:
        if stay.guest_email and stay.guest_name.strip():
            same |= Q(guest_email__iexact=stay.guest_email, folded=stay.guest_name.strip().lower())
    rows = Stay.objects.alias(folded=Lower("guest_name"), until=Coalesce("access_to", F("departs_at")))
    rows = rows.filter(same, property__host=host_id, cancelled_at=None, until__gt=now)
    return rows.select_related("property__host", "unit", "connection").order_by("arrives_at")[:_LIMIT]


def let_go(phone_secrets: Sequence[str], *, now: datetime) -> int:
    """Makes this phone no longer a key of any stay. Returns the number of keys ended."""
    hashes = [digest(secret) for secret in phone_secrets]
    return StayKey.objects.filter(secret_hash__in=hashes, ended_at=None).update(ended_at=now)


def take_away(stay: Stay, key_id: int, *, now: datetime) -> bool:
    """Removes one phone from a stay; a running session continues. Returns False if it was removed before."""
    return bool(StayKey.objects.filter(pk=key_id, stay=stay, ended_at=None).update(ended_at=now))


def in_force(stay: Stay) -> QuerySet[StayKey]:
    return StayKey.objects.filter(stay=stay, ended_at=None).order_by("given_at")


def link_key(stay: Stay) -> str:
    """Returns the key of the link in the guest's message; created when first needed, and then unchanged."""
    if not stay.link_key:
        Stay.objects.filter(pk=stay.pk, link_key=None).update(link_key=secrets.token_urlsafe(18))
        stay.refresh_from_db(fields=["link_key"])
    assert stay.link_key
    return stay.link_key


def of_link(key: str) -> Stay | None:
    rows = Stay.objects.select_related("property__host", "property__stay_hours", "unit")
    return rows.filter(link_key=key).first() if key else None


def facts(stay: Stay) -> StayFacts:
    """Returns the stay as facts for a decision; expects it with its property and unit."""
    begins, ends = stays.access_span(stay)
    return StayFacts(
        reference=stay.reference or str(stay.pk),
        property_slug=stay.property.slug,
        property_name=stay.property.name,
        unit_slug=stay.unit.slug if stay.unit else "",
        unit_name=stay.unit.name if stay.unit else "",
        arrives_at=begins,
        departs_at=ends,
        cancelled=stay.cancelled_at is not None,
    )
