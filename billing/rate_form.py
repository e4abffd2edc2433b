"""The rate editor's fields: text as a person typed it, the definition that it means, and what is wrong where.

A field is named by its place in the definition (`energy.1.price`), so that every complaint of the price engine
stands at its field.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.utils.datastructures import MultiValueDict

from billing.rating import tariff
from billing.rating.reading import Problem
from billing.rating.tariff import TAXED
from billing.rating.wall_clock import DAY_NAMES

_INTEGER: Final = re.compile(r"-?\d{1,12}", re.ASCII)
_INDEX: Final = re.compile(r"\[(\d+)\]")
_PLAIN: Final = ("connection_fee", "processing_fee", "min_billable_wh")
_IDLE: Final = ("per_min", "grace_min", "cap")
_INTEGERS: Final = frozenset(("min_billable_wh", "grace_min"))
_MOST_ROWS: Final = 48


@dataclass(frozen=True, slots=True)
class WindowRow:
    """An energy price as typed; no day means every day."""

    name: str = ""
    price: str = ""
    start: str = ""
    end: str = ""
    days: tuple[str, ...] = ()

    @property
    def is_blank(self) -> bool:
        return not (self.name or self.price or self.start or self.end or self.days)


@dataclass(slots=True)
class RateForm:
    """All that is typed into the editor; `errors` by field."""

    values: dict[str, str]
    energy: list[WindowRow]
    free: list[tuple[str, str]]
    errors: dict[str, list[str]] = field(default_factory=dict)
    valid_from: datetime | None = None

    @property
    def definition(self) -> dict[str, Any]:
        """As `tariff.parse_rate` reads it; what was left empty is left out."""
        made: dict[str, Any] = {name: _typed(name, self.values[name]) for name in _PLAIN if self.values.get(name)}
        made["energy"] = [_window(row) for row in self.energy]
        idle: dict[str, Any] = {
            name: _typed(name, self.values[f"idle.{name}"]) for name in _IDLE if self.values.get(f"idle.{name}")
        }
        if self.free:
            idle["free_windows"] = [list(ends) for ends in self.free]
        taxes = {str(part): self.values[f"tax.rates.{part}"] for part in TAXED if self.values.get(f"tax.rates.{part}")}
        made |= {"idle": idle} if idle else {}
        return made | ({"tax": {"mode": self.values.get("tax.mode") or "exclusive", "rates": taxes}} if taxes else {})

    def check(self, *, currency: str) -> bool:
        """Asks the price engine; each of its complaints goes to the nearest field. True if it has none."""
        for problem in tariff.rate_problems(self.definition, currency=currency):
            self.complain(self._field(problem), problem.message)
        return not self.errors

    def complain(self, name: str, message: str) -> None:
        self.errors.setdefault(name, []).append(message)

    def _field(self, problem: Problem) -> str:
        name = _INDEX.sub(r".\1", problem.path)
        if found := re.fullmatch(r"(energy\.\d+\.days)\.\d+", name):
            return found[1]
        return name


def posted(data: MultiValueDict[str, str]) -> RateForm:
    """From the form; rows left blank are dropped."""
    rows = [
        WindowRow(
            name=_text(data, f"energy.{index}.name"),
            price=_text(data, f"energy.{index}.price"),
            start=_text(data, f"energy.{index}.from"),
            end=_text(data, f"energy.{index}.to"),
            days=tuple(day for day in DAY_NAMES if day in data.getlist(f"energy.{index}.days")),
        )
        for index in range(_MOST_ROWS)
    ]
    free = [
        (_text(data, f"idle.free_windows.{index}.0"), _text(data, f"idle.free_windows.{index}.1"))
        for index in range(_MOST_ROWS)
    ]
    return RateForm(
        values={name: _text(data, name) for name in _names()},
        energy=[row for row in rows if not row.is_blank],
        free=[ends for ends in free if any(ends)],
    )


def stored(definition: Mapping[str, Any]) -> RateForm:
    """From a version."""
    idle, tax = definition.get("idle") or {}, definition.get("tax") or {}
    values = {name: _shown(definition.get(name)) for name in _PLAIN}
    values |= {f"idle.{name}": _shown(idle.get(name)) for name in _IDLE}
    values |= {f"tax.rates.{part}": _shown((tax.get("rates") or {}).get(part)) for part in TAXED}
    return RateForm(
        values={"name": "", "currency": "", "tax.mode": tax.get("mode") or "exclusive"} | values,
        energy=[
            WindowRow(
                name=_shown(entry.get("name")),
                price=_shown(entry.get("price")),
                start=_shown(entry.get("from")),
                end=_shown(entry.get("to")),
                days=tuple(entry.get("days") or ()),
            )
            for entry in definition["energy"]
        ],
        free=[(str(start), str(end)) for start, end in idle.get("free_windows") or ()],
    )


def _names() -> list[str]:
    parts = [*(f"idle.{name}" for name in _IDLE), *(f"tax.rates.{part}" for part in TAXED)]
    return ["name", "currency", "valid_from", *_PLAIN, *parts, "tax.mode"]


def _window(row: WindowRow) -> dict[str, Any]:
    texts = {"name": row.name, "price": row.price, "from": row.start, "to": row.end}
    made: dict[str, Any] = {key: value for key, value in texts.items() if value}
    return made | ({"days": list(row.days)} if row.days else {})


def _typed(name: str, text: str) -> int | str:
    return int(text) if name in _INTEGERS and _INTEGER.fullmatch(text) else text


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def _text(data: MultiValueDict[str, str], name: str) -> str:
    return str(data.get(name, "")).strip()[:200]
