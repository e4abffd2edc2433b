"""Resolves the rate at a connector at a moment, with the reason and the rates that it overrides.

The highest priority wins; then a specific audience (a card group, a roaming partner) over a whole one; then the nearer
place: the connector, the charger, the property. The version is the one in force at that moment.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from django.db import connection
from django.db.models import Model

from authorization.models import MobilityProvider, TokenGroup
from billing.engine.rate import definition as definitions
from billing.models import Rate, RateAssignment, RateVersion
from billing.sentences import catalogue
from billing.sentences.sessions import PATTERNS, SessionCode
from chargers.models import Charger, Property
from chargers.sentences import stored
from chargers.sentences.stored import Sentence, Sentences

Audience = RateAssignment.Audience
_MAX_SHOWN: Final = 3
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """The payer: the kind of person, and their card if it may be in a group or belong to a roaming partner."""

    audience: str
    token_id: int | None = None
    evse_number: int | None = None


@dataclass(frozen=True, slots=True)
class ResolvedRate:
    """The version in force, or None if none is assigned, and the reason.

    `beaten` describes the assignments that would otherwise apply, in a few words each.
    """

    version: RateVersion | None
    why: Sentences
    beaten: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """Returns the reason in English."""
        return catalogue.english(self.why)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An applicable assignment, with the version of its rate that is in force."""

    assignment: RateAssignment
    version: RateVersion

    @property
    def rank(self) -> tuple[int, bool, int, int]:
        """Returns its rank: the highest wins; of equals the newest."""
        row = self.assignment
        nearness = (row.charger_id is not None) + (row.evse_number is not None)
        return row.priority, row.group_id is not None or row.msp_id is not None, nearness, row.pk

    def holds_at(self, charger_id: int, evse_number: int | None) -> bool:
        """Whether it is assigned to this connector, to its charger, or to the whole property."""
        row = self.assignment
        return row.charger_id in (None, charger_id) and row.evse_number in (None, evse_number)

    @property
    def is_general(self) -> bool:
        row = self.assignment
        return row.charger_id is None and row.group_id is None and row.msp_id is None

    @property
    def people(self) -> str:
        return catalogue.english([self._people("people")])

    @property
    def place_name(self) -> str:
        return catalogue.english([self._place])

    @property
    def why(self) -> Sentences:
        facts = {"people": self._people("people"), "rate": self.version.rate.name, "number": self.version.number}
        if not self.assignment.priority:
            return stored.build_sentence(SessionCode.ASSIGNED, place=self._place, **facts)
        return stored.build_sentence(
            SessionCode.ASSIGNED_BY_PRIORITY, place=self._place, priority=self.assignment.priority, **facts
        )

    @property
    def sentence(self) -> str:
        return catalogue.english(self.why)

    @property
    def short(self) -> Sentence:
        """Returns its short description as an overridden assignment."""
        facts = {"rate": self.version.rate.name, "people": self._people("for"), "place": self._place}
        return Sentence(SessionCode.BEATEN, facts)

    def _people(self, form: str) -> Sentence:
        """Returns the audience of a rate: `people` begins a sentence, `for` is used within one."""
        row = self.assignment
        if row.group is not None:
            return Sentence(SessionCode(f"{form}.of_group"), {"group": row.group.name})
        if row.msp is not None:
            return Sentence(SessionCode(f"{form}.of_provider"), {"provider": row.msp.name})
        return Sentence(SessionCode(f"{form}.{row.audience}"))

    @property
    def _place(self) -> Sentence:
        row = self.assignment
        if row.charger is None:
            return Sentence(SessionCode.AT_PROPERTY, {"property": row.property.name})
        if row.evse_number:
            return Sentence(SessionCode.AT_CONNECTOR, {"connector": row.evse_number, "station": row.charger.station_id})
        return Sentence(SessionCode.AT_CHARGER, {"station": row.charger.station_id})


def resolve(charger: Charger, *, driver: Payer, at: datetime, now: datetime | None = None) -> ResolvedRate:
    """Returns what this driver pays at the charger at that moment.

    A session that began before any version was in force (because it was reported late, or the clock is slow) gets the
    first one in force `now`. One query, at most two.
    """
    candidates = _list_driver_candidates(charger, driver=driver, at=at)
    extra: Sentences = ()
    if not candidates and now is not None and now > at:
        candidates = _list_driver_candidates(charger, driver=driver, at=now, earliest=True)
        extra = stored.build_sentence(SessionCode.EARLIEST)
    if not candidates:
        return ResolvedRate(
            None, stored.build_sentence(SessionCode(f"rate.none.{driver.audience}"), charger=charger.station_id)
        )
    best, *others = candidates
    beaten = [other.short for other in others]
    return ResolvedRate(
        best.version,
        (*best.why, *_describe_beaten_rates(beaten), *extra),
        tuple(catalogue.english([sentence]) for sentence in beaten),
    )


def _list_driver_candidates(
    charger: Charger, *, driver: Payer, at: datetime, earliest: bool = False
) -> list[Candidate]:
    """Returns the assignments that apply to this driver at this charger at a moment, the winner first."""
    values = {
        "properties": [charger.property_id],
        "charger": charger.pk,
        "audience": driver.audience,
        "evse": driver.evse_number,
        "token": driver.token_id,
        "at": at,
    }
    return _read(_OF_DRIVER_FIRST if earliest else _OF_DRIVER, values)


def _read(sql: str, values: dict[str, Any]) -> list[Candidate]:
    """Reads candidates with one query and without model instances, because every start and every guest's page waits for
    it.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = [_candidate(row) for row in cursor.fetchall()]
    return sorted(rows, key=lambda candidate: candidate.rank, reverse=True)


def _candidate(row: tuple[Any, ...]) -> Candidate:
    (
        pk,
        priority,
        audience,
        evse_number,
        property_id,
        property_name,
        charger_id,
        station_id,
        group_id,
        group_name,
        msp_id,
        msp_name,
        rate_id,
        host_id,
        slug,
        name,
        currency,
        contract_id,
        version_id,
        number,
        definition,
        created_at,
        valid_from,
        tax,
    ) = row
    rate = _mark_as_saved(Rate(rate_id, host_id, slug=slug, name=name, currency=currency, contract_id=contract_id))
    assignment = _mark_as_saved(
        RateAssignment(
            pk,
            rate=rate,
            property=Property(property_id, name=property_name),
            audience=audience,
            charger=Charger(charger_id, station_id=station_id) if charger_id else None,
            evse_number=evse_number,
            group=TokenGroup(group_id, name=group_name) if group_id else None,
            msp=MobilityProvider(msp_id, name=msp_name) if msp_id else None,
            priority=priority,
        )
    )
    version = RateVersion(
        version_id,
        rate=rate,
        number=number,
        definition=_apply_property_tax(json.loads(definition), tax),
        created_at=created_at,
        valid_from=valid_from,
    )
    return Candidate(assignment, _mark_as_saved(version))


def _apply_property_tax(rate_definition: dict[str, Any], percentage: Decimal | None) -> dict[str, Any]:
    """Returns the definition with the property's tax, if it has one:

    `catalogue` allows no rate that refers to a missing one.
    """
    return (
        rate_definition
        if percentage is None
        else definitions.apply_property_tax(rate_definition, f"{percentage.normalize():f}")
    )


def _mark_as_saved(row: M) -> M:
    """Returns a row of the database that was read as a part of another query."""
    row._state.adding = False
    return row


_HOLDING: Final = """
    SELECT a.id, a.priority, a.audience, a.evse_number, a.property_id, p.name, a.charger_id, c.station_id,
           a.group_id, g.name, a.msp_id, m.name, r.id, r.host_id, r.slug, r.name, r.currency, r.contract_id,
           v.id, v.number, v.definition, v.created_at, v.valid_from,
           CASE WHEN v.definition #>> '{{tax,of}}' = 'property' THEN (
               SELECT t.percentage FROM billing_propertytax t WHERE t.property_id = a.property_id
               ORDER BY (t.valid_from > %(at)s), abs(extract(epoch FROM t.valid_from - %(at)s)) LIMIT 1) END
    FROM billing_rateassignment a
    JOIN billing_rate r ON r.id = a.rate_id
    JOIN chargers_property p ON p.id = a.property_id
    LEFT JOIN chargers_charger c ON c.id = a.charger_id
    LEFT JOIN authorization_tokengroup g ON g.id = a.group_id
    LEFT JOIN authorization_mobilityprovider m ON m.id = a.msp_id
    CROSS JOIN LATERAL (
        SELECT w.id, w.number, w.definition, w.created_at, w.valid_from, coalesce(w.valid_from, w.created_at) AS begins
        FROM billing_rateversion w
        WHERE w.rate_id = a.rate_id AND w.withdrawn_at IS NULL AND coalesce(w.valid_from, w.created_at) <= %(at)s
        ORDER BY begins {order}, w.number {order} LIMIT 1
    ) v
    WHERE a.property_id = ANY(%(properties)s)
      AND (a.active_from IS NULL OR a.active_from <= %(at)s) AND (a.active_to IS NULL OR a.active_to > %(at)s)
"""
_OF_ANYBODY: Final = _HOLDING.format(order="DESC")
_TO_DRIVER: Final = """
      AND a.audience = %(audience)s
      AND (a.charger_id IS NULL OR a.charger_id = %(charger)s)
      AND (a.evse_number IS NULL OR a.evse_number = %(evse)s)
      AND (a.group_id IS NULL OR a.group_id IN (
           SELECT of_group.tokengroup_id FROM authorization_token_groups of_group WHERE of_group.token_id = %(token)s))
      AND (a.msp_id IS NULL OR a.msp_id = (SELECT t.msp_id FROM authorization_token t WHERE t.id = %(token)s))
"""
_OF_DRIVER: Final = _OF_ANYBODY + _TO_DRIVER
_OF_DRIVER_FIRST: Final = _HOLDING.format(order="ASC") + _TO_DRIVER


@dataclass(frozen=True, slots=True)
class AtProperty:
    """What an audience pays at a property, and the exceptions by place or person."""

    property_: Property
    audience: str
    general: ResolvedRate
    exceptions: tuple[Candidate, ...]

    @property
    def people(self) -> str:
        return PATTERNS[SessionCode(f"people.{self.audience}")]

    @property
    def has_rate(self) -> bool:
        return self.general.version is not None or bool(self.exceptions)

    @property
    def conflict(self) -> str:
        """Returns the contradiction between the property's access mode and its rates; empty if they agree."""
        name, access = self.property_.name, self.property_.access
        if self.audience == Audience.GUEST and access == Property.Access.PRIVATE and self.has_rate:
            return f"{name} is private: guests who scan the QR code are refused, although there is a rate for guests."
        if self.audience == Audience.GUEST and access != Property.Access.PRIVATE and not self.has_rate:
            return f"{name} admits guests, but they cannot pay: there is no rate for them."
        if self.audience == Audience.ROAMING and access != Property.Access.PUBLIC_ROAMING and self.has_rate:
            return f"{name} does not admit roaming drivers, although there is a rate for them."
        return ""


def at_properties(places: Sequence[Property], *, at: datetime) -> list[AtProperty]:
    """Returns what `resolve` would return for every property and audience. One query."""
    candidates = _read(_OF_ANYBODY, {"properties": [property_.pk for property_ in places], "at": at})
    return [
        _resolve_property_rate(
            property_,
            audience=audience,
            candidates=[
                candidate
                for candidate in candidates
                if (candidate.assignment.property_id, candidate.assignment.audience) == (property_.pk, audience)
            ],
        )
        for property_ in places
        for audience in Audience.values
    ]


def holding(properties: Sequence[Property], *, audience: str, at: datetime) -> list[Candidate]:
    """Returns every assignment for that audience that applies at the properties, highest rank first. One query."""
    candidates = _read(_OF_ANYBODY, {"properties": [row.pk for row in properties], "at": at})
    return [candidate for candidate in candidates if candidate.assignment.audience == audience]


def _resolve_property_rate(property_: Property, *, audience: str, candidates: list[Candidate]) -> AtProperty:
    general = next((candidate for candidate in candidates if candidate.is_general), None)
    people = Sentence(SessionCode(f"people.{audience}"))
    resolved = ResolvedRate(None, stored.build_sentence(SessionCode.NO_RATE_AT, people=people, place=property_.name))
    if general is not None:
        resolved = ResolvedRate(general.version, general.why)
    specific_candidates = sorted(
        (candidate for candidate in candidates if not candidate.is_general),
        key=lambda candidate: (candidate.place_name, -candidate.assignment.priority, candidate.people),
    )
    return AtProperty(property_, audience, resolved, tuple(specific_candidates))


def _describe_beaten_rates(beaten: list[Sentence]) -> Sentences:
    if not beaten:
        return ()
    shown_rates, hidden_count = beaten[:_MAX_SHOWN], len(beaten) - _MAX_SHOWN
    if hidden_count > 0:
        return stored.build_sentence(SessionCode.BEFORE_MORE, beaten=shown_rates, more=hidden_count)
    return stored.build_sentence(SessionCode.BEFORE, beaten=shown_rates)
