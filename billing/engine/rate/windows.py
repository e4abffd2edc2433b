"""Parses windows as people write them, with times, days and dates, and checks what they may not share."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from billing.engine.rate import calendar
from billing.engine.rate.calendar import DAY_MINUTES, DAY_NAMES, EVERY_DAY, WHOLE_WEEK, Window
from billing.engine.rate.reading import Node

_CLOCK: Final = re.compile(r"(?:([01]\d|2[0-3]):([0-5]\d)|24:00)", re.ASCII)
_MAX_OF_A_FEE: Final = 48
_MAX_NARROWED: Final = 200
"""The most windows with dates or tiers, because each is compared with each."""


@dataclass(frozen=True, slots=True)
class PricedWindow:
    """A window with the session's energy for which it applies: from `from_wh` up to but without `to_wh`."""

    window: Window
    from_wh: int = 0
    to_wh: int | None = None

    @property
    def has_tier(self) -> bool:
        return self.from_wh > 0 or self.to_wh is not None

    @property
    def narrowed_by(self) -> frozenset[str]:
        """Returns the restrictions that make it an exception to a general price; days alone do not."""
        marks = (
            ("times", not self.window.is_whole_day),
            ("dates", self.window.has_dates),
            ("tier", self.has_tier),
        )
        return frozenset(name for name, is_so in marks if is_so)

    def meets(self, other: "PricedWindow") -> bool:
        """Whether both apply at some instant of some session."""
        below = self.to_wh is None or other.from_wh < self.to_wh
        above = other.to_wh is None or self.from_wh < other.to_wh
        return below and above and self.window.meets(other.window)


def weekdays(node: Node) -> frozenset[int]:
    days = [DAY_NAMES.index(item.one_of(DAY_NAMES, kind="day")) for item in node.items()]
    if not days and isinstance(node.value, list):
        node.complain("No day is named: leave `days` out for every day.")
    if len(set(days)) < len(days):
        node.complain("A day is named twice: name it once.")
    return frozenset(days)


def window(fields: dict[str, Node]) -> Window:
    """Reads a window from `from`, `to`, `days`, `from_date` and `to_date`, each of which may be missing."""
    start, end = fields.get("from"), fields.get("to")
    first, last = fields.get("from_date"), fields.get("to_date")
    first_day, last_day = _day(first) if first else None, _day(last) if last else None
    if last and first_day and last_day and last_day < first_day:
        last.complain(f"The window ends before it begins, on {first_day}: swap the two dates.")
    return _window(
        start=start,
        end=end,
        days=weekdays(fields["days"]) if "days" in fields else EVERY_DAY,
        dates=(first_day, last_day),
    )


def free_windows(node: Node) -> tuple[Window, ...]:
    """Reads pairs of times, such as ["22:00", "07:00"]."""
    nodes = list(node.items())
    windows = tuple(_free_window(item) for item in nodes)
    forbid_overlaps(nodes, entries=tuple(PricedWindow(window=window) for window in windows))
    return windows


def fee_windows(node: Node) -> tuple[Window, ...]:
    """Reads when a fee applies, such as [{"days": ["SAT", "SUN"]}, {"from": "18:00", "to": "08:00"}].

    They may overlap, because the fee is the same in all of them.
    """
    nodes = list(node.items())
    if not nodes and isinstance(node.value, list):
        node.complain("No window is named: leave `windows` out for a fee that always applies.")
    if len(nodes) > _MAX_OF_A_FEE:
        node.complain(f"A fee has at most {_MAX_OF_A_FEE} windows.")
        return ()
    return tuple(_fee_window(item) for item in nodes)


def _fee_window(node: Node) -> Window:
    fields = node.fields(optional=("days", "from", "to"))
    if not fields and isinstance(node.value, Mapping):
        node.complain("Name days or times of this window, or drop it.")
    return window(fields)


def forbid_overlaps(nodes: Sequence[Node], *, entries: Sequence[PricedWindow]) -> None:
    """Refuses overlaps of windows with the same restrictions, because their order would decide the price.

    A window with fewer restrictions is a general price with exceptions, and may overlap others.
    """
    marked = [(node, entry) for node, entry in zip(nodes, entries, strict=True) if entry.narrowed_by]
    if all(entry.narrowed_by == {"times"} for _, entry in marked):
        pairs = calendar.overlaps([entry.window for _, entry in marked])
    elif len(marked) > _MAX_NARROWED:
        marked[_MAX_NARROWED][0].complain(f"A rate has at most {_MAX_NARROWED} prices with times, dates or tiers.")
        return
    else:
        pairs = dict(_meetings([entry for _, entry in marked]))
    for later, earlier in pairs.items():
        path = marked[earlier][0].path
        marked[later][0].complain(f"This window overlaps with {path}: let one end where the other begins.")


def _meetings(entries: list[PricedWindow]) -> Iterator[tuple[int, int]]:
    for later, entry in enumerate(entries):
        for earlier in range(later):
            other = entries[earlier]
            if other.narrowed_by == entry.narrowed_by and other.meets(entry):
                yield later, earlier
                break


def require_joined_tiers(nodes: Sequence[Node], *, entries: Sequence[PricedWindow]) -> None:
    """Requires that tiers of one window begin at 0 kWh, join, and end open, unless a price without tiers covers the
    rest.
    """
    if any(not entry.has_tier and entry.window == WHOLE_WEEK for entry in entries):
        return
    by_window: dict[Window, list[tuple[int, int | None, Node]]] = {}
    for node, entry in zip(nodes, entries, strict=True):
        if entry.has_tier and not any(other.window == entry.window and not other.has_tier for other in entries):
            by_window.setdefault(entry.window, []).append((entry.from_wh, entry.to_wh, node))
    for tiers in by_window.values():
        _require_joined(sorted(tiers, key=lambda tier: tier[0]))


def _require_joined(tiers: list[tuple[int, int | None, Node]]) -> None:
    reach: int | None = 0
    for begin, end, node in tiers:
        if reach is not None and begin > reach:
            node.complain(
                f"Between {_kwh(reach)} and {_kwh(begin)} kWh no price holds: let this tier begin at {_kwh(reach)} kWh."
            )
        reach = end
    if reach is not None:
        tiers[-1][2].complain(f"Above {_kwh(reach)} kWh no price holds: leave `to_kwh` of the last tier out.")


def _kwh(energy_wh: int) -> str:
    return f"{energy_wh / 1000:g}"


def _free_window(node: Node) -> Window:
    ends = list(node.items())
    if len(ends) != 2:
        node.complain('Expected the two ends of a window, such as ["22:00", "07:00"].')
        return WHOLE_WEEK
    return _window(start=ends[0], end=ends[1])


def _window(
    *,
    start: Node | None,
    end: Node | None,
    days: frozenset[int] = EVERY_DAY,
    dates: tuple[date | None, date | None] = (None, None),
) -> Window:
    start_minute = _minute(start) if start else 0
    end_minute = (_minute(end) or DAY_MINUTES) if end else DAY_MINUTES
    if start and start_minute == DAY_MINUTES:
        start.complain("A window cannot start at 24:00: write 00:00.")
    elif start and start_minute == end_minute:
        start.complain("The window starts and ends at the same time: leave both out for the whole day.")
    first_day, last_day = dates
    return Window(
        start_minute=start_minute, end_minute=end_minute, weekdays=days, first_day=first_day, last_day=last_day
    )


def _minute(node: Node) -> int:
    match = _CLOCK.fullmatch(node.value) if isinstance(node.value, str) else None
    if match is None:
        node.complain(f"Expected a time of day such as 17:00, found {str(node.value)[:20]!r}.")
        return 0
    return int(match[1]) * 60 + int(match[2]) if match[1] else DAY_MINUTES


def _day(node: Node) -> date | None:
    try:
        if isinstance(node.value, str) and len(node.value) == len("2026-06-01"):
            return date.fromisoformat(node.value)
    except ValueError:
        pass
    node.complain(f"Expected a date such as 2026-06-01, found {str(node.value)[:20]!r}.")
    return None
