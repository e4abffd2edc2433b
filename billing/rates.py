"""Which rate a kind of person pays at a charger, and why. The answer is frozen on the session."""

from dataclasses import dataclass
from typing import Final

from django.db.models import F, Q

from billing.models import RateAssignment, RateVersion
from billing.rating import tariff
from chargers.models import Charger

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
    people = _PEOPLE[Audience(audience)]
    if version is None:
        return Resolved(None, f"{people} have no rate at charger {charger.station_id}.")
    place = f"charger {charger.station_id}" if version.of_charger else f"all chargers of {version.property_name}"
    return Resolved(
        version, f"{people} pay “{version.rate.name}”, version {version.number}, assigned to {place}."[:255]
    )


def parsed(version: RateVersion) -> tariff.Rate:
    """The version as the price engine takes it."""
    return tariff.parse_rate(version.definition, currency=version.rate.currency)
