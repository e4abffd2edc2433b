"""The data of a host's public status page: by property, now and over time, with incidents and maintenance."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.core.cache import cache

from chargers.availability import maintenance, outages, uptime
from chargers.availability.outages import Availability
from chargers.fleet import condition
from chargers.models import Charger, Evse, Host, Maintenance, Property, StateSpan
from support.models import CommonFault, StatusPage

_KEPT_S: Final = 60
_AHEAD: Final = timedelta(days=7)
_EXPECTED_PCT: Final = 97
"""The uptime that the US programme for public chargers requires of each port (23 CFR 680.116)."""
_DOWN: Final = (StateSpan.State.OFFLINE, StateSpan.State.FAULTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Down:
    """A station that nobody can use now."""

    station_id: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsteady:
    """A station that works now but had too little uptime in the last 30 days, which the property's total hides."""

    station_id: str
    days_30: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenPlug:
    """A plug that cannot be used now, at a station whose other plugs work."""

    station_id: str
    evse_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMaintenance:
    """Maintenance in force or within a week."""

    begins_at: datetime
    ends_at: datetime
    reason: str
    stations: tuple[str, ...]
    is_now: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A property.

    `chargers`: those that have ever connected; `serviced`: those under maintenance. Percentages are None if unknown.
    """

    name: str
    zone: str
    chargers: int
    serviced: int
    down: tuple[Down, ...]
    plugs: int
    broken: tuple[BrokenPlug, ...]
    unsteady: tuple[Unsteady, ...]
    days_30: Decimal | None
    days_90: Decimal | None
    planned: tuple[PlannedMaintenance, ...]

    @property
    def working(self) -> int:
        return self.chargers - len(self.down) - self.serviced


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectingIncident:
    """An open incident, as far as it concerns this host.

    `property_name` is empty if several properties are affected.
    """

    property_name: str
    began_at: datetime
    zone: str
    stations: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """All that the page shows, at one moment."""

    as_of: datetime
    sites: tuple[Site, ...]
    incidents: tuple[AffectingIncident, ...]


def is_public(host: Host) -> bool:
    return StatusPage.objects.filter(host=host, is_public=True).exists()


def status_of(host: Host, *, now: datetime) -> Status:
    """Returns the status, cached for a minute so that reloading the page costs nothing."""
    key = f"status-page:{host.pk}"
    status = cache.get(key)
    if isinstance(status, Status):
        return status
    current_status = _compute_status(host, now=now)
    cache.set(key, current_status, _KEPT_S)
    return current_status


def forget(host: Host) -> None:
    cache.delete(f"status-page:{host.pk}")


def _compute_status(host: Host, *, now: datetime) -> Status:
    """Computes the status. About fifteen queries, whatever the number of chargers."""
    rows = Charger.objects.filter(property__host=host, property__closed_at=None, retired_at=None)
    chargers = list(rows.exclude(station_id="").select_related("property").order_by("station_id"))
    pks = [charger.pk for charger in chargers]
    month = outages.of_chargers(pks, since=now - timedelta(days=30), now=now)
    quarter = outages.of_chargers(pks, since=now - timedelta(days=90), now=now)
    down_since, serviced = _load_down_since(pks), maintenance.serviced_charger_ids(pks, now=now)
    plugs, broken = _plugs(pks), _find_broken_evses(pks)
    windows = _windows(host, now=now)
    places = {charger.property_id: charger.property for charger in chargers}
    sites: dict[int, list[Charger]] = {property_id: [] for property_id in places}
    for charger in chargers:
        if condition.ever_connected(charger):  # a charger that waits for installation does not exist for visitors yet
            sites[charger.property_id].append(charger)
    site_statuses = [
        Site(
            name=places[property_id].name,
            zone=places[property_id].time_zone,
            chargers=len(own),
            serviced=sum(charger.pk in serviced for charger in own),
            down=tuple(
                Down(station_id=charger.station_id, since=down_since[charger.pk])
                for charger in own
                if charger.pk in down_since and charger.pk not in serviced
            ),
            plugs=sum(plugs[charger.pk] for charger in own),
            broken=tuple(
                BrokenPlug(station_id=charger.station_id, evse_number=number)
                for charger in own
                if charger.pk not in down_since and charger.pk not in serviced
                for number in broken.get(charger.pk, ())
            ),
            unsteady=tuple(
                _find_unsteady_stations(
                    [charger for charger in own if charger.pk not in down_since and charger.pk not in serviced], month
                )
            ),
            days_30=_pct([month[charger.pk] for charger in own]),
            days_90=_pct([quarter[charger.pk] for charger in own]),
            planned=tuple(
                _build_planned_maintenance(row, now=now) for row in windows if row.property_id == property_id
            ),
        )
        for property_id, own in sites.items()
    ]
    return Status(
        as_of=now, sites=tuple(sorted(site_statuses, key=lambda site: site.name)), incidents=tuple(_incidents(host))
    )


def _load_down_since(pks: Sequence[int]) -> dict[int, datetime]:
    """Returns since when chargers are offline or faulted, as a whole or at every outlet. One query."""
    spans = StateSpan.objects.filter(charger__in=pks, until=None, state__in=_DOWN, evse_number=None)
    since_by_charger: dict[int, datetime] = {}
    for charger, since in spans.values_list("charger_id", "since"):
        since_by_charger[charger] = min(since, since_by_charger.get(charger, since))
    connectors = StateSpan.objects.filter(charger__in=pks, until=None, evse_number__isnull=False)
    by_charger: dict[int, list[tuple[str, datetime]]] = {}
    for charger, state, since in connectors.values_list("charger_id", "state", "since"):
        by_charger.setdefault(charger, []).append((state, since))
    for charger, states in by_charger.items():
        if charger not in since_by_charger and all(state in _DOWN for state, _ in states):
            since_by_charger[charger] = max(since for _, since in states)
    return since_by_charger


def _plugs(pks: Sequence[int]) -> Counter[int]:
    """Returns how many plugs each charger has. One query."""
    return Counter(Evse.objects.filter(charger__in=pks, number__gt=0).values_list("charger_id", flat=True))


def _find_broken_evses(pks: Sequence[int]) -> dict[int, list[int]]:
    """Returns, by charger, the numbers of plugs of which no connector works. One query."""
    rows = StateSpan.objects.filter(charger__in=pks, until=None, evse_number__gt=0).order_by("evse_number")
    states: dict[tuple[int, int], list[str]] = {}
    for charger, number, state in rows.values_list("charger_id", "evse_number", "state"):
        states.setdefault((charger, number or 0), []).append(state)
    by_charger: dict[int, list[int]] = {}
    for (charger, number), own in states.items():
        if all(state in _DOWN for state in own):
            by_charger.setdefault(charger, []).append(number)
    return by_charger


def _pct(availabilities: Sequence[Availability]) -> Decimal | None:
    return sum((availability.together for availability in availabilities), uptime.zero_times()).pct


def _find_unsteady_stations(chargers: Sequence[Charger], month: Mapping[int, Availability]) -> Iterator[Unsteady]:
    for charger in chargers:
        pct = _pct([month[charger.pk]])
        if pct is not None and pct < _EXPECTED_PCT:
            yield Unsteady(station_id=charger.station_id, days_30=pct)


def _windows(host: Host, *, now: datetime) -> list[Maintenance]:
    rows = maintenance.live(now=now).filter(property__host=host, begins_at__lt=now + _AHEAD).order_by("begins_at")
    return list(rows.prefetch_related("chargers__charger"))


def _build_planned_maintenance(row: Maintenance, *, now: datetime) -> PlannedMaintenance:
    return PlannedMaintenance(
        begins_at=row.begins_at,
        ends_at=row.ends_at,
        reason=row.reason,
        stations=tuple(sorted(charger.charger.station_id for charger in row.chargers.all())),
        is_now=maintenance.is_in_force(row, now=now),
    )


def _incidents(host: Host) -> list[AffectingIncident]:
    """Returns the open incidents, without other hosts' chargers."""
    rows = CommonFault.objects.filter(closed_at=None, chargers__charger__property__host=host).distinct()
    incidents: list[AffectingIncident] = []
    for row in rows.order_by("-began_at").select_related("property"):
        own = row.chargers.filter(recovered_at=None, charger__property__host=host).select_related("charger__property")
        visible_chargers = [affected for affected in own.order_by("charger__station_id") if affected.charger.station_id]
        if visible_chargers:
            property_: Property | None = row.property
            incidents.append(
                AffectingIncident(
                    property_name=property_.name if property_ else "",
                    began_at=min(charger.since for charger in visible_chargers),
                    zone=visible_chargers[0].charger.property.time_zone,
                    stations=tuple(affected_charger.charger.station_id for affected_charger in visible_chargers),
                )
            )
    return incidents
