"""Which cards may charge at a charger whoever asks: what its local list should hold."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet

from authorization.models import AccessRule, Stay, Token, TokenGroup
from chargers.models import Charger

_TYPES = {"APP_USER": "Central", "AD_HOC_USER": "Central", "OTHER": "Local"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A card for a local list. `type` is OCPP 2.x's word; `expires_at` is when the list must stop admitting it."""

    uid: str
    type: str
    parent: str
    expires_at: datetime | None


def cards(charger: Charger, *, now: datetime) -> list[Listed]:
    """The host's own cards that are let in here now, by UID; three queries.

    By a group without hours, a direct grant or a stay. A group with hours is left out: a local list knows none,
    and an offline charger would let its cards in around the clock.
    """
    tokens = Token.objects.filter(host=charger.property.host, valid=True, blocked=False)
    tokens = tokens.filter(Q(expires_at=None) | Q(expires_at__gt=now))
    ends: dict[int, datetime | None] = {}
    for token_id, end in [*_by_group(charger, now=now), *_by_grant(charger, now=now), *_by_stay(charger, now=now)]:
        before = ends.get(token_id, end)
        ends[token_id] = None if end is None or before is None else max(end, before)
    found = tokens.filter(pk__in=ends).order_by("uid")
    return [_listed(token, end=ends[token.pk]) for token in found]


def _listed(token: Token, *, end: datetime | None) -> Listed:
    both = [at for at in (token.expires_at, end) if at is not None]
    return Listed(token.uid, _TYPES.get(token.type, "ISO14443"), token.parent, min(both) if both else None)


def _by_group(charger: Charger, *, now: datetime) -> list[tuple[int, datetime | None]]:
    reaching = Q(properties=charger.property_id) | Q(chargers=charger)
    if charger.unit_id:
        reaching |= Q(units=charger.unit_id)
    groups = TokenGroup.objects.filter(reaching, enabled=True, schedule=[]).filter(_active(now))
    found = Token.objects.filter(groups__in=groups.values("pk")).annotate(end=F("groups__active_to"))
    return list(found.filter(groups__in=groups.values("pk")).values_list("pk", "end"))


def _by_grant(charger: Charger, *, now: datetime) -> list[tuple[int, datetime | None]]:
    here = Q(charger=charger) | Q(property=charger.property_id)
    if charger.unit_id:
        here |= Q(unit=charger.unit_id)
    return list(AccessRule.objects.filter(here).filter(_active(now)).values_list("token_id", "active_to"))


def _by_stay(charger: Charger, *, now: datetime) -> list[tuple[int, datetime]]:
    stays: QuerySet[Stay] = Stay.objects.filter(
        property=charger.property_id, token__isnull=False, cancelled_at=None, arrives_at__lte=now, departs_at__gt=now
    )
    if charger.unit_id:
        stays = stays.filter(Q(unit=None) | Q(unit=charger.unit_id))
    return [(token_id, end) for token_id, end in stays.values_list("token_id", "departs_at") if token_id]


def _active(now: datetime) -> Q:
    begun = Q(active_from=None) | Q(active_from__lte=now)
    return begun & (Q(active_to=None) | Q(active_to__gt=now))
