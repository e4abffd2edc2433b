"""Publishes properties for roaming drivers as Locations when they differ from what was published."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Prefetch, QuerySet

from authorization.roaming import ocpi_ids
from billing.models import RateAssignment, RoamingObject
from billing.pricing.rates import resolver
from billing.pricing.rates.resolver import Candidate
from billing.roaming.locations import stored_form
from billing.roaming.locations.stored_form import ConnectorFacts, EvseFacts, LocationFacts
from billing.roaming.partners import connections
from billing.roaming.publication import changes, objects
from billing.roaming.publication.objects import PublishedObject
from billing.roaming.tariffs import naming
from billing.roaming.tariffs.naming import Naming
from chargers.formatting import phrases
from chargers.models import Charger, Connector, Evse, Property

_AT_ONCE: Final = 200


def catch_up(*, now: datetime) -> int:
    """Publishes the properties noted as changed. Returns the number of objects that differ."""
    with transaction.atomic():
        keys = changes.pop_keys(changes.LOCATION)
        return sum(_publish_all(_properties(keys), now=now)) if keys else 0


def publish_property(property_id: int, *, now: datetime) -> None:
    """Publishes one property at once, even if no change was noted."""
    for _ in _publish_all(_properties({str(property_id)}), now=now):
        pass


def note_all() -> None:
    """Notes every property that is or was shared, to publish changes caused by time alone, such as a rate that
    begins.
    """
    public = Property.objects.filter(access=Property.Access.PUBLIC_ROAMING).values_list("pk", flat=True)
    published = RoamingObject.objects.filter(kind=RoamingObject.Kind.LOCATION, ended_at=None)
    changes.note(changes.LOCATION, {*map(str, public), *published.values_list("source", flat=True)})


def facts_of(site: Property, *, candidates: Sequence[Candidate], names: Naming) -> LocationFacts:
    """Returns the property with its outlets; `candidates` are the assignments for roaming drivers that apply there."""
    evses = tuple(
        _evse(charger, evse, candidates=candidates, names=names)
        for charger in site.chargers.all()
        for evse in charger.evses.all()
    )
    return LocationFacts(
        slug=site.slug,
        name=site.name,
        address=site.address,
        city=site.city,
        postal_code=site.postal_code,
        country=site.country or site.host.country,
        latitude=site.latitude,
        longitude=site.longitude,
        time_zone=site.time_zone,
        opening_hours=site.opening_hours,
        operator=site.host.name,
        party=connections.party_of(site.host),
        evses=evses,
    )


def with_outlets(rows: QuerySet[Property]) -> QuerySet[Property]:
    """Prefetches all that `facts_of` reads, in four queries."""
    connectors = Prefetch("connectors", queryset=Connector.objects.order_by("number"))
    evses = Prefetch("evses", queryset=Evse.objects.order_by("number").prefetch_related(connectors))
    chargers = Charger.objects.filter(retired_at=None).select_related("licence").order_by("station_id")
    return rows.select_related("host").prefetch_related(Prefetch("chargers", queryset=chargers.prefetch_related(evses)))


def obstacles(site: Property) -> list[str]:
    """Returns why a property that accepts roaming drivers is not sent to partners; empty if it is."""
    loaded = with_outlets(Property.objects.filter(pk=site.pk)).get()
    missing = stored_form.obstacles(facts_of(loaded, candidates=(), names=naming.of_candidates(())))
    return [*missing, *([] if site.host.ocpi_party_id else ["the OCPI party id of its host"])]


def _properties(keys: Collection[str]) -> list[Property]:
    return list(with_outlets(Property.objects.filter(pk__in=[key for key in keys if key.isdecimal()])).order_by("pk"))


def _publish_all(sites: list[Property], *, now: datetime) -> Iterable[bool]:
    for start in range(0, len(sites), _AT_ONCE):
        some = sites[start : start + _AT_ONCE]
        candidates = resolver.holding(some, audience=RateAssignment.Audience.ROAMING, at=now)
        names = naming.of_candidates(candidates)
        for site in some:
            site_candidates = [candidate for candidate in candidates if candidate.assignment.property_id == site.pk]
            yield _publish(site, candidates=site_candidates, names=names, now=now)


def _publish(site: Property, *, candidates: Sequence[Candidate], names: Naming, now: datetime) -> bool:
    key = ocpi_ids.location_id(site.slug)
    facts = facts_of(site, candidates=candidates, names=names)
    is_open = site.access == Property.Access.PUBLIC_ROAMING and site.closed_at is None
    if not is_open or not site.host.ocpi_party_id or stored_form.obstacles(facts):
        return _withdraw(site, key=key, now=now)
    body = stored_form.location(facts)
    item = PublishedObject(kind=objects.Kind.LOCATION, host=site.host, key=key, source=str(site.pk), body=body)
    return objects.publish(item, now=now)


def _withdraw(site: Property, *, key: str, now: datetime) -> bool:
    """Withdraws a property that is no longer shared: its EVSEs become REMOVED, since a Location cannot be deleted."""
    row = RoamingObject.objects.filter(kind=objects.Kind.LOCATION, host=site.host, key=key).first()
    if row is None:
        return False
    body = row.body | {"evses": []}
    item = PublishedObject(
        kind=objects.Kind.LOCATION, host=site.host, key=key, source=str(site.pk), body=body, is_ended=True
    )
    return objects.publish(item, now=now)


def _evse(charger: Charger, evse: Evse, *, candidates: Sequence[Candidate], names: Naming) -> EvseFacts:
    connectors = list(evse.connectors.all())
    outlet_tariffs = names.at_outlet(candidates, charger_id=charger.pk, evse_number=evse.number)
    newest = max(
        connectors, key=lambda connector: connector.status_at.timestamp() if connector.status_at else 0.0, default=None
    )
    return EvseFacts(
        charger_id=charger.lasting_id(),
        station_id=charger.station_id,
        number=evse.number,
        evse_id=evse.evse_id,
        status=newest.status if newest else "",
        is_heard=charger.is_served(),
        is_set_up=charger.configured,
        is_served=phrases.licence_holds(charger),
        is_reservable=False,
        connectors=tuple(
            ConnectorFacts(
                number=plug.number,
                standard=plug.standard,
                max_power_w=plug.max_power_w,
                tariff_ids=outlet_tariffs.for_all,
                tariffs_by_provider=outlet_tariffs.by_provider,
            )
            for plug in connectors
        ),
    )
