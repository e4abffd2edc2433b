"""The fields of the rate editor's template: each with its label, its text and its errors."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from billing.engine.rate.calendar import DAY_NAMES
from billing.pricing.rates import rate_form
from billing.pricing.rates.rate_form import FeeWindow, RateForm, WindowRow

_FEES: Final = (("connection_fee", "Connection fee", "Once per session. Empty: none."),)
_RARER_FEES: Final = (
    ("connection_restart_min", "One connection within (minutes)", "Who starts again that soon pays once. Empty: 30."),
    ("min_billable_wh", "Billed from (Wh)", "Less energy than this costs nothing. Empty: 100 Wh."),
    ("min_total", "A session costs at least", "All lines together. Empty: no minimum."),
    ("max_total", "A session costs at most", "All lines together. Empty: no maximum."),
)
_PROCESSING: Final = (
    ("processing_fee", "Processing fee", "Once per session. Empty: none."),
    ("processing_pct", "And of the amount (%)", "Of all other lines. Empty: nothing."),
    ("processing_paid_by", "Paid by", "The host's cost is on no guest's receipt."),
)
_TIME: Final = (
    ("time.price", "Price for charging time", "Only while energy flows. Empty: none."),
    ("time.per", "Per", ""),
    ("time.count", "The last minute", ""),
    ("time.cap", "At most", "For one session. Empty: no limit."),
)
_IDLE: Final = (
    ("idle.per_min", "Price per minute", "Empty: no idle fee."),
    ("idle.grace_min", "Grace period (minutes)", "After charging ends."),
    ("idle.cap", "At most", "For one session. Empty: no limit."),
)
_RARER_IDLE: Final = (
    ("idle.count", "The last minute", ""),
    ("idle.only_after_notice", "Time before the driver was notified", "By mail, or on the session's open page."),
)
_TAXES: Final = (
    ("tax.rates.energy", "On energy (%)", ""),
    ("tax.rates.time", "On charging time (%)", ""),
    ("tax.rates.idle", "On the idle fee (%)", ""),
    ("tax.rates.connection", "On the connection fee (%)", ""),
    ("tax.rates.processing", "On the processing fee (%)", ""),
)
RARER: Final = tuple(name for name, _, _ in _RARER_FEES)
PROCESSING: Final = tuple(name for name, _, _ in _PROCESSING)
_COUNT: Final = (("", "counts when it is over"), ("started", "counts when it has begun"))
_CHOICES: Final = {
    "processing_paid_by": (("", "the guest"), ("host", "the host")),
    "time.per": (("hour", "hour"), ("minute", "minute")),
    "time.count": _COUNT,
    "idle.count": _COUNT,
    "idle.only_after_notice": (("", "is billed too"), ("true", "is not billed")),
}
_AUDIENCES: Final = (
    ("guest", "Guests"),
    ("member", "Members"),
    ("roaming", "Roaming drivers"),
    ("reimbursement", "Employees (reimbursed)"),
)


_ROW_LABELS: Final = {
    "name": "Name",
    "price": "Price per kWh",
    "from": "From",
    "to": "To",
    "from_date": "First day",
    "to_date": "Last day",
    "from_kwh": "From (kWh of the session)",
    "to_kwh": "Up to (kWh)",
    "days": "the days",
}
_LABELS: Final = _ROW_LABELS | {
    name.rpartition(".")[2]: label
    for name, label, _ in (*_FEES, *_RARER_FEES, *_PROCESSING, *_IDLE, *_RARER_IDLE)
    if name[-5:] != "count"
}
_CODE: Final = re.compile(r"`(\w+)`")
_MISSING: Final = re.compile(r"(\w+) is missing\.")
_PLACE: Final = re.compile(r"\benergy\[(\d+)\]")
_EXAMPLE: Final = re.compile(r", such as \{.*\}\.")


@dataclass(frozen=True, slots=True)
class Field:
    """A text field, or a select if it has `choices` of (value, label)."""

    name: str
    label: str
    hint: str
    value: str
    errors: list[str]
    choices: tuple[tuple[str, str], ...] = ()
    type: str = "text"


@dataclass(frozen=True, slots=True)
class RateFieldRow:
    """The row of an energy price, or of a fee's window."""

    title: str
    fields: list[Field]
    errors: list[str]
    days_name: str = ""
    days: tuple[tuple[str, bool], ...] = ()
    rarer: tuple[Field, ...] = ()
    is_open: bool = False
    """Whether its rare fields have a value or an error."""
    is_extra: bool = False
    """Whether it is the empty row at the end of several."""

    @property
    def first(self) -> list[Field]:
        """Returns the name and the price of an energy price."""
        return self.fields[:2]

    @property
    def times(self) -> list[Field]:
        return self.fields[2:]

    @property
    def is_timed(self) -> bool:
        """Whether its hours or days have a value or an error."""
        return any(field.value or field.errors for field in self.times) or any(is_on for _, is_on in self.days)


@dataclass(frozen=True, slots=True)
class Fields:
    """All fields of the editor; an empty row comes last if one may be added."""

    name: Field
    fees: list[Field]
    rarer_fees: list[Field]
    processing: list[Field]
    time: list[Field]
    energy: list[RateFieldRow]
    idle: list[Field]
    rarer_idle: list[Field]
    is_idle_open: bool
    is_time_open: bool
    is_session_open: bool
    windows: dict[str, list[RateFieldRow]]
    """Windows by fee: `connection`, `time` and `idle`."""
    exempt: list[tuple[str, str, bool]]
    exempt_groups: list[tuple[str, str, bool]]
    """Slug and name of each card group, and whether its members pay no idle fee."""
    exempt_errors: list[str]
    taxes: list[Field]
    general: list[str]
    shadow: str
    """The name of an energy price that always applies and so hides those below it; may be empty."""


def build(form: RateForm, *, with_empty_row: bool, groups: Mapping[str, str]) -> Fields:
    """Builds the fields. `groups` are the names of the host's card groups, by slug."""
    energy = [*form.energy, *([WindowRow()] if with_empty_row else [])]
    places = ("", "energy", "idle", *rate_form.FEE_WINDOWS, "tax", "currency")
    return Fields(
        name=_field(form, "name", "Name", "As people know it; it is on receipts."),
        fees=[_field(form, *spec) for spec in _FEES],
        rarer_fees=[_field(form, *spec) for spec in _RARER_FEES],
        processing=[_field(form, *spec) for spec in _PROCESSING],
        time=[_field(form, *spec) for spec in _TIME],
        energy=[
            _energy_row(form, index, row, is_extra=bool(index) and index == len(form.energy))
            for index, row in enumerate(energy)
        ],
        idle=[_field(form, *spec) for spec in _IDLE],
        rarer_idle=[_field(form, *spec) for spec in _RARER_IDLE],
        is_idle_open=bool(form.exempt)
        or _says(form, *(name for name, _, _ in _RARER_IDLE), "idle.exempt", "idle.windows"),
        is_time_open=_says(form, "time.price", "time.cap", "time.windows"),
        is_session_open=_says(form, *(spec[0] for spec in (*_FEES, *_RARER_FEES, *_PROCESSING)), "connection_windows"),
        windows={
            re.split(r"[._]", path)[0]: _window_rows(form, path, with_empty_row=with_empty_row)
            for path in rate_form.FEE_WINDOWS
        },
        exempt=[(value, label, value in form.exempt) for value, label in _AUDIENCES],
        exempt_groups=_groups(form, groups),
        exempt_errors=_named(form.errors.get("idle.exempt_groups", ())),
        taxes=[_field(form, *spec) for spec in _TAXES],
        general=_named(message for path in places for message in form.errors.get(path, ())),
        shadow=_shadow(form),
    )


def _says(form: RateForm, *names: str) -> bool:
    """Whether any of the fields, or of those below them, has a value, hours, or an error."""
    stated = (name for name, text in form.values.items() if text)
    hours = (name for name, rows in form.windows.items() if rows)
    return any(path.startswith(names) for path in (*stated, *hours, *form.errors))


def _groups(form: RateForm, groups: Mapping[str, str]) -> list[tuple[str, str, bool]]:
    """Returns the groups, including those that the rate names but the host no longer has, so that they can be
    removed.
    """
    chosen = [part.strip() for part in form.values.get("idle.exempt_groups", "").split(",") if part.strip()]
    gone = {slug: f"{slug} (no such group any more)" for slug in chosen if slug not in groups}
    return [(slug, name, slug in chosen) for slug, name in (dict(groups) | gone).items()]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Returns the differences of two definitions with the form's labels: "Connection fee: 2.00 instead of 1.00"."""
    old, new = _flat(before), _flat(after)
    return [
        f"{_named_path(path)}: {new.get(path, 'nothing')} instead of {old.get(path, 'nothing')}"
        for path in [*old, *(path for path in new if path not in old)]
        if old.get(path) != new.get(path)
    ]


def _flat(value: Any, path: str = "") -> dict[str, str]:
    """Returns every single value by its path, such as `energy.0.price`; a list of words is one value."""
    if isinstance(value, Mapping):
        parts = [(str(key), child) for key, child in value.items()]
    elif isinstance(value, list) and any(isinstance(child, Mapping | list) for child in value):
        parts = [(str(index), child) for index, child in enumerate(value)]
    else:
        return {path: ", ".join(map(str, value)) if isinstance(value, list) else str(value)}
    return {key: text for name, child in parts for key, text in _flat(child, f"{path}.{name}".lstrip(".")).items()}


def _named_path(path: str) -> str:
    """Returns the label of a field, and of its energy price."""
    whole = {name: label for name, label, _ in (*_FEES, *_RARER_FEES, *_PROCESSING, *_TIME, *_TAXES)}
    words = path.split(".")
    label = whole.get(path) or _LABELS.get(words[-1], words[-1].replace("_", " "))
    if words[0] == "energy" and len(words) > 2:
        return f"Energy price {int(words[1]) + 1}, {label}"
    return f"Idle fee, {label}" if words[0] == "idle" else label


def _shadow(form: RateForm) -> str:
    for row in form.energy[:-1]:
        if not (row.start or row.end or row.days):
            return f"“{row.name}” holds at every time, so no price below it ever counts: put it last."
    return ""


def _field(form: RateForm, name: str, label: str, hint: str) -> Field:
    value, errors = form.values.get(name, ""), _named(form.errors.get(name, ()))
    return Field(name, label, hint, value, errors, choices=_CHOICES.get(name, ()))


def _named(messages: Iterable[str]) -> list[str]:
    """Returns errors of the price engine with the editor's labels instead of the definition's keys."""
    return [_as_in_the_form(message) for message in messages]


def _as_in_the_form(message: str) -> str:
    message = _CODE.sub(lambda match: f"“{_LABELS.get(match[1], match[1])}”", message)
    message = _MISSING.sub(lambda match: f"{_LABELS.get(match[1], match[1])} is missing.", message)
    message = _PLACE.sub(lambda match: f"energy price {int(match[1]) + 1}", message)
    return _EXAMPLE.sub(": give it a name and a price per kWh.", message)


def _energy_row(form: RateForm, index: int, row: WindowRow, *, is_extra: bool) -> RateFieldRow:
    path = f"energy.{index}"
    texts = (
        ("name", row.name),
        ("price", row.price),
        ("from", row.start),
        ("to", row.end),
    )
    rarer = [
        Field(f"{path}.{key}", _ROW_LABELS[key], hint, value, _named(form.errors.get(f"{path}.{key}", ())), type=kind)
        for key, hint, value, kind in (
            ("from_date", "Empty: always.", row.from_date, "date"),
            ("to_date", "Counted in.", row.to_date, "date"),
            ("from_kwh", "Empty: the first.", row.from_kwh, "text"),
            ("to_kwh", "Empty: to the end.", row.to_kwh, "text"),
        )
    ]
    return RateFieldRow(
        title=f"Energy price {index + 1}",
        fields=[
            Field(f"{path}.{key}", _ROW_LABELS[key], "", value, _named(form.errors.get(f"{path}.{key}", ())))
            for key, value in texts
        ],
        errors=_named([*form.errors.get(path, ()), *form.errors.get(f"{path}.days", ())]),
        rarer=tuple(rarer),
        is_open=row.is_rarer or any(field.errors for field in rarer),
        is_extra=is_extra,
        days_name=f"{path}.days",
        days=tuple((day, day in row.days) for day in DAY_NAMES),
    )


def _window_rows(form: RateForm, path: str, *, with_empty_row: bool) -> list[RateFieldRow]:
    rows = [*form.windows.get(path, ()), *([FeeWindow()] if with_empty_row else [])]
    return [_window_row(form, f"{path}.{index}", row, number=index + 1) for index, row in enumerate(rows)]


def _window_row(form: RateForm, path: str, row: FeeWindow, *, number: int) -> RateFieldRow:
    return RateFieldRow(
        title=f"Hours {number}",
        fields=[
            Field(f"{path}.{key}", _ROW_LABELS[key], "", value, _named(form.errors.get(f"{path}.{key}", ())))
            for key, value in (("from", row.start), ("to", row.end))
        ],
        errors=_named([*form.errors.get(path, ()), *form.errors.get(f"{path}.days", ())]),
        days_name=f"{path}.days",
        days=tuple((day, day in row.days) for day in DAY_NAMES),
    )
