"""Which rate a person pays at a connector at a moment, what it went before, and why: the resolver of assignments.

The highest priority wins; then who is named (a group of cards, a roaming partner) before everybody of the audience;
then the nearer place: the connector, the charger, the property. The version is the one in force at that moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject

from authorization.models import Token
from billing.models import RateAssignment, RateVersion
from chargers.models import Charger, Property
from chargers.wording import mark

Audience = RateAssignment.Audience
PEOPLE: Final = {
    Audience.GUEST: "Guests",
    Audience.MEMBER: "Members",
    Audience.ROAMING: "Roaming drivers",
    Audience.REIMBURSEMENT: "Drivers with reimbursement",
}
NO_RATE: Final = {
    Audience.GUEST: mark("Guests have no rate at charger %(charger)s."),
    Audience.MEMBER: mark("Members have no rate at charger %(charger)s."),
    Audience.ROAMING: mark("Roaming drivers have no rate at charger %(charger)s."),
    Audience.REIMBURSEMENT: mark("Drivers with reimbursement have no rate at charger %(charger)s."),
}
_MOST_TOLD: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """Who pays: the kind of person, and their card where it may be in a group or of a roaming partner."""

    audience: str
    token_id: int | None = None
    evse_number: int | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """The version in force, or None where none is assigned; `reason` says in one sentence why.

    `beaten` are the assignments that would hold if that one were not, in a few words each.
    """

    version: RateVersion | None
    reason: str
    beaten: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An assignment that holds, with the version of its rate that is in force."""

    assignment: RateAssignment
    version: RateVersion

    @property
    def rank(self) -> tuple[int, bool, int, int]:
        """The highest wins; of equals the one that was made last."""
        row = self.assignment
        nearness = (row.charger_id is not None) + (row.evse_number is not None)
        return row.priority, row.group_id is not None or row.msp_id is not None, nearness, row.pk

    @property
    def is_general(self) -> bool:
        row = self.assignment
        return row.charger_id is None and row.group_id is None and row.msp_id is None

    @property
    def people(self) -> str:
        row = self.assignment
        if row.group is not None:
            return f"Members of {row.group.name}"
        return f"Drivers of {row.msp.name}" if row.msp is not None else PEOPLE[Audience(row.audience)]

    @property
    def place(self) -> str:
        row = self.assignment
        if row.charger is None:
            return f"all chargers of {row.property.name}"
        connector = f"connector {row.evse_number} of " if row.evse_number else ""
        return f"{connector}charger {row.charger.station_id}"

    @property
    def sentence(self) -> str:
        rate, extra = self.version.rate.name, f", with priority {self.assignment.priority}"
        told = f"{self.people} pay “{rate}”, version {self.version.number}, assigned to {self.place}"
        return f"{told}{extra if self.assignment.priority else ''}."

    @property
    def short(self) -> str:
        return f"“{self.version.rate.name}” for {_lower(self.people)} at {self.place}"


def resolve(charger: Charger, *, driver: Driver, at: datetime, now: datetime | None = None) -> Resolved:
    """What this driver pays at the charger at that moment; of a session that began before any version was in force
    (it was reported late, or the clock is slow), the first one that is `now`. One query, at most two."""
    rows = _of(charger, driver=driver)
    found = candidates(rows, at=at)
    reason = ""
    if not found and now is not None and now > at:
        found = candidates(rows, at=now, earliest=True)
        reason = " No version was in force when the session began, so the first one holds."
    if not found:
        return Resolved(None, NO_RATE[Audience(driver.audience)] % {"charger": charger.station_id})
    best, *others = found
    beaten = tuple(other.short for other in others)
    return Resolved(best.version, f"{best.sentence}{_beaten(beaten)}{reason}"[:500], beaten)


def candidates(rows: QuerySet[RateAssignment], *, at: datetime, earliest: bool = False) -> list[Candidate]:
    """Those of the assignments that hold at a moment and whose rate has a version in force, the winner first. One
    query."""
    active = rows.filter(
        Q(active_from=None) | Q(active_from__lte=at),
        Q(active_to=None) | Q(active_to__gt=at),
    )
    versions = in_force(at=at, earliest=earliest).filter(rate=OuterRef("rate"))
    fields = {name: name for name in ("id", "number", "definition", "created_at", "valid_from")}
    found = active.select_related("rate", "property", "charger", "group", "msp").annotate(
        version=Subquery(versions.values(said=JSONObject(**fields))[:1])
    )
    held = [Candidate(row, _version(row.version, of=row)) for row in found if row.version is not None]
    return sorted(held, key=lambda one: one.rank, reverse=True)


def _version(said: dict[str, Any], *, of: RateAssignment) -> RateVersion:
    """A row that came as a part of another query."""
    times = {name: datetime.fromisoformat(said[name]) for name in ("created_at", "valid_from") if said[name]}
    version = RateVersion(**(said | times), rate=of.rate)
    version._state.adding = False
    return version


def in_force(*, at: datetime, earliest: bool = False) -> QuerySet[RateVersion]:
    """The versions that have begun by then; of each rate the one in force first, or the first that ever was."""
    begun = RateVersion.objects.filter(withdrawn_at=None)
    begun = begun.annotate(begins=Coalesce("valid_from", "created_at")).filter(begins__lte=at)
    return begun.order_by("begins", "number") if earliest else begun.order_by("-begins", "-number")


@dataclass(frozen=True, slots=True)
class AtProperty:
    """What a kind of person pays at a property, and where or for whom that differs."""

    place: Property
    audience: str
    general: Resolved
    exceptions: tuple[Candidate, ...]

    @property
    def people(self) -> str:
        return PEOPLE[Audience(self.audience)]


def at_properties(places: Sequence[Property], *, at: datetime) -> list[AtProperty]:
    """For every property and audience what `resolve` would say for its chargers. One query."""
    found = candidates(RateAssignment.objects.filter(property__in=places), at=at)
    return [
        _at_property(
            place,
            audience=audience,
            found=[
                one for one in found if (one.assignment.property_id, one.assignment.audience) == (place.pk, audience)
            ],
        )
        for place in places
        for audience in Audience.values
    ]


def _at_property(place: Property, *, audience: str, found: list[Candidate]) -> AtProperty:
    general = next((one for one in found if one.is_general), None)
    told = Resolved(None, f"{PEOPLE[Audience(audience)]} have no rate at {place.name}.")
    if general is not None:
        told = Resolved(general.version, general.sentence)
    others = sorted(
        (one for one in found if not one.is_general),
        key=lambda one: (one.place, -one.assignment.priority, one.people),
    )
    return AtProperty(place, audience, told, tuple(others))


def _of(charger: Charger, *, driver: Driver) -> QuerySet[RateAssignment]:
    """The assignments that can hold for this driver at this charger, whenever."""
    token = Token.objects.filter(pk__in=[] if driver.token_id is None else [driver.token_id])
    return RateAssignment.objects.filter(
        Q(charger=None) | Q(charger=charger.pk),
        Q(evse_number=None) | Q(evse_number=driver.evse_number),
        Q(group=None) | Q(group__in=token.values("groups")),
        Q(msp=None) | Q(msp__in=token.values("msp")),
        property=charger.property_id,
        audience=driver.audience,
    )


def _beaten(beaten: tuple[str, ...]) -> str:
    if not beaten:
        return ""
    more = len(beaten) - _MOST_TOLD
    return f" It goes before {', '.join(beaten[:_MOST_TOLD])}{f' and {more} more' if more > 0 else ''}."


def _lower(people: str) -> str:
    return people[:1].lower() + people[1:]
