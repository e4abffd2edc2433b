"""Rates: their immutable versions, and which one a kind of person pays at a charger, and why.

The answer is frozen on the session.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Q
from django.utils.text import slugify

from billing.models import Rate, RateAssignment, RateVersion
from billing.rating import tariff
from chargers.models import Charger, Host, Property

Audience = RateAssignment.Audience
_PEOPLE: Final = {
    Audience.GUEST: "Guests",
    Audience.MEMBER: "Members",
    Audience.ROAMING: "Roaming drivers",
    Audience.REIMBURSEMENT: "Drivers with reimbursement",
}


@dataclass(frozen=True, slots=True)
class Resolved:
    """The version in force, or None where none is assigned; `reason` says in one sentence why."""

    version: RateVersion | None
    reason: str


def resolve(charger: Charger, *, audience: str) -> Resolved:
    """The charger's own assignment goes before its property's; the newest version is in force. One query."""
    version = (
        RateVersion.objects.filter(
            Q(rate__assignments__charger=None) | Q(rate__assignments__charger=charger.pk),
            rate__assignments__property=charger.property_id,
            rate__assignments__audience=audience,
        )
        .annotate(
            of_charger=F("rate__assignments__charger_id"),
            property_name=F("rate__assignments__property__name"),
        )
        .select_related("rate")
        .order_by(F("of_charger").asc(nulls_last=True), "-number")
        .first()
    )
    if version is None:
        people = _PEOPLE[Audience(audience)]
        return Resolved(None, f"{people} have no rate at charger {charger.station_id}.")
    place = f"charger {charger.station_id}" if version.of_charger else f"all chargers of {version.property_name}"
    return _assigned(version, audience=audience, place=place)


@dataclass(frozen=True, slots=True)
class AtProperty:
    """What a kind of person pays at a property, and at the chargers that differ from the rest of it."""

    place: Property
    audience: str
    general: Resolved
    exceptions: tuple[tuple[Charger, Resolved], ...]

    @property
    def people(self) -> str:
        return _PEOPLE[Audience(self.audience)]


def at_properties(places: Sequence[Property]) -> list[AtProperty]:
    """For every property and audience the same as `resolve` for each of its chargers. Two queries."""
    found = RateAssignment.objects.filter(property__in=places).select_related("charger").order_by("charger__station_id")
    assignments = list(found)
    versions = _newest({assignment.rate_id for assignment in assignments})
    return [
        _at_property(
            place,
            audience=audience,
            assignments=[row for row in assignments if (row.property_id, row.audience) == (place.pk, audience)],
            versions=versions,
        )
        for place in places
        for audience in Audience.values
    ]


def publish(rate: Rate, *, definition: dict[str, Any], now: datetime) -> RateVersion | None:
    """The next version, in force for new sessions from now; None if the newest says the same already."""
    with transaction.atomic():
        Rate.objects.select_for_update().get(pk=rate.pk)
        newest = rate.versions.order_by("-number").first()
        if newest and newest.definition == definition:
            return None
        number = newest.number + 1 if newest else 1
        return RateVersion.objects.create(rate=rate, number=number, definition=definition, created_at=now)


def create(host: Host, *, name: str, currency: str, definition: dict[str, Any], now: datetime) -> RateVersion:
    """A new rate with its first version; its slug is made of its name."""
    base = slugify(name)[:40] or "rate"
    taken = set(Rate.objects.filter(host=host, slug__startswith=base).values_list("slug", flat=True))
    slug = next(made for number in range(1, len(taken) + 2) if (made := _slug(base, number)) not in taken)
    with transaction.atomic():
        rate = Rate.objects.create(host=host, slug=slug, name=name, currency=currency)
        return RateVersion.objects.create(rate=rate, number=1, definition=definition, created_at=now)


def assign(
    rate: Rate, *, place: Property, charger: Charger | None, audience: str
) -> tuple[RateAssignment, Rate | None]:
    """From now on this kind of person pays this rate there. Also which rate that replaces, if any."""
    with transaction.atomic():
        before = RateAssignment.objects.select_for_update(of=("self",)).select_related("rate")
        replaced = before.filter(property=place, charger=charger, audience=audience).first()
        made, _ = RateAssignment.objects.update_or_create(
            property=place, charger=charger, audience=audience, defaults={"rate": rate}
        )
    return made, replaced.rate if replaced else None


def newest(rate: Rate) -> RateVersion | None:
    return rate.versions.order_by("-number").first()


def _at_property(
    place: Property, *, audience: str, assignments: list[RateAssignment], versions: dict[int, RateVersion]
) -> AtProperty:
    general = Resolved(None, f"{_PEOPLE[Audience(audience)]} have no rate at {place.name}.")
    exceptions: list[tuple[Charger, Resolved]] = []
    for assignment in assignments:
        version = versions.get(assignment.rate_id)
        if version is None:
            continue
        if assignment.charger is None:
            general = _assigned(version, audience=audience, place=f"all chargers of {place.name}")
        else:
            here = f"charger {assignment.charger.station_id}"
            exceptions.append((assignment.charger, _assigned(version, audience=audience, place=here)))
    return AtProperty(place, audience, general, tuple(exceptions))


def _newest(rate_ids: set[int]) -> dict[int, RateVersion]:
    found = RateVersion.objects.filter(rate__in=rate_ids).select_related("rate")
    return {version.rate_id: version for version in found.order_by("rate_id", "-number").distinct("rate_id")}


def _assigned(version: RateVersion, *, audience: str, place: str) -> Resolved:
    people = _PEOPLE[Audience(audience)]
    return Resolved(
        version, f"{people} pay “{version.rate.name}”, version {version.number}, assigned to {place}."[:255]
    )


def _slug(base: str, number: int) -> str:
    return base if number == 1 else f"{base}-{number}"


def parsed(version: RateVersion) -> tariff.Rate:
    """The version as the price engine takes it."""
    return tariff.parse_rate(version.definition, currency=version.rate.currency)
