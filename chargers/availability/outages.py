"""Outages of chargers, from the stored spans: current faults, and the uptime of each port."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Min, Q

from chargers.availability import uptime
from chargers.availability.uptime import Down, Span, Uptime
from chargers.models import Charger, Connector, Evse, OutageExclusion, StateSpan

State = StateSpan.State
DOWN: Final = (State.OFFLINE, State.FAULTED, State.OUT_OF_SERVICE)
NEVI_KINDS: Final = tuple(kind for kind in OutageExclusion.Kind if kind != OutageExclusion.Kind.NETWORK)
"""The kinds excluded by 23 CFR 680.116(b)(3). Outages of an internet provider count there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A current fault. `evse_number` is None for the charger itself."""

    evse_number: int | None
    since: datetime
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """One outlet of a charger in a window: its outages and what is excluded of them, in order, and its uptime."""

    evse_number: int
    window: Span | None
    outages: list[Span] = field(default_factory=list)
    excluded: list[Span] = field(default_factory=list)
    nevi_excluded: list[Span] = field(default_factory=list)
    uptime: Uptime


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """A charger's ports. `known_since` is when its history begins; None before its first connection."""

    ports: list[Port]
    known_since: datetime | None

    @property
    def together(self) -> Uptime:
        return sum((port.uptime for port in self.ports), uptime.zero_times())


def open_faults(chargers: Collection[int]) -> Mapping[int, list[Fault]]:
    """Returns current faults by charger (primary key), oldest first. One query."""
    rows = StateSpan.objects.filter(charger__in=chargers, state=State.FAULTED, until=None).order_by("since")
    faults: dict[int, list[Fault]] = defaultdict(list)
    for row in rows:
        faults[row.charger_id].append(Fault(evse_number=row.evse_number, since=row.since, detail=row.detail))
    return faults


def of_charger(charger: Charger, *, since: datetime, now: datetime) -> Availability:
    """Returns the availability of a charger. Five queries."""
    return of_chargers([charger.pk], since=since, now=now)[charger.pk]


def of_chargers(chargers: Collection[int], *, since: datetime, now: datetime) -> dict[int, Availability]:
    """Returns the availability by charger (primary key). Five queries, which read outages but not sessions."""
    window = Span(since, now)
    first_seen = dict(
        StateSpan.objects.filter(charger__in=chargers, track=StateSpan.Track.CONNECTION)
        .values_list("charger_id")
        .annotate(first=Min("since"))
    )
    spans_by_charger = _outage_spans(chargers, window)
    evses: dict[int, list[int]] = defaultdict(list)
    for charger, number in (
        Evse.objects.filter(charger__in=chargers).order_by("number").values_list("charger_id", "number")
    ):
        evses[charger].append(number)
    excluded = _exclusions(chargers, window)
    return {
        pk: Availability(
            ports=[
                _port(number, first_seen.get(pk), window, spans_by_charger[pk], excluded[pk]) for number in evses[pk]
            ],
            known_since=first_seen.get(pk),
        )
        for pk in chargers
    }


def by_span(ports: Iterable[Port], spans: Sequence[Span]) -> list[Uptime]:
    """Returns the uptime of all these ports together in each of the spans, which are in order."""
    measured = [port for port in ports if port.window is not None]
    windows = Counter(port.window for port in measured if port.window is not None)
    observed = [
        sum((count * uptime.total(uptime.common([window], [span])) for window, count in windows.items()), timedelta())
        for span in spans
    ]
    outage = uptime.split((span for port in measured for span in port.outages), spans)
    excluded = uptime.split((span for port in measured for span in port.excluded), spans)
    nevi_excluded = uptime.split((span for port in measured for span in port.nevi_excluded), spans)
    return [
        Uptime(observed=observed_time, outage=outage_time, excluded=minus, nevi_excluded=nevi_minus)
        for observed_time, outage_time, minus, nevi_minus in zip(observed, outage, excluded, nevi_excluded, strict=True)
    ]


def _port(
    number: int,
    known_since: datetime | None,
    window: Span,
    spans_by_connector: Mapping[tuple[int | None, int | None], list[Span]],
    exclusions: Sequence[OutageExclusion],
) -> Port:
    if known_since is None or known_since >= window.ends_at:
        return Port(evse_number=number, window=None, uptime=uptime.zero_times())
    observed_span = Span(max(window.begins_at, known_since), window.ends_at)
    connectors = [spans for (evse, _), spans in spans_by_connector.items() if evse == number]
    outages = uptime.outages_of(Down(whole=spans_by_connector.get((None, None), []), connectors=connectors))
    port_exclusions = [exclusion for exclusion in exclusions if exclusion.evse_number in {None, number}]
    excluded, nevi_excluded = (
        _spans(port_exclusions),
        _spans(exclusion for exclusion in port_exclusions if exclusion.kind in NEVI_KINDS),
    )
    down_spans = uptime.common([observed_span], outages)
    return Port(
        evse_number=number,
        window=observed_span,
        outages=down_spans,
        excluded=uptime.common(down_spans, uptime.union(excluded)),
        nevi_excluded=uptime.common(down_spans, uptime.union(nevi_excluded)),
        uptime=uptime.measure(observed_span, outages, excluded=excluded, nevi_excluded=nevi_excluded),
    )


def _spans(exclusions: Iterable[OutageExclusion]) -> list[Span]:
    return [Span(exclusion.begins_at, exclusion.ends_at) for exclusion in exclusions]


def _outage_spans(
    chargers: Collection[int], window: Span
) -> Mapping[int, Mapping[tuple[int | None, int | None], list[Span]]]:
    """Returns the outages by charger and connector; connectors without any have an empty list.

    The charger itself, offline or faulted, is under (None, None). Two queries.
    """
    rows = StateSpan.objects.filter(_overlaps(window), charger__in=chargers)
    by_charger: dict[int, dict[tuple[int | None, int | None], list[Span]]] = defaultdict(dict)
    connectors = Connector.objects.filter(evse__charger__in=chargers).exclude(status="")
    for charger, evse, number in connectors.values_list("evse__charger_id", "evse__number", "number"):
        by_charger[charger][evse, number] = []
    for row in rows.filter(state__in=DOWN).order_by("since").iterator():
        spans = by_charger[row.charger_id].setdefault((row.evse_number, row.connector_number), [])
        spans.append(Span(row.since, row.until or max(window.ends_at, row.since)))
    return by_charger


def _overlaps(window: Span) -> Q:
    return Q(since__lt=window.ends_at) & (Q(until=None) | Q(until__gt=window.begins_at))


def _exclusions(chargers: Collection[int], window: Span) -> Mapping[int, list[OutageExclusion]]:
    by_charger: dict[int, list[OutageExclusion]] = defaultdict(list)
    rows = OutageExclusion.objects.filter(
        charger__in=chargers, withdrawn_at=None, begins_at__lt=window.ends_at, ends_at__gt=window.begins_at
    )
    for row in rows.order_by("begins_at"):
        by_charger[row.charger_id].append(row)
    return by_charger
