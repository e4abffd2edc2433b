"""The parsed, immutable form of one rate version."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from billing.engine.rate import calendar, windows
from billing.engine.rate.calendar import DAY_MINUTES, WHOLE_WEEK, Window
from billing.engine.rate.reading import InputError, Node, Problem
from billing.engine.rate.windows import PricedWindow

DEFAULT_MIN_BILLABLE_WH: Final = 100
RESTART_WITHIN_MIN: Final = 30
AUDIENCES: Final = ("guest", "member", "roaming", "reimbursement")
_MAX_KWH: Final = Decimal(100_000)
_MAX_MONEY: Final = Decimal(10_000_000)
_MAX_WINDOWS: Final = 1000
_OPTIONAL: Final = (
    "connection_fee",
    "connection_restart_min",
    "connection_windows",
    "min_billable_wh",
    "time",
    "idle",
    "processing_fee",
    "processing_pct",
    "processing_paid_by",
    "min_total",
    "max_total",
    "tax",
)


class Component(StrEnum):
    """The parts of a price, which can be taxed differently."""

    CONNECTION = "connection"
    ENERGY = "energy"
    TIME = "time"
    IDLE = "idle"
    PROCESSING = "processing"
    ADJUSTMENT = "adjustment"


TAXED: Final = (Component.CONNECTION, Component.ENERGY, Component.TIME, Component.IDLE, Component.PROCESSING)
"""Components that may have a percentage in a rate; an adjustment is taxed like the lines that it changes."""


class MinuteCount(StrEnum):
    """Whether a last, incomplete minute is billed."""

    COMPLETED = "completed"
    STARTED = "started"


class Payer(StrEnum):
    """Who bears the processing fee: with `host` it is not on the guest's receipt."""

    GUEST = "guest"
    HOST = "host"


class TaxMode(StrEnum):
    EXCLUSIVE = "exclusive"
    INCLUSIVE = "inclusive"


class RateSyntaxError(InputError):
    """A rate that cannot be used, with every problem found."""


@dataclass(frozen=True, slots=True)
class EnergyWindow:
    """A price per kWh in its window, for a part of the session's energy.

    It prices neither the first `from_wh` of a session nor the energy beyond `to_wh`.
    """

    name: str
    price: Decimal
    window: Window
    from_wh: int = 0
    to_wh: int | None = None

    def prices(self, energy_wh: Fraction) -> bool:
        """Whether its tier contains energy that flows after this much of the session."""
        return self.from_wh <= energy_wh and (self.to_wh is None or energy_wh < self.to_wh)


@dataclass(frozen=True, slots=True)
class IdleFee:
    """A price per minute, with the first `grace_min` of a stretch free.

    It applies within `windows` (none: always) and outside the free ones. Whole audiences, and members of token groups
    (by their slugs), can be exempt.
    """

    per_min: Decimal
    grace_min: int = 0
    cap: Decimal | None = None
    free_windows: tuple[Window, ...] = ()
    count: MinuteCount = MinuteCount.COMPLETED
    exempt_audiences: frozenset[str] = frozenset()
    exempt_groups: frozenset[str] = frozenset()
    only_after_notice: bool = False
    """Whether only the time after the driver was notified that charging had ended is billed."""
    windows: tuple[Window, ...] = ()

    @property
    def applies(self) -> tuple[Window, ...]:
        """Returns when it applies, in either notation: its windows without the free ones; empty for always."""
        if not self.free_windows:
            return self.windows
        free = self.free_windows if not self.windows else (*self.free_windows, *calendar.outside(self.windows))
        return calendar.outside(free)


@dataclass(frozen=True, slots=True)
class TimeFee:
    """A price for the time in which energy flowed, per hour or per minute; counted in whole minutes.

    Only time within `windows` is counted; none: all of it.
    """

    price: Decimal
    is_hourly: bool
    count: MinuteCount = MinuteCount.COMPLETED
    cap: Decimal | None = None
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class Taxes:
    """Percentages by component; a component without one is untaxed.

    If they are the property's, `definition.taxed` completes the definition before pricing.
    """

    mode: TaxMode
    percentages: Mapping[Component, Decimal]
    is_of_property: bool = False

    @property
    def is_stated(self) -> bool:
        """Whether the rate has any tax, even 0 %."""
        return self.is_of_property or bool(self.percentages)

    def percentage(self, component: Component) -> Decimal:
        return self.percentages.get(component, Decimal(0))

    def with_tax(self, price: Decimal, *, component: Component) -> Decimal:
        """Returns the price as billed: with the tax that is added to its component, exact."""
        return price * (100 + self.percentage(component)) / 100 if self.mode is TaxMode.EXCLUSIVE else price


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate with prices in major units of `currency`; the first energy window that applies gives the price.

    `processing_pct` is of all other charges to the guest. `min_total` and `max_total` limit the sum of all lines, on
    the tax basis shown. A driver who starts again within `connection_restart_min` pays for connecting once, and one who
    starts outside `connection_windows` pays nothing for it; without windows the fee always applies.
    """

    currency: str
    energy: tuple[EnergyWindow, ...]
    taxes: Taxes
    connection_fee: Decimal = Decimal(0)
    processing_fee: Decimal = Decimal(0)
    idle: IdleFee | None = None
    min_billable_wh: int = DEFAULT_MIN_BILLABLE_WH
    time: TimeFee | None = None
    processing_pct: Decimal = Decimal(0)
    processing_paid_by: Payer = Payer.GUEST
    min_total: Decimal | None = None
    max_total: Decimal | None = None
    connection_restart_min: int = RESTART_WITHIN_MIN
    connection_windows: tuple[Window, ...] = ()

    @property
    def energy_edges(self) -> frozenset[int]:
        return frozenset[int]().union(*(entry.window.edges for entry in self.energy))

    def energy_lookup(self) -> Callable[[int, int, date], tuple[int, ...]]:
        """Returns a fast function from weekday, minute of the day and date to the windows that may price energy.

        It returns the indexes of the tiers before the first window without tiers, and that one; none in a gap of the
        rate.
        """
        flat = [
            (
                index,
                entry.window.weekdays,
                entry.window.spans,
                entry.window if entry.window.has_dates else None,
                not entry.from_wh and entry.to_wh is None,
            )
            for index, entry in enumerate(self.energy)
        ]

        def windows_at(weekday: int, minute: int, day: date) -> tuple[int, ...]:
            indexes: list[int] = []
            for index, weekdays, spans, dated, is_last in flat:
                if weekday not in weekdays or (dated is not None and not dated.lasts_on(day)):
                    continue
                for begin, end in spans:
                    if begin <= minute < end:
                        indexes.append(index)
                        if is_last:
                            return tuple(indexes)
                        break
            return tuple(indexes)

        return windows_at


def parse_rate(obj: object, *, currency: str, path: str = "") -> Rate:
    """Reads a rate from its JSON form (`rate` of `price_session` and of `import_site`).

    `path` is the position of `obj` in a larger file and begins the path of every problem. Raises RateError with all.
    """
    problems: list[Problem] = []
    rate = read_rate(Node(value=obj, path=path, problems=problems), currency=currency)
    if problems:
        raise RateSyntaxError(tuple(problems))
    return rate


def canonical(rate: Rate) -> Rate:
    """Returns the same prices with each fee's windows in one notation, so that two rates can be compared."""
    idle, time = rate.idle, rate.time
    return replace(
        rate,
        idle=replace(idle, windows=_canonical(idle.applies), free_windows=()) if idle else None,
        time=replace(time, windows=_canonical(time.windows)) if time else None,
        connection_windows=_canonical(rate.connection_windows),
    )


def _canonical(windows: tuple[Window, ...]) -> tuple[Window, ...]:
    canonical_windows = calendar.outside(calendar.outside(windows)) if windows else ()
    return () if canonical_windows == (WHOLE_WEEK,) else canonical_windows


def rate_problems(obj: object, *, currency: str, path: str = "") -> tuple[Problem, ...]:
    """Returns every problem for which `parse_rate` would refuse the rate, in the order of the input."""
    problems: list[Problem] = []
    read_rate(Node(value=obj, path=path, problems=problems), currency=currency)
    return tuple(problems)


def read_rate(node: Node, *, currency: str) -> Rate:
    """Reads a rate as part of a larger input: problems go to the node, and with any the rate must not be used."""
    if currency != Node(currency, "currency", node.problems).currency():
        currency = "EUR"
    fields = node.fields(required=("energy",), optional=_OPTIONAL)
    idle, tax, minimum, time = (fields.get(key) for key in ("idle", "tax", "min_billable_wh", "time"))
    percent, payer, restart = (
        fields.get(key) for key in ("processing_pct", "processing_paid_by", "connection_restart_min")
    )
    least, most = _limits(fields)
    return Rate(
        currency=currency,
        connection_fee=_money(fields.get("connection_fee")),
        min_billable_wh=minimum.integer(at_most=1_000_000) if minimum else DEFAULT_MIN_BILLABLE_WH,
        energy=_energy(fields["energy"]) if "energy" in fields else (),
        idle=_idle(idle) if idle else None,
        processing_fee=_money(fields.get("processing_fee")),
        taxes=_taxes(tax) if tax else Taxes(mode=TaxMode.EXCLUSIVE, percentages={}),
        time=_time(time) if time else None,
        processing_pct=percent.percentage() if percent else Decimal(0),
        processing_paid_by=Payer(payer.one_of(tuple(Payer), kind="payer")) if payer else Payer.GUEST,
        min_total=least,
        max_total=most,
        connection_restart_min=restart.integer(at_most=DAY_MINUTES) if restart else RESTART_WITHIN_MIN,
        connection_windows=_fee_windows(fields, "connection_windows"),
    )


def _money(node: Node | None) -> Decimal:
    return node.decimal(at_most=_MAX_MONEY) if node else Decimal(0)


def _energy(node: Node) -> tuple[EnergyWindow, ...]:
    nodes = list(node.items())
    if not nodes and isinstance(node.value, list):
        node.complain('A rate needs at least one energy price, such as {"name": "all day", "price": "0.35"}.')
    if len(nodes) > _MAX_WINDOWS:
        node.complain(f"A rate has at most {_MAX_WINDOWS} energy prices.")
        return ()
    entries = tuple(_energy_window(item) for item in nodes)
    spans = tuple(PricedWindow(window=entry.window, from_wh=entry.from_wh, to_wh=entry.to_wh) for entry in entries)
    windows.forbid_overlaps(nodes, entries=spans)
    windows.require_joined_tiers(nodes, entries=spans)
    return entries


def _energy_window(node: Node) -> EnergyWindow:
    fields = node.fields(
        required=("name", "price"), optional=("days", "from", "to", "from_date", "to_date", "from_kwh", "to_kwh")
    )
    begin, end = (_tier_edge(fields[key]) if key in fields else None for key in ("from_kwh", "to_kwh"))
    if end is not None and end <= (begin or 0):
        fields["to_kwh"].complain("The tier ends where it begins, or before: `to_kwh` must be the higher of the two.")
        end = None
    return EnergyWindow(
        name=fields["name"].text() if "name" in fields else "",
        price=_money(fields.get("price")),
        window=windows.window(fields),
        from_wh=begin or 0,
        to_wh=end,
    )


def _tier_edge(node: Node) -> int:
    return int(node.decimal(at_most=_MAX_KWH, places=3) * 1000)


def _idle(node: Node) -> IdleFee:
    fields = node.fields(
        required=("per_min",),
        optional=(
            "grace_min",
            "cap",
            "free_windows",
            "count",
            "exempt_audiences",
            "exempt_groups",
            "only_after_notice",
            "windows",
        ),
    )
    if "windows" in fields and "free_windows" in fields:
        fields["free_windows"].complain("Say either when the fee applies, or when it is free: drop one of the two.")
    cap, grace, free = fields.get("cap"), fields.get("grace_min"), fields.get("free_windows")
    audiences, groups = fields.get("exempt_audiences"), fields.get("exempt_groups")
    only_after_notice = fields.get("only_after_notice")
    return IdleFee(
        per_min=_money(fields.get("per_min")),
        grace_min=grace.integer(at_most=DAY_MINUTES * 7) if grace else 0,
        cap=_money(cap) if cap else None,
        free_windows=windows.free_windows(free) if free else (),
        count=_count(fields),
        exempt_audiences=frozenset(entry.one_of(AUDIENCES, kind="audience") for entry in audiences.items())
        if audiences
        else frozenset(),
        exempt_groups=frozenset(entry.text() for entry in groups.items()) if groups else frozenset(),
        only_after_notice=only_after_notice.boolean() if only_after_notice else False,
        windows=_fee_windows(fields, "windows"),
    )


def _time(node: Node) -> TimeFee:
    fields = node.fields(optional=("per_hour", "per_min", "count", "cap", "windows"))
    per_hour, per_min, cap = fields.get("per_hour"), fields.get("per_min"), fields.get("cap")
    if isinstance(node.value, Mapping) and (per_hour is None) == (per_min is None):
        node.complain("Give the price of time either as `per_hour` or as `per_min`.")
    return TimeFee(
        price=_money(per_hour or per_min),
        is_hourly=per_hour is not None,
        count=_count(fields),
        cap=_money(cap) if cap else None,
        windows=_fee_windows(fields, "windows"),
    )


def _fee_windows(fields: Mapping[str, Node], key: str) -> tuple[Window, ...]:
    return windows.fee_windows(fields[key]) if key in fields else ()


def _count(fields: Mapping[str, Node]) -> MinuteCount:
    node = fields.get("count")
    return MinuteCount(node.one_of(tuple(MinuteCount), kind="way to count minutes")) if node else MinuteCount.COMPLETED


def _limits(fields: Mapping[str, Node]) -> tuple[Decimal | None, Decimal | None]:
    least, most = (_money(fields[key]) if key in fields else None for key in ("min_total", "max_total"))
    if least is not None and most is not None and most < least:
        fields["max_total"].complain(f"The maximum {most} is below the minimum {least}: raise it, or leave one out.")
    return least, most


def _taxes(node: Node) -> Taxes:
    is_of_property = isinstance(node.value, Mapping) and node.value.get("of") is not None
    required, optional = (("mode",), ("rates", "of")) if is_of_property else (("mode", "rates"), ("of",))
    fields = node.fields(required=required, optional=optional)
    if "of" in fields and "rates" in fields:
        node.complain("Give either `rates`, or `of` for the property's tax: drop one of the two.")
    if "of" in fields:
        fields["of"].one_of(("property",), kind="source of the tax")
    rates = fields["rates"].fields(optional=TAXED) if "rates" in fields else {}
    return Taxes(
        mode=TaxMode(fields["mode"].one_of(tuple(TaxMode), kind="tax mode") if "mode" in fields else "exclusive"),
        percentages={Component(key): child.percentage() for key, child in rates.items()},
        is_of_property="of" in fields,
    )
