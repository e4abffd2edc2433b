"""Publishes rates for roaming drivers as Tariffs when they differ, and ends those that no connector refers to."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction

from authorization.models import MobilityProvider
from billing.engine.rate import tariff
from billing.engine.rate.tariff import RateSyntaxError
from billing.models import RateAssignment, RoamingObject
from billing.pricing.rates import resolver
from billing.pricing.rates.resolver import Candidate
from billing.roaming.partners import connections
from billing.roaming.publication import changes, objects
from billing.roaming.publication.objects import PublishedObject
from billing.roaming.tariffs import naming, rendering
from chargers.models import Host, Property


def catch_up(*, now: datetime) -> int:
    """Publishes the tariffs of hosts with noted changes. Returns the number of objects that differ."""
    with transaction.atomic():
        keys = changes.pop_keys(changes.TARIFF)
        hosts = Host.objects.filter(pk__in=[key for key in keys if key.isdecimal()]).exclude(ocpi_party_id="")
        return sum(sum(_publish_all(host, now=now)) for host in hosts.order_by("pk")) if keys else 0


def note_all() -> None:
    hosts = Host.objects.exclude(ocpi_party_id="").values_list("pk", flat=True)
    changes.note(changes.TARIFF, hosts)


def _publish_all(host: Host, *, now: datetime) -> Iterator[bool]:
    public = list(host.properties.filter(access=Property.Access.PUBLIC_ROAMING, closed_at=None))
    candidates = resolver.holding(public, audience=RateAssignment.Audience.ROAMING, at=now)
    names = naming.of_candidates(candidates)
    current: dict[str, Candidate] = {}
    for candidate in candidates:
        current.setdefault(names.tariff_id(candidate), candidate)
    for key, candidate in current.items():
        if (body := _body(candidate, tariff_id=key, host=host)) is not None:
            yield objects.publish(_item(candidate, key=key, host=host, body=body), now=now)
    yield from _end_others(host, keys=list(current), now=now)


def _body(candidate: Candidate, *, tariff_id: str, host: Host) -> dict[str, object] | None:
    """Returns None for a definition that cannot be read, which assigning refuses."""
    try:
        rate = tariff.parse_rate(candidate.version.definition, currency=candidate.version.rate.currency)
    except RateSyntaxError:
        return None
    return rendering.build_tariff(rate, tariff_id=tariff_id, party=connections.party_of(host))


def _item(candidate: Candidate, *, key: str, host: Host, body: dict[str, object]) -> PublishedObject:
    msp_id = candidate.assignment.msp_id
    msp = MobilityProvider.objects.get(pk=msp_id) if msp_id is not None else None
    return PublishedObject(
        kind=objects.Kind.TARIFF, host=host, key=key, source=str(candidate.version.rate_id), body=body, msp=msp
    )


def _end_others(host: Host, *, keys: Sequence[str], now: datetime) -> Iterator[bool]:
    """Ends tariffs that no connector refers to any more: partners delete them."""
    rows = RoamingObject.objects.filter(kind=objects.Kind.TARIFF, host=host, ended_at=None).exclude(key__in=keys)
    for row in rows:
        item = PublishedObject(
            kind=objects.Kind.TARIFF,
            host=host,
            key=row.key,
            source=row.source,
            body=row.body,
            msp=row.msp,
            is_ended=True,
        )
        yield objects.publish(item, now=now)
