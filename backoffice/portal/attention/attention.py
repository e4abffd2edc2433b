"""The attention list: one row for each charger, property or host, the most money and drivers at stake first.

Rows are derived from what is stored now, so a row disappears once its causes are repaired. People's decisions about a
row (snoozed, assigned) are stored separately and never remove it from the count.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from operator import attrgetter
from typing import Final

from django.db.models import Q
from django.urls import reverse

from authorization.people import access as people
from authorization.people.access import Viewer
from authorization.people.roles import Right
from backoffice.portal.attention import causes
from backoffice.portal.attention.cause import Cause, Kind, Level, page_of, subject_of
from billing.engine.values import money
from billing.models import AttentionMark
from billing.sessions.trends import losses
from billing.sessions.trends.losses import Outage
from chargers.models import Charger, Host, Property
from chargers.properties import time_zones

MAX_REFUSALS: Final = 5
"""How many groups of refusals are checked for the first page; the list checks more."""


_ONCE: Final = frozenset((Kind.OFFLINE, Kind.FAULTED, Kind.USED_TWICE, Kind.REFUSALS, Kind.CERTIFICATE))
"""Kinds counted by rows: a charger with two faulted connectors is one faulted charger."""


class SnoozeFor(StrEnum):
    """The possible durations of a snooze; the values are used in forms and in the API."""

    HOUR = "1h"
    DAY = "1d"
    WEEK = "1w"
    CHANGE = "change"


SNOOZES: Final[Mapping[SnoozeFor, tuple[str, timedelta | None]]] = {
    SnoozeFor.HOUR: ("1 hour", timedelta(hours=1)),
    SnoozeFor.DAY: ("1 day", timedelta(days=1)),
    SnoozeFor.WEEK: ("1 week", timedelta(weeks=1)),
    SnoozeFor.CHANGE: ("until it changes", None),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The subject of a row. `property_name` and `property_slug` are empty for a host's own row."""

    key: str
    label: str
    href: str
    host: Host
    zone: str
    property_name: str = ""
    property_slug: str = ""
    charger: Charger | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One charger, property or host with its causes, the most serious first."""

    subject: Subject
    causes: list[Cause]
    mark: AttentionMark | None = None
    is_snoozed: bool = False

    @property
    def level(self) -> Level:
        return "bad" if any(cause.level == "bad" for cause in self.causes) else "warn"

    @property
    def since(self) -> datetime:
        return min(cause.since for cause in self.causes)

    @property
    def drivers(self) -> int:
        return sum(cause.drivers for cause in self.causes)

    @property
    def is_estimate(self) -> bool:
        return any(cause.is_estimate and (cause.minor or cause.drivers) for cause in self.causes)

    @property
    def amounts(self) -> list[tuple[str, int]]:
        """Returns the money at stake by currency."""
        sums: Counter[str] = Counter()
        for cause in self.causes:
            if cause.minor and cause.currency:
                sums[cause.currency] += cause.minor
        return sorted(sums.items())

    @property
    def weight(self) -> tuple[float, int, bool]:
        """The row's sort key: money in everyday units of its currency, then drivers, then severity."""
        stake = sum(minor / money.everyday_minor(1, currency=currency) for currency, minor in self.amounts)
        return (stake, self.drivers, self.level == "bad")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """All rows, in order: the open ones, and the snoozed ones."""

    rows: list[Row]
    snoozed: list[Row]
    more_refusals: int

    @property
    def counts(self) -> Mapping[Kind, int]:
        """Returns the number of each kind, including snoozed ones."""
        totals: Counter[Kind] = Counter()
        for row in (*self.rows, *self.snoozed):
            kinds = {cause.kind: cause for cause in row.causes if cause.kind in _ONCE}
            totals.update(dict.fromkeys(kinds, 1))
            for cause in row.causes:
                totals[cause.kind] += cause.count if cause.kind not in _ONCE else 0
        return totals


def for_viewer(viewer: Viewer, *, now: datetime, most_refusals: int = MAX_REFUSALS) -> Attention:
    """Returns what needs this viewer.

    Twenty-seven queries, and those for resolved refusals and hosts with waiting payouts.
    """
    viewed = causes.for_viewer(viewer, now=now, most_refusals=most_refusals)
    grouped: dict[str, list[Cause]] = defaultdict(list)
    for cause in _estimate_losses(viewer, viewed.causes, now=now):
        grouped[cause.subject].append(cause)
    subjects = _subjects(grouped)
    marks = _marks(subjects.values())
    rows = [
        _row(subjects[key], group, marks.get((subjects[key].host.pk, key)), now=now)
        for key, group in grouped.items()
        if key in subjects
    ]
    rows.sort(key=lambda row: row.since)
    rows.sort(key=lambda row: row.weight, reverse=True)
    return Attention(
        rows=[row for row in rows if not row.is_snoozed],
        snoozed=[row for row in rows if row.is_snoozed],
        more_refusals=viewed.more_refusals,
    )


def row_of(viewer: Viewer, subject: str, *, now: datetime) -> Row | None:
    """Returns a subject's row as this viewer sees it; None if it needs no attention."""
    attention = for_viewer(viewer, now=now)
    return next((row for row in (*attention.rows, *attention.snoozed) if row.subject.key == subject), None)


def subject_named(viewer: Viewer, key: str) -> Subject | None:
    """Returns the subject if the viewer sees it, even without causes. One or two queries."""
    kind, _, name = key.partition(":")
    if "\x00" in name:
        return None
    match kind:
        case "charger":
            charger = people.chargers(viewer).filter(charger_id=name).select_related("property__host").first()
            return _charger_subject(charger) if charger else None
        case "property":
            property_ = people.properties(viewer).filter(slug=name).select_related("host").first()
            return _property_subject(property_) if property_ else None
        case "host":
            host = people.hosts(viewer).filter(slug=name).first()
            return _host_subject(host, zone=time_zones.of_host(host)) if host else None
        case _:
            return None


def _row(subject: Subject, causes_: list[Cause], mark: AttentionMark | None, *, now: datetime) -> Row:
    ordered = sorted(causes_, key=lambda cause: (cause.level != "bad", -cause.minor, -cause.drivers, cause.since))
    is_snoozed = mark is not None and _is_snoozed(mark, ordered, now=now)
    return Row(subject=subject, causes=ordered, mark=mark, is_snoozed=is_snoozed)


def _is_snoozed(mark: AttentionMark, causes_: Iterable[Cause], *, now: datetime) -> bool:
    if mark.snoozed_causes is not None:
        return {cause.key for cause in causes_} <= set(mark.snoozed_causes)
    return mark.snoozed_until is not None and now < mark.snoozed_until


def _estimate_losses(viewer: Viewer, causes_: list[Cause], *, now: datetime) -> list[Cause]:
    """Adds the probable cost of outages and refusals, where the viewer sees money. At most four queries."""
    refusals = [cause for cause in causes_ if cause.kind == Kind.REFUSALS]
    refused = {
        refusal.subject.removeprefix("charger:"): refusal.since
        for refusal in sorted(refusals, key=attrgetter("since"), reverse=True)
    }
    outages = {cause.charger: cause.since for cause in causes_ if cause.charger is not None}
    visible_chargers = people.filter_permitted(
        Charger.objects.filter(Q(pk__in=outages) | Q(charger_id__in=refused)),
        viewer,
        host="property__host_id",
        property_="property_id",
        charger="pk",
        right=Right.SEE_MONEY,
    )
    keys = dict(visible_chargers.values_list("charger_id", "pk"))
    visible = set(keys.values())
    loss_by_outlet = losses.estimate(
        Outage(charger=cause.charger, evse_number=cause.evse_number, since=cause.since, until=now)
        for cause in causes_
        if cause.charger in visible and cause.charger is not None
    )
    usual = losses.usual({keys[name]: at for name, at in refused.items() if name in keys}, now=now)
    return [_add_loss(cause, loss_by_outlet, usual, keys) for cause in causes_]


def _add_loss(
    cause: Cause,
    loss_by_outlet: Mapping[tuple[int, int | None], losses.Loss],
    usual: Mapping[int, losses.Loss],
    keys: Mapping[str, int],
) -> Cause:
    if cause.kind == Kind.REFUSALS:
        loss = usual.get(keys.get(cause.subject.removeprefix("charger:"), 0), losses.Loss())
        return replace(cause, minor=cause.drivers * loss.average_minor, currency=loss.currency)
    if cause.charger is None or (cause.charger, cause.evse_number) not in loss_by_outlet:
        return cause
    loss = loss_by_outlet[cause.charger, cause.evse_number]
    return replace(cause, minor=loss.minor, currency=loss.currency, drivers=loss.whole_sessions)


def _subjects(keys: Iterable[str]) -> dict[str, Subject]:
    """Returns the subjects of keys already known to be visible. At most four queries."""
    names: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        kind, _, name = key.partition(":")
        names[kind].append(name)
    chargers = Charger.objects.filter(charger_id__in=names["charger"]).select_related("property__host")
    places = Property.objects.filter(slug__in=names["property"]).select_related("host")
    hosts = list(Host.objects.filter(slug__in=names["host"]))
    zones = time_zones.of_hosts(hosts)
    of_hosts = (_host_subject(host, zone=zones[host.pk]) for host in hosts)
    subjects = [*map(_charger_subject, chargers), *map(_property_subject, places), *of_hosts]
    return {subject.key: subject for subject in subjects}


def _charger_subject(charger: Charger) -> Subject:
    return Subject(
        key=subject_of(charger.charger_id),
        label=charger.station_id,
        href=page_of("chargers:overview", charger),
        host=charger.property.host,
        zone=charger.property.time_zone,
        property_name=charger.property.name,
        property_slug=charger.property.slug,
        charger=charger,
    )


def _property_subject(property_: Property) -> Subject:
    return Subject(
        key=f"property:{property_.slug}",
        label=property_.name,
        href=reverse("chargers:property", args=[property_.slug]),
        host=property_.host,
        zone=property_.time_zone,
        property_name=property_.name,
        property_slug=property_.slug,
    )


def _host_subject(host: Host, *, zone: str) -> Subject:
    return Subject(
        key=f"host:{host.slug}",
        label=host.name,
        href=reverse("billing:payouts", args=[host.slug]),
        host=host,
        zone=zone,
    )


def _marks(subjects: Iterable[Subject]) -> dict[tuple[int, str], AttentionMark]:
    """Returns the decisions about these subjects. One query."""
    all_subjects = list(subjects)
    rows = AttentionMark.objects.filter(
        host__in={subject.host.pk for subject in all_subjects}, subject__in=[subject.key for subject in all_subjects]
    )
    return {(row.host_id, row.subject): row for row in rows.select_related("assigned_to")}
