"""The bar of states above the chargers, as a list and on the map: how many are in each, and the link to them."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from chargers.listing import order
from chargers.pages.charger_table import TableQuery

_SHARES: Final = 12
"""The widths of the segments of the state bar, as CSS classes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A segment of the state bar: its number of chargers, and the link to them. `share`: its width."""

    kind: str
    title: str
    count: int
    share: int
    href: str
    is_chosen: bool


def segments(query: TableQuery) -> list[Segment]:
    """Returns the segments of the state bar: all, then each state with chargers, or that is filtered by."""
    counts = order.counts(query.filter.in_every_state())
    total, chosen_state = sum(counts.values()), query.filter.asked().get("state", "")
    bar = [
        Segment(kind="", title="All", count=total, share=0, href=_state_address(query, ""), is_chosen=not chosen_state)
    ]
    for state, kind in order.STATE_KINDS.items():
        count, is_chosen = counts.get(state, 0), chosen_state == state
        if count or is_chosen:
            href = _state_address(query, "" if is_chosen else state)
            share = max(round(_SHARES * count / total), 1) if total else 1
            title = order.TITLES[state]
            bar.append(Segment(kind=kind, title=title, count=count, share=share, href=href, is_chosen=is_chosen))
    return bar


def _state_address(query: TableQuery, state: str) -> str:
    """Returns the address of the list with this state filter; of the unfiltered list even if a view opens first."""
    parameters = {**query.parameters(query.sort_text), "state": state}
    filled_parameters = {name: value for name, value in parameters.items() if value}
    return f"?{urlencode(filled_parameters or {'view': '0'})}"
