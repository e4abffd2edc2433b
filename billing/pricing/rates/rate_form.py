"""The rate editor's input: text as typed, the definition that it means, and the errors of each field.

A field is named by its path in the definition (`energy.1.price`), so that each error of the price engine is shown at
its field.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.utils.datastructures import MultiValueDict

from billing.engine.rate import tariff
from billing.engine.rate.calendar import DAY_NAMES, EVERY_DAY, clock
from billing.engine.rate.reading import Problem
from billing.engine.rate.tariff import AUDIENCES, TAXED
from billing.formatting import decimals

_INTEGER: Final = re.compile(r"-?\d{1,12}", re.ASCII)
_INDEX: Final = re.compile(r"\[(\d+)\]")
_PLAIN: Final = (
    "connection_fee",
    "connection_restart_min",
    "processing_fee",
    "processing_pct",
    "processing_paid_by",
    "min_billable_wh",
    "min_total",
    "max_total",
)
_IDLE: Final = ("per_min", "grace_min", "cap", "count", "only_after_notice")
_TIME: Final = ("price", "per", "count", "cap")
_INTEGERS: Final = frozenset(("min_billable_wh", "grace_min", "connection_restart_min"))
ROW_KEYS: Final = {
    "name": "name",
    "price": "price",
    "from": "start",
    "to": "end",
    "from_date": "from_date",
    "to_date": "to_date",
    "from_kwh": "from_kwh",
    "to_kwh": "to_kwh",
}
"""The keys of a window in a definition, and in a row."""
_ROW_NUMBERS: Final = frozenset(("price", "from_kwh", "to_kwh"))
_NUMBERS: Final = frozenset((
    "connection_fee", "processing_fee", "processing_pct", "min_total", "max_total", "idle.per_min", "idle.cap",
    "time.price", "time.cap", *(f"tax.rates.{part}" for part in TAXED),
))  # fmt: skip
_AT_FIELD: Final = {"time": "time.price", "time.per_hour": "time.price", "time.per_min": "time.price"}
_MAX_ROWS: Final = 48
_GROUPS: Final = "idle.exempt_groups"
_MAX_OF_GROUPS: Final = 10_000
FEE_WINDOWS: Final = ("connection_windows", "time.windows", "idle.windows")
"""The keys with a fee's windows in a definition."""


@dataclass(frozen=True, slots=True)
class WindowRow:
    """An energy price as typed; no day means every day."""

    name: str = ""
    price: str = ""
    start: str = ""
    end: str = ""
    days: tuple[str, ...] = ()
    from_date: str = ""
    to_date: str = ""
    from_kwh: str = ""
    to_kwh: str = ""

    @property
    def is_blank(self) -> bool:
        return not (self.days or any(getattr(self, name) for name in ROW_KEYS.values()))

    @property
    def uses_advanced(self) -> bool:
        """Whether it uses options that most rates do not need."""
        return bool(self.from_date or self.to_date or self.from_kwh or self.to_kwh)


@dataclass(frozen=True, slots=True)
class FeeWindow:
    """When a fee applies, as typed; no day means every day, no times the whole day."""

    start: str = ""
    end: str = ""
    days: tuple[str, ...] = ()

    @property
    def is_blank(self) -> bool:
        return not (self.start or self.end or self.days)

    @property
    def definition(self) -> dict[str, Any]:
        times = {key: text for key, text in (("from", self.start), ("to", self.end)) if text}
        return ({"days": list(self.days)} if self.days else {}) | times


@dataclass(slots=True)
class RateForm:
    """All input of the editor; `errors` by field."""

    values: dict[str, str]
    energy: list[WindowRow]
    windows: dict[str, list[FeeWindow]] = field(default_factory=dict)
    """Windows by the keys of `FEE_WINDOWS`; a fee without any always applies."""
    errors: dict[str, list[str]] = field(default_factory=dict)
    valid_from: datetime | None = None
    exempt: tuple[str, ...] = ()
    """Audiences that pay no idle fee."""

    @property
    def definition(self) -> dict[str, Any]:
        """Returns the definition for `tariff.parse_rate`; empty fields are left out."""
        rate_definition: dict[str, Any] = {
            name: _convert_value(name, self.values[name]) for name in _PLAIN if self.values.get(name)
        }
        rate_definition["energy"] = [_window(row) for row in self.energy]
        idle: dict[str, Any] = {
            name: _convert_value(name, self.values[f"idle.{name}"]) for name in _IDLE if self.values.get(f"idle.{name}")
        }
        if set(idle) <= {"count", "only_after_notice", "grace_min"}:  # these have defaults; alone they are not a fee
            idle = {}
        if idle and self.exempt:
            idle["exempt_audiences"] = list(self.exempt)
        if idle and self.values.get("idle.exempt_groups"):
            idle["exempt_groups"] = [part.strip() for part in self.values["idle.exempt_groups"].split(",")]
        taxes = {str(part): self.values[f"tax.rates.{part}"] for part in TAXED if self.values.get(f"tax.rates.{part}")}
        rate_definition |= (
            {"time": self._time() | self._windows("time.windows")} if self.values.get("time.price") else {}
        )
        rate_definition |= {"idle": idle | self._windows("idle.windows")} if idle else {}
        rate_definition |= self._windows("connection_windows") if rate_definition.get("connection_fee") else {}
        if rate_definition.get("processing_paid_by") == "guest":  # the usual case is omitted
            del rate_definition["processing_paid_by"]
        mode = self.values.get("tax.mode") or "exclusive"
        if self.values.get("tax.of"):
            return rate_definition | {"tax": {"mode": mode, "of": self.values["tax.of"]}}
        return rate_definition | ({"tax": {"mode": mode, "rates": taxes}} if taxes or mode != "exclusive" else {})

    def _windows(self, path: str) -> dict[str, Any]:
        rows = [row.definition for row in self.windows.get(path, ())]
        return {path.rpartition(".")[2]: rows} if rows else {}

    def _time(self) -> dict[str, Any]:
        per = "per_min" if self.values.get("time.per") == "minute" else "per_hour"
        time_options = {name: self.values.get(f"time.{name}") for name in ("count", "cap")}
        return {per: self.values["time.price"]} | {name: text for name, text in time_options.items() if text}

    def check(self, *, currency: str) -> bool:
        """Validates by the price engine and adds each error to the nearest field. True if there is none."""
        for problem in tariff.rate_problems(self.definition, currency=currency):
            self.complain(self._field(problem), problem.message)
        for name, text in self._numbers():
            if unclear := decimals.ambiguity(text):
                self.errors[name] = [unclear]
        return not self.errors

    def _numbers(self) -> Iterator[tuple[str, str]]:
        yield from ((name, self.values.get(name, "")) for name in _NUMBERS)
        for index, row in enumerate(self.energy):
            yield from ((f"energy.{index}.{key}", getattr(row, ROW_KEYS[key])) for key in _ROW_NUMBERS)

    def complain(self, name: str, message: str) -> None:
        self.errors.setdefault(name, []).append(message)

    def _field(self, problem: Problem) -> str:
        name = _INDEX.sub(r".\1", problem.path)
        if match := re.fullmatch(r"((?:energy|\S*windows)\.\d+\.days)\.\d+", name):
            return match[1]
        if match := re.fullmatch(r"(idle\.exempt_\w+)\.\d+", name):
            return match[1]
        return _AT_FIELD.get(name, name)


def read_post(data: MultiValueDict[str, str]) -> RateForm:
    """Reads the form's data; blank rows are dropped."""
    rows = [
        WindowRow(
            **{
                attribute: (_number if key in _ROW_NUMBERS else _text)(data, f"energy.{index}.{key}")
                for key, attribute in ROW_KEYS.items()
            },
            days=tuple(day for day in DAY_NAMES if day in data.getlist(f"energy.{index}.days")),
        )
        for index in range(_MAX_ROWS)
    ]
    return RateForm(
        values={name: _number(data, name) if name in _NUMBERS else _text(data, name) for name in _names()}
        | {_GROUPS: ", ".join(group.strip() for group in data.getlist(_GROUPS) if group.strip())[:_MAX_OF_GROUPS]},
        energy=[row for row in rows if not row.is_blank],
        windows={path: _posted_windows(data, path) for path in FEE_WINDOWS},
        exempt=tuple(audience for audience in AUDIENCES if audience in data.getlist("idle.exempt_audiences")),
    )


def _posted_windows(data: MultiValueDict[str, str], path: str) -> list[FeeWindow]:
    rows = [
        FeeWindow(
            start=_text(data, f"{path}.{index}.from"),
            end=_text(data, f"{path}.{index}.to"),
            days=tuple(day for day in DAY_NAMES if day in data.getlist(f"{path}.{index}.days")),
        )
        for index in range(_MAX_ROWS)
    ]
    return [row for row in rows if not row.is_blank]


def _stored_windows(windows: Iterable[Mapping[str, Any]] | None) -> list[FeeWindow]:
    return [
        FeeWindow(
            start=_format_value(window.get("from")),
            end=_format_value(window.get("to")),
            days=tuple(window.get("days") or ()),
        )
        for window in windows or ()
    ]


def _paid_windows(idle: Mapping[str, Any]) -> list[FeeWindow]:
    """Returns when a fee applies whose definition tells when it is free."""
    fee = tariff.parse_rate({"energy": [{"name": "all day", "price": "0"}], "idle": idle}, currency="EUR").idle
    assert fee is not None
    return [
        FeeWindow(
            start="" if window.is_whole_day else clock(window.start_minute),
            end="" if window.is_whole_day else clock(window.end_minute),
            days=() if window.weekdays == EVERY_DAY else tuple(DAY_NAMES[day] for day in sorted(window.weekdays)),
        )
        for window in fee.applies
    ]


def read_definition(definition: Mapping[str, Any]) -> RateForm:
    """Reads a version's definition."""
    idle, tax, time = (definition.get(key) or {} for key in ("idle", "tax", "time"))
    values = {name: _format_value(definition.get(name)) for name in _PLAIN}
    values |= {f"idle.{name}": _format_value(idle.get(name)) for name in _IDLE}
    values["idle.exempt_groups"] = ", ".join(str(group) for group in idle.get("exempt_groups") or ())
    values |= {f"time.{name}": _format_value(time.get(name)) for name in _TIME}
    values["time.price"] = _format_value(time.get("per_hour") or time.get("per_min"))
    paid = _paid_windows(idle) if idle.get("free_windows") else _stored_windows(idle.get("windows"))
    if paid == [FeeWindow()]:  # always free
        values["idle.per_min"], paid = "0", []
    values["time.per"] = "minute" if time.get("per_min") else "hour"
    values |= {f"tax.rates.{part}": _format_value((tax.get("rates") or {}).get(part)) for part in TAXED}
    return RateForm(
        values={"name": "", "currency": "", "tax.mode": tax.get("mode") or "exclusive", "tax.of": tax.get("of") or ""}
        | values,
        energy=[
            WindowRow(
                **{attribute: _format_value(entry.get(key)) for key, attribute in ROW_KEYS.items()},
                days=tuple(entry.get("days") or ()),
            )
            for entry in definition["energy"]
        ],
        windows={
            "connection_windows": _stored_windows(definition.get("connection_windows")),
            "time.windows": _stored_windows(time.get("windows")),
            "idle.windows": paid,
        },
        exempt=tuple(idle.get("exempt_audiences") or ()),
    )


def _names() -> list[str]:
    parts = [f"idle.{name}" for name in (*_IDLE, "exempt_groups")]
    parts += [f"time.{name}" for name in _TIME] + [f"tax.rates.{part}" for part in TAXED]
    return ["name", "currency", "valid_from", *_PLAIN, *parts, "tax.mode", "tax.of"]


def _window(row: WindowRow) -> dict[str, Any]:
    texts = {key: getattr(row, attribute) for key, attribute in ROW_KEYS.items()}
    window: dict[str, Any] = {key: value for key, value in texts.items() if value}
    return window | ({"days": list(row.days)} if row.days else {})


def _convert_value(name: str, text: str) -> int | str | bool:
    if name == "only_after_notice":
        return text == "true"
    return int(text) if name in _INTEGERS and _INTEGER.fullmatch(text) else text


def _format_value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else ""
    return "" if value is None else str(value)


def _number(data: MultiValueDict[str, str], name: str) -> str:
    """Returns a number with a decimal point, even if a comma was typed."""
    return decimals.convert_separators(_text(data, name))


def _text(data: MultiValueDict[str, str], name: str) -> str:
    return str(data.get(name, "")).strip()[:200]
