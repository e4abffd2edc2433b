"""Shares a property's power among the vehicles that charge there, with a reason for each share. Pure.

Currents are amperes per phase in steps of 0.1; the phases of a property are 0, 1 and 2, written L1, L2 and L3. Each
phase is shared on its own, and a vehicle gets the least that any of its phases allows. What one phase withholds from a
vehicle is not given to others on its other phases: so another arrival never raises a share, and every share can be
explained in one sentence.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Final

STEP_A: Final = Decimal("0.1")
TURN: Final = timedelta(minutes=15)
"""How long a car is served before a waiting one may take its place (strategy equal)."""
GIVES_BACK_AFTER: Final = timedelta(minutes=5)
CLOSE_A: Final = Decimal(1)
"""A car whose current is this close to the offered one would take more."""
HEADROOM_A: Final = Decimal(2)
"""The reserve above its current that a car keeps when it gives back."""
SMALLEST_RAISE_A: Final = Decimal(1)
_ZERO: Final = Decimal(0)


class Strategy(StrEnum):
    """Equal: as many cars as fit charge with the same current and the rest take turns.

    First come: cars are served in the order of their start.
    """

    EQUAL = "equal"
    FIRST_COME = "first_come"


class Kind(StrEnum):
    """The result for an outlet."""

    FULL = "full"
    SHARED = "shared"
    GAVE_BACK = "gave_back"
    PAUSED = "paused"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class Site:
    """The power to share. If `phases` is 1, only phase 0 is loaded."""

    limit_a: Decimal
    phases: int
    strategy: Strategy
    minimum_a: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationOutlet:
    """An outlet with a car, as input of the allocation.

    `name` is unique and readable. `most_a` is the most that outlet and car can take, `wants_a` the known demand of the
    car (None: all). `served_since` and `waiting_since` are when it got its share, or began to wait. With `fixed_a` it
    cannot be limited, for the reason in `because`, and counts with that current.
    """

    name: str
    most_a: Decimal
    phases: frozenset[int]
    since: datetime
    wants_a: Decimal | None = None
    served_since: datetime | None = None
    waiting_since: datetime | None = None
    priority: int = 0
    fixed_a: Decimal | None = None
    because: str = ""

    @property
    def wanted_a(self) -> Decimal:
        return self.most_a if self.wants_a is None else min(self.wants_a, self.most_a)


@dataclass(frozen=True, slots=True)
class Allotment:
    """The share of an outlet (0: paused), with the reason as a sentence."""

    name: str
    amps: Decimal
    kind: Kind
    sentence: str


@dataclass(frozen=True, slots=True)
class Demand:
    """The demand of a car, and since when it has drawn less than offered."""

    wants_a: Decimal | None
    less_since: datetime | None


@dataclass(frozen=True, slots=True)
class _Phase:
    """One phase: the current left by fixed loads, and what each car would get from this phase alone.

    `label` names it in a sentence; empty if all phases are alike.
    """

    number: int
    label: str
    free_a: Decimal
    fixed_a: Decimal
    cars: int
    gives: Mapping[str, Decimal]


def share(site: Site, outlets: Iterable[AllocationOutlet], *, now: datetime) -> dict[str, Allotment]:
    """Returns the share of each outlet, by name. The order of `outlets` does not matter."""
    allocation_outlets = sorted(outlets, key=lambda outlet: outlet.name)
    fixed = [allocation_outlet for allocation_outlet in allocation_outlets if allocation_outlet.fixed_a is not None]
    steered = _sort_by_precedence(
        [outlet for outlet in allocation_outlets if outlet.fixed_a is None], strategy=site.strategy, now=now
    )
    able = [outlet for outlet in steered if outlet.wanted_a >= site.minimum_a]
    phases = _phases(site, able=able, fixed=fixed)
    allotments = {outlet.name: _build_fixed_allotment(outlet) for outlet in fixed}
    for outlet in steered:
        allotments[outlet.name] = _allotment(site, outlet, [phases[number] for number in sorted(outlet.phases)])
    return allotments


def demand(
    *, offered_a: Decimal | None, drawing_a: Decimal | None, before: Demand, minimum_a: Decimal, now: datetime
) -> Demand:
    """Derives a car's demand from its current and the offered one.

    A car that draws clearly less for GIVES_BACK_AFTER keeps its current plus HEADROOM_A; one that comes close to the
    offer wants everything again. Between the two nothing changes, so that limits do not flap.
    """
    if offered_a is None or drawing_a is None or offered_a < minimum_a:
        return Demand(None, None)
    if drawing_a >= offered_a - CLOSE_A:
        return Demand(None, None)
    since = before.less_since or now
    if now - since < GIVES_BACK_AFTER:
        return Demand(before.wants_a, since)
    wants_a = max(drawing_a.to_integral_value(ROUND_CEILING) + HEADROOM_A, minimum_a)
    return Demand(wants_a if before.wants_a is None else min(wants_a, before.wants_a), since)


def due(
    site: Site,
    outlets: Iterable[AllocationOutlet],
    allotments: Mapping[str, Allotment],
    *,
    in_force: Mapping[str, Decimal | None],
) -> list[str]:
    """Returns the outlets to update now, decreases first: an increase waits until it fits with the limits in force.

    `in_force` is the confirmed limit; None means that the outlet may draw all it can. Fixed outlets are left out. An
    increase of less than SMALLEST_RAISE_A is not sent.
    """
    by_name = {outlet.name: outlet for outlet in sorted(outlets, key=lambda outlet: outlet.name)}
    loads = {name: _actual_load_a(allocation_outlet, in_force.get(name)) for name, allocation_outlet in by_name.items()}
    steered = [name for name, outlet in by_name.items() if outlet.fixed_a is None]
    lower = [name for name in steered if in_force.get(name) is None or allotments[name].amps < loads[name]]
    names = list(lower)
    for name in steered:
        if name in lower or not _is_worth_telling(by_name[name], allotments[name].amps, loads[name]):
            continue
        trial_loads = {**loads, name: allotments[name].amps}
        if all(load(site, by_name.values(), trial_loads)[phase] <= site.limit_a for phase in by_name[name].phases):
            loads, names = trial_loads, [*names, name]
    return names


def load(site: Site, outlets: Iterable[AllocationOutlet], amps: Mapping[str, Decimal]) -> list[Decimal]:
    """Returns the current on each phase of the property."""
    allocation_outlets = list(outlets)
    return [
        sum((amps[outlet.name] for outlet in allocation_outlets if p in outlet.phases), _ZERO)
        for p in range(site.phases)
    ]


def find_uncontrolled_load(
    site: Site, outlets: Iterable[AllocationOutlet], allotments: Mapping[str, Allotment]
) -> Decimal | None:
    """Returns the unlimitable load of the worst phase, if it exceeds the limit or pauses a car; else None."""
    allocation_outlets = list(outlets)
    fixed = {allocation_outlet.name: allocation_outlet.fixed_a or _ZERO for allocation_outlet in allocation_outlets}
    peak_a = max(load(site, allocation_outlets, fixed), default=_ZERO)
    pauses = any(not allotments[outlet.name].amps for outlet in allocation_outlets if outlet.fixed_a is None)
    return peak_a if peak_a > site.limit_a or (peak_a and pauses) else None


def round_down_amps(amps: Decimal) -> Decimal:
    """Rounds down to OCPP's precision of 0.1 A."""
    return amps.quantize(STEP_A, rounding=ROUND_FLOOR)


def text(amps: Decimal) -> str:
    """Formats 10 and 6.6 without a trailing zero."""
    amps_text = f"{amps:.1f}"
    return amps_text.removesuffix(".0")


def _actual_load_a(outlet: AllocationOutlet, in_force: Decimal | None) -> Decimal:
    if outlet.fixed_a is not None:
        return outlet.fixed_a
    return outlet.most_a if in_force is None else min(in_force, outlet.most_a)


def _is_worth_telling(outlet: AllocationOutlet, amps: Decimal, in_force: Decimal) -> bool:
    if amps <= in_force:
        return False
    return amps - in_force >= SMALLEST_RAISE_A or amps == outlet.most_a or in_force == 0


def _sort_by_precedence(
    outlets: Sequence[AllocationOutlet], *, strategy: Strategy, now: datetime
) -> list[AllocationOutlet]:
    """Orders the outlets by precedence. Each place depends only on the outlet itself, not on the others."""
    if strategy is Strategy.FIRST_COME:
        return sorted(
            outlets,
            key=lambda allocation_outlet: (
                -allocation_outlet.priority,
                allocation_outlet.since,
                allocation_outlet.name,
            ),
        )
    return sorted(outlets, key=lambda outlet: (-outlet.priority, *_rank_by_turn(outlet, now=now), outlet.name))


def _rank_by_turn(outlet: AllocationOutlet, *, now: datetime) -> tuple[int, float]:
    """Ranks outlets during their turn first, then the waiting ones (longest first), then those after their turn
    (longest first).
    """
    if outlet.served_since is None:
        return 1, (outlet.waiting_since or outlet.since).timestamp()
    served = now - outlet.served_since
    return (0, outlet.served_since.timestamp()) if served < TURN else (2, -outlet.served_since.timestamp())


def _phases(site: Site, *, able: Sequence[AllocationOutlet], fixed: Sequence[AllocationOutlet]) -> list[_Phase]:
    phases = [_phase(site, number, able=able, fixed=fixed) for number in range(site.phases)]
    if all((phase.gives, phase.free_a) == (phases[0].gives, phases[0].free_a) for phase in phases):
        return [replace(phase, label="") for phase in phases]
    return phases


def _phase(site: Site, number: int, *, able: Sequence[AllocationOutlet], fixed: Sequence[AllocationOutlet]) -> _Phase:
    phase_outlets = [allocation_outlet for allocation_outlet in able if number in allocation_outlet.phases]
    fixed_total_a = sum((outlet.fixed_a or _ZERO for outlet in fixed if number in outlet.phases), _ZERO)
    free = max(site.limit_a - fixed_total_a, _ZERO)
    give = _equal if site.strategy is Strategy.EQUAL else _first_come
    gives = dict(give(phase_outlets, free=free, minimum=site.minimum_a))
    return _Phase(number, f" on L{number + 1}", free, fixed_total_a, len(phase_outlets), gives)


def _equal(
    phase_outlets: Sequence[AllocationOutlet], *, free: Decimal, minimum: Decimal
) -> Iterator[tuple[str, Decimal]]:
    """Gives equal shares, up to their demand, to the first outlets that fit with their minimum.

    The level is computed for the highest demands, so that it does not rise when others take the places.
    """
    places = min(int(free / minimum), len(phase_outlets))
    currents = sorted((allocation_outlet.wanted_a for allocation_outlet in phase_outlets), reverse=True)[:places]
    level = _level(free, currents)
    for position, outlet in enumerate(phase_outlets):
        yield outlet.name, round_down_amps(min(outlet.wanted_a, level)) if position < places else _ZERO


def _level(free: Decimal, currents: Sequence[Decimal]) -> Decimal:
    """Returns the level to which every demand is met when `free` is shared equally."""
    remaining_a, count = free, len(currents)
    for current in sorted(currents):
        if current * count >= remaining_a:
            return remaining_a / count
        remaining_a, count = remaining_a - current, count - 1
    return free


def _first_come(
    phase_outlets: Sequence[AllocationOutlet], *, free: Decimal, minimum: Decimal
) -> Iterator[tuple[str, Decimal]]:
    """Gives each car all it asks for in order, until the rest is less than the minimum."""
    remaining_a = free
    for outlet in phase_outlets:
        amps = round_down_amps(min(outlet.wanted_a, remaining_a)) if remaining_a >= minimum else _ZERO
        remaining_a -= amps
        yield outlet.name, amps


def _build_fixed_allotment(outlet: AllocationOutlet) -> Allotment:
    amps = outlet.fixed_a or _ZERO
    return Allotment(outlet.name, amps, Kind.FIXED, f"{outlet.name} is counted with {text(amps)} A: {outlet.because}")


def _allotment(site: Site, outlet: AllocationOutlet, phases: Sequence[_Phase]) -> Allotment:
    """Returns the least that any of its phases gives, with that phase as the reason."""
    name, max_text, wanted_a = outlet.name, text(outlet.most_a), outlet.wanted_a
    if wanted_a < site.minimum_a:
        sentence = (
            f"{name} is paused: it can take {max_text} A, and no car charges with less than {text(site.minimum_a)} A."
        )
        return Allotment(name, _ZERO, Kind.PAUSED, sentence)
    narrowest = min(phases, key=lambda phase: (phase.gives[name], phase.number))
    amps = narrowest.gives[name]
    if not amps:
        return Allotment(name, amps, Kind.PAUSED, _pause_sentence(site, outlet, narrowest))
    if amps == outlet.most_a:
        return Allotment(name, amps, Kind.FULL, f"{name} gets all of its {max_text} A: there is enough for every car.")
    if amps == round_down_amps(wanted_a):
        gave = f"{name} gets {text(amps)} A of its {max_text} A: it draws less, and the rest goes to others."
        return Allotment(name, amps, Kind.GAVE_BACK, gave)
    return Allotment(
        name, amps, Kind.SHARED, f"{name} gets {text(amps)} A of its {max_text} A: {_describe_share(site, narrowest)}"
    )


def _describe_share(site: Site, phase: _Phase) -> str:
    if site.strategy is Strategy.EQUAL:
        charging = sum(1 for amps in phase.gives.values() if amps)
        waiting_count = phase.cars - charging
        waiting = f" while {waiting_count} wait{'s' if waiting_count == 1 else ''}" if waiting_count else ""
        if charging == 1:
            return f"that is all there is{phase.label}{waiting}.{_describe_fixed_load(phase)}"
        return (
            f"{charging} cars share {text(phase.free_a)} A equally{phase.label}{waiting}.{_describe_fixed_load(phase)}"
        )
    return f"cars that came earlier leave it that of {text(phase.free_a)} A{phase.label}.{_describe_fixed_load(phase)}"


def _pause_sentence(site: Site, outlet: AllocationOutlet, phase: _Phase) -> str:
    least = text(site.minimum_a)
    charging = sum(1 for amps in phase.gives.values() if amps)
    if not charging:
        return (
            f"{outlet.name} is paused: {text(phase.free_a)} A{phase.label} is less than the {least} A "
            f"that a car needs.{_describe_fixed_load(phase)}"
        )
    capacity_text = f"{text(phase.free_a)} A{phase.label} is enough for {charging} car{'s' if charging > 1 else ''}"
    if site.strategy is Strategy.EQUAL:
        minutes = int(TURN.total_seconds() // 60)
        minimum_text = f" with {least} A each" if charging > 1 else ""
        return (
            f"{outlet.name} is paused: {capacity_text}{minimum_text}. Turns change after {minutes} "
            f"minutes.{_describe_fixed_load(phase)}"
        )
    fixed_load = _describe_fixed_load(phase)
    return f"{outlet.name} is paused: {capacity_text} that came earlier, and less than {least} A is left.{fixed_load}"


def _describe_fixed_load(phase: _Phase) -> str:
    return f" {text(phase.fixed_a)} A more cannot be limited." if phase.fixed_a else ""
