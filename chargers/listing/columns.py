"""The possible columns of a list of chargers, and which are shown. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column. `descends`: ordered by largest or newest first by default. `by_figure`: ordered by a figure."""

    key: str
    title: str
    is_numeric: bool = False
    is_usual: bool = False
    is_fixed: bool = False
    can_sort: bool = True
    descends: bool = False
    by_figure: bool = False
    needs_money: bool = False
    hint: str = ""


COLUMNS: Final = (
    Column(key="state", title="State", is_fixed=True),
    Column(key="station", title="Station", is_fixed=True),
    Column(key="name", title="Name"),
    Column(key="property", title="Property", is_usual=True),
    Column(key="unit", title="Unit"),
    Column(key="connectors", title="Connectors", is_usual=True, can_sort=False),
    Column(key="power", title="Power now", is_numeric=True, is_usual=True, descends=True),
    Column(
        key="energy", title="Energy", is_numeric=True, is_usual=True, descends=True, by_figure=True, needs_money=True
    ),
    Column(key="sessions", title="Sessions", is_numeric=True, descends=True, by_figure=True, needs_money=True),
    Column(
        key="money",
        title="Charged, with tax",
        is_numeric=True,
        is_usual=True,
        descends=True,
        by_figure=True,
        needs_money=True,
        hint="What receipts of the period charged, as on Home, before refunds. "
        "What the property collects itself is not in it.",
    ),
    Column(key="uptime", title="Uptime, 30 days", is_numeric=True, is_usual=True, by_figure=True),
    Column(key="firmware", title="Firmware"),
    Column(key="model", title="Model"),
    Column(key="protocol", title="OCPP"),
    Column(key="tags", title="Tags", is_usual=True, can_sort=False),
    Column(key="last_message", title="Last message", is_usual=True, descends=True),
)
BY_KEY: Final = {column.key: column for column in COLUMNS}
USUAL: Final = tuple(column.key for column in COLUMNS if column.is_usual)
DEFAULT_SORT: Final = "state"


def select_by_key(keys: Iterable[object], *, sees_money: bool) -> tuple[Column, ...]:
    """Returns the fixed columns and those of these keys, in the usual order; the default ones if no key is known."""
    chosen_keys = {key for key in keys if isinstance(key, str) and key in BY_KEY and not BY_KEY[key].is_fixed} or {
        *USUAL
    }
    return tuple(
        column
        for column in COLUMNS
        if column.is_fixed or (column.key in chosen_keys and (sees_money or not column.needs_money))
    )


def sort_of(text: str, *, sees_money: bool) -> tuple[Column, bool]:
    """Returns the column to order by and whether it descends; the state for an unknown or hidden column."""
    column = BY_KEY.get(text.removeprefix("-"))
    if column is None or not column.can_sort or (column.needs_money and not sees_money):
        return BY_KEY[DEFAULT_SORT], False
    return column, text.startswith("-")
