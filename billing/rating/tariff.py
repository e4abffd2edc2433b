"""What a session costs per unit: the parsed, immutable form of one rate version."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from billing.rating import wall_clock
from billing.rating.reading import InputError, Node, Problem
from billing.rating.wall_clock import DAY_MINUTES, DAY_NAMES, EVERY_DAY, WHOLE_WEEK, Window

DEFAULT_MIN_BILLABLE_WH: Final = 100
_CLOCK: Final = re.compile(r"(?:([01]\d|2[0-3]):([0-5]\d)|24:00)", re.ASCII)
_MOST_MONEY: Final = Decimal(10_000_000)
_MOST_WINDOWS: Final = 1000


class Component(StrEnum):
    """The parts of a price, which can be taxed differently."""

    CONNECTION = "connection"
    ENERGY = "energy"
    IDLE = "idle"
    PROCESSING = "processing"


class TaxMode(StrEnum):
    EXCLUSIVE = "exclusive"
    INCLUSIVE = "inclusive"


class RateError(InputError):
    """A rate that cannot be used, with every problem found."""


@dataclass(frozen=True, slots=True)
class EnergyWindow:
    """A price per kWh while its window holds."""

    name: str
    price: Decimal
    window: Window


@dataclass(frozen=True, slots=True)
class IdleFee:
    """A price per completed minute, of which the first `grace_min` of a stretch and the free windows cost nothing."""

    per_min: Decimal
    grace_min: int = 0
    cap: Decimal | None = None
    free_windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class Taxes:
    """Percentages by component; a component without one is untaxed."""

    mode: TaxMode
    percentages: Mapping[Component, Decimal]

    def percentage(self, component: Component) -> Decimal:
        return self.percentages.get(component, Decimal(0))


@dataclass(frozen=True, slots=True)
class Rate:
    """Prices in major units of `currency`; of the energy windows the first that holds wins."""

    currency: str
    energy: tuple[EnergyWindow, ...]
    taxes: Taxes
    connection_fee: Decimal = Decimal(0)
    processing_fee: Decimal = Decimal(0)
    idle: IdleFee | None = None
    min_billable_wh: int = DEFAULT_MIN_BILLABLE_WH

    @property
    def energy_edges(self) -> frozenset[int]:
        return frozenset[int]().union(*(entry.window.edges for entry in self.energy))

    def energy_window_at(self, *, weekday: int, minute: int) -> int | None:
        """Index of the window that prices energy at that wall clock, None where the rate has a gap."""
        for index, entry in enumerate(self.energy):
            if entry.window.covers(weekday=weekday, minute=minute):
                return index
        return None


def parse_rate(obj: object, *, currency: str, path: str = "") -> Rate:
    """Read a rate from its JSON form (`rate` of `price_session` and of `import_site`).

    `path` is where `obj` stands in a larger file and begins the path of every problem. Raises RateError with all.
    """
    problems: list[Problem] = []
    rate = read_rate(Node(value=obj, path=path, problems=problems), currency=currency)
    if problems:
        raise RateError(tuple(problems))
    return rate


def rate_problems(obj: object, *, currency: str, path: str = "") -> tuple[Problem, ...]:
    """Everything that `parse_rate` would refuse, in the order of the input; empty for a usable rate."""
    problems: list[Problem] = []
    read_rate(Node(value=obj, path=path, problems=problems), currency=currency)
    return tuple(problems)


def read_rate(node: Node, *, currency: str) -> Rate:
    """Part of a larger reading: problems go to the node, and the rate must not be used if there are any."""
    if currency != Node(currency, "currency", node.problems).currency():
        currency = "EUR"
    fields = node.fields(
        required=("energy",), optional=("connection_fee", "min_billable_wh", "idle", "processing_fee", "tax")
    )
    idle, tax, minimum = fields.get("idle"), fields.get("tax"), fields.get("min_billable_wh")
    return Rate(
        currency=currency,
        connection_fee=_money(fields.get("connection_fee")),
        min_billable_wh=minimum.integer(at_most=1_000_000) if minimum else DEFAULT_MIN_BILLABLE_WH,
        energy=_energy(fields["energy"]) if "energy" in fields else (),
        idle=_idle(idle) if idle else None,
        processing_fee=_money(fields.get("processing_fee")),
        taxes=_taxes(tax) if tax else Taxes(mode=TaxMode.EXCLUSIVE, percentages={}),
    )


def _money(node: Node | None) -> Decimal:
    return node.decimal(at_most=_MOST_MONEY) if node else Decimal(0)


def _energy(node: Node) -> tuple[EnergyWindow, ...]:
    nodes = list(node.items())
    if not nodes and isinstance(node.value, list):
        node.complain('A rate needs at least one energy price, such as {"name": "all day", "price": "0.35"}.')
    if len(nodes) > _MOST_WINDOWS:
        node.complain(f"A rate has at most {_MOST_WINDOWS} energy prices.")
        return ()
    entries = tuple(_energy_window(item) for item in nodes)
    _forbid_overlaps(nodes, windows=tuple(entry.window for entry in entries))
    return entries


def _energy_window(node: Node) -> EnergyWindow:
    fields = node.fields(required=("name", "price"), optional=("days", "from", "to"))
    return EnergyWindow(
        name=fields["name"].text() if "name" in fields else "",
        price=_money(fields.get("price")),
        window=_window(
            start=fields.get("from"),
            end=fields.get("to"),
            weekdays=_weekdays(fields["days"]) if "days" in fields else EVERY_DAY,
        ),
    )


def _weekdays(node: Node) -> frozenset[int]:
    days = [DAY_NAMES.index(item.one_of(DAY_NAMES, what="day")) for item in node.items()]
    if not days and isinstance(node.value, list):
        node.complain("No day is named: leave `days` out for every day.")
    if len(set(days)) < len(days):
        node.complain("A day is named twice: name it once.")
    return frozenset(days)


def _window(*, start: Node | None, end: Node | None, weekdays: frozenset[int] = EVERY_DAY) -> Window:
    start_minute = _minute(start) if start else 0
    end_minute = (_minute(end) or DAY_MINUTES) if end else DAY_MINUTES
    if start and start_minute == DAY_MINUTES:
        start.complain("A window cannot start at 24:00: write 00:00.")
    elif start and start_minute == end_minute:
        start.complain("The window starts and ends at the same time: leave both out for the whole day.")
    return Window(start_minute=start_minute, end_minute=end_minute, weekdays=weekdays)


def _minute(node: Node) -> int:
    found = _CLOCK.fullmatch(node.value) if isinstance(node.value, str) else None
    if found is None:
        node.complain(f"Expected a time of day such as 17:00, found {str(node.value)[:20]!r}.")
        return 0
    return int(found[1]) * 60 + int(found[2]) if found[1] else DAY_MINUTES


def _forbid_overlaps(nodes: list[Node], *, windows: tuple[Window, ...]) -> None:
    """Two windows with times must not share a minute: which price holds would hang on their order.

    A window for whole days is a general price that others are exceptions to, and may lie under or over them.
    """
    timed = [(node, window) for node, window in zip(nodes, windows, strict=True) if not window.is_whole_day]
    for later, earlier in wall_clock.overlaps([window for _, window in timed]).items():
        place = timed[earlier][0].path
        timed[later][0].complain(f"This window overlaps with {place}: let one end where the other begins.")


def _idle(node: Node) -> IdleFee:
    fields = node.fields(required=("per_min",), optional=("grace_min", "cap", "free_windows"))
    cap, grace, free = fields.get("cap"), fields.get("grace_min"), fields.get("free_windows")
    return IdleFee(
        per_min=_money(fields.get("per_min")),
        grace_min=grace.integer(at_most=DAY_MINUTES * 7) if grace else 0,
        cap=_money(cap) if cap else None,
        free_windows=_free_windows(free) if free else (),
    )


def _free_windows(node: Node) -> tuple[Window, ...]:
    nodes = list(node.items())
    windows = tuple(_free_window(item) for item in nodes)
    _forbid_overlaps(nodes, windows=windows)
    return windows


def _free_window(node: Node) -> Window:
    ends = list(node.items())
    if len(ends) != 2:
        node.complain('Expected the two ends of a window, such as ["22:00", "07:00"].')
        return WHOLE_WEEK
    return _window(start=ends[0], end=ends[1])


def _taxes(node: Node) -> Taxes:
    fields = node.fields(required=("mode", "rates"))
    rates = fields["rates"].fields(optional=tuple(Component)) if "rates" in fields else {}
    return Taxes(
        mode=TaxMode(fields["mode"].one_of(tuple(TaxMode), what="tax mode") if "mode" in fields else "exclusive"),
        percentages={Component(key): child.percentage() for key, child in rates.items()},
    )
