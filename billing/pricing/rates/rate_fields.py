"""The fields of the rate editor's template: each with its label, hint, value and errors."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from billing.engine.rate.calendar import DAY_NAMES
from billing.pricing.rates import rate_form
from billing.pricing.rates.rate_form import FeeWindow, RateForm, WindowRow

_FEES: Final = (("connection_fee", "Connection fee", "Once per session. Leave empty for none."),)
_ADVANCED_FEES: Final = (
    (
        "connection_restart_min",
        "Charge once within (minutes)",
        "A driver who starts again within this time pays it once. Default: 30.",
    ),
    ("min_billable_wh", "Smallest billable energy (Wh)", "A session that uses less is free. Default: 100 Wh."),
    ("min_total", "Minimum per session", "Applies to the total of all lines. Leave empty for none."),
    ("max_total", "Maximum per session", "Applies to the total of all lines. Leave empty for none."),
)
_PROCESSING: Final = (
    ("processing_fee", "Processing fee", "Once per session. Leave empty for none."),
    ("processing_pct", "Processing fee (%)", "Percentage of all other lines. Leave empty for none."),
    ("processing_paid_by", "Paid by", "If the host pays, it is not on the guest's receipt."),
)
_TIME: Final = (
    ("time.price", "Price for charging time", "Only while energy flows. Leave empty for none."),
    ("time.per", "Per", ""),
    ("time.count", "An incomplete last minute", ""),
    ("time.cap", "Maximum per session", "Leave empty for no limit."),
)
_IDLE: Final = (
    ("idle.per_min", "Price per minute", "Leave empty for no idle fee."),
    ("idle.grace_min", "Grace period (minutes)", "After charging ends."),
    ("idle.cap", "Maximum per session", "Leave empty for no limit."),
)
_ADVANCED_IDLE: Final = (
    ("idle.count", "An incomplete last minute", ""),
    (
        "idle.only_after_notice",
        "Time before the driver was notified",
        "By mail, or on the session's page if it was open.",
    ),
)
_TAXES: Final = (
    ("tax.rates.energy", "On energy (%)", ""),
    ("tax.rates.time", "On charging time (%)", ""),
    ("tax.rates.idle", "On the idle fee (%)", ""),
    ("tax.rates.connection", "On the connection fee (%)", ""),
    ("tax.rates.processing", "On the processing fee (%)", ""),
)
ADVANCED: Final = tuple(name for name, _, _ in _ADVANCED_FEES)
PROCESSING: Final = tuple(name for name, _, _ in _PROCESSING)
_LAST_MINUTE: Final = (("", "is not billed"), ("started", "is billed in full"))
_CHOICES: Final = {
    "processing_paid_by": (("", "the guest"), ("host", "the host")),
    "time.per": (("hour", "hour"), ("minute", "minute")),
    "time.count": _LAST_MINUTE,
    "idle.count": _LAST_MINUTE,
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
    "days": "Days",
}
_LABELS: Final = _ROW_LABELS | {
    name.rpartition(".")[2]: label
    for name, label, _ in (*_FEES, *_ADVANCED_FEES, *_PROCESSING, *_IDLE, *_ADVANCED_IDLE)
    if not name.endswith(".count")  # its label, "An incomplete last minute", is not a field's name
}
# Parts of the price engine's error messages that the editor words differently.
_KEY: Final = re.compile(r"`(\w+)`")
_MISSING: Final = re.compile(r"(\w+) is missing\.")
_ENERGY_INDEX: Final = re.compile(r"\benergy\[(\d+)\]")
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
    """One row of the editor: an energy price, or a time window in which a fee applies."""

    title: str
    fields: list[Field]
    errors: list[str]
    days_name: str = ""
    days: tuple[tuple[str, bool], ...] = ()
    advanced: tuple[Field, ...] = ()
    is_advanced_expanded: bool = False
    """Whether an advanced field has a value or an error."""
    is_extra: bool = False
    """Whether it is the empty row at the end of several."""

    @property
    def name_and_price(self) -> list[Field]:
        """Returns the first two fields of an energy price."""
        return self.fields[:2]

    @property
    def times(self) -> list[Field]:
        return self.fields[2:]

    @property
    def is_timed(self) -> bool:
        """Whether the hours or days of an energy price have a value or an error."""
        return any(field.value or field.errors for field in self.times) or any(is_on for _, is_on in self.days)


@dataclass(frozen=True, slots=True)
class Fields:
    """All fields of the editor. Each list of rows ends with an empty one if rows may be added."""

    name: Field
    fees: list[Field]
    advanced_fees: list[Field]
    processing: list[Field]
    time: list[Field]
    energy: list[RateFieldRow]
    idle: list[Field]
    advanced_idle: list[Field]
    is_idle_expanded: bool
    is_time_expanded: bool
    is_session_expanded: bool
    windows: dict[str, list[RateFieldRow]]
    """Windows by fee: `connection`, `time` and `idle`."""
    exempt: list[tuple[str, str, bool]]
    """Value and label of each audience, and whether it pays no idle fee."""
    exempt_groups: list[tuple[str, str, bool]]
    """Slug and name of each card group, and whether its members pay no idle fee."""
    exempt_errors: list[str]
    taxes: list[Field]
    general: list[str]
    unused_prices: str
    """A warning that an energy price always applies, so that those below it are never used; may be empty."""


def build(form: RateForm, *, with_empty_row: bool, groups: Mapping[str, str]) -> Fields:
    """Builds the fields. `groups` are the names of the host's card groups, by slug."""
    energy = [*form.energy, *([WindowRow()] if with_empty_row else [])]
    general_paths = ("", "energy", "idle", *rate_form.FEE_WINDOWS, "tax", "currency")
    return Fields(
        name=_field(form, "name", "Name", "Shown to drivers and on receipts."),
        fees=[_field(form, *spec) for spec in _FEES],
        advanced_fees=[_field(form, *spec) for spec in _ADVANCED_FEES],
        processing=[_field(form, *spec) for spec in _PROCESSING],
        time=[_field(form, *spec) for spec in _TIME],
        energy=[
            _energy_row(form, index, row, is_extra=bool(index) and index == len(form.energy))
            for index, row in enumerate(energy)
        ],
        idle=[_field(form, *spec) for spec in _IDLE],
        advanced_idle=[_field(form, *spec) for spec in _ADVANCED_IDLE],
        is_idle_expanded=bool(form.exempt)
        or _has_content(form, *(name for name, _, _ in _ADVANCED_IDLE), "idle.exempt", "idle.windows"),
        is_time_expanded=_has_content(form, "time.price", "time.cap", "time.windows"),
        is_session_expanded=_has_content(
            form, *(spec[0] for spec in (*_FEES, *_ADVANCED_FEES, *_PROCESSING)), "connection_windows"
        ),
        windows={
            re.split(r"[._]", path)[0]: _window_rows(form, path, with_empty_row=with_empty_row)
            for path in rate_form.FEE_WINDOWS
        },
        exempt=[(value, label, value in form.exempt) for value, label in _AUDIENCES],
        exempt_groups=_groups(form, groups),
        exempt_errors=_label_messages(form.errors.get("idle.exempt_groups", ())),
        taxes=[_field(form, *spec) for spec in _TAXES],
        general=_label_messages(message for path in general_paths for message in form.errors.get(path, ())),
        unused_prices=_unused_prices(form),
    )


def _has_content(form: RateForm, *names: str) -> bool:
    """Whether any field whose path starts with one of the names has a value, a time window or an error."""
    filled = (name for name, text in form.values.items() if text)
    windowed = (name for name, rows in form.windows.items() if rows)
    return any(path.startswith(names) for path in (*filled, *windowed, *form.errors))


def _groups(form: RateForm, groups: Mapping[str, str]) -> list[tuple[str, str, bool]]:
    """Returns the groups, including those that the rate names but the host no longer has, so that they can be
    removed.
    """
    chosen_slugs = [part.strip() for part in form.values.get("idle.exempt_groups", "").split(",") if part.strip()]
    deleted_groups = {slug: f"{slug} (deleted group)" for slug in chosen_slugs if slug not in groups}
    return [(slug, name, slug in chosen_slugs) for slug, name in (dict(groups) | deleted_groups).items()]


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Returns what differs between two definitions, such as "Connection fee: 2.00 instead of 1.00"."""
    old, new = _flatten_values(before), _flatten_values(after)
    return [
        f"{_path_label(path)}: {new.get(path, 'nothing')} instead of {old.get(path, 'nothing')}"
        for path in [*old, *(path for path in new if path not in old)]
        if old.get(path) != new.get(path)
    ]


def _flatten_values(value: Any, path: str = "") -> dict[str, str]:
    """Returns each value by its path, such as `energy.0.price`; a list without nested values counts as one value."""
    if isinstance(value, Mapping):
        parts = [(str(key), child) for key, child in value.items()]
    elif isinstance(value, list) and any(isinstance(child, Mapping | list) for child in value):
        parts = [(str(index), child) for index, child in enumerate(value)]
    else:
        return {path: ", ".join(map(str, value)) if isinstance(value, list) else str(value)}
    return {
        key: text for name, child in parts for key, text in _flatten_values(child, f"{path}.{name}".lstrip(".")).items()
    }


def _path_label(path: str) -> str:
    """Returns the field's label, after “Energy price N” or “Idle fee” where it belongs to one."""
    labels = {name: label for name, label, _ in (*_FEES, *_ADVANCED_FEES, *_PROCESSING, *_TIME, *_TAXES)}
    parts = path.split(".")
    label = labels.get(path) or _LABELS.get(parts[-1], parts[-1].replace("_", " "))
    if parts[0] == "energy" and len(parts) > 2:
        return f"Energy price {int(parts[1]) + 1}, {label}"
    return f"Idle fee, {label}" if parts[0] == "idle" else label


def _unused_prices(form: RateForm) -> str:
    for row in form.energy[:-1]:
        if not (row.start or row.end or row.days or row.uses_advanced):
            return f"“{row.name}” applies at all times, so the prices below it are never used: move it to the end."
    return ""


def _field(form: RateForm, name: str, label: str, hint: str) -> Field:
    value, errors = form.values.get(name, ""), _label_messages(form.errors.get(name, ()))
    return Field(name, label, hint, value, errors, choices=_CHOICES.get(name, ()))


def _label_messages(messages: Iterable[str]) -> list[str]:
    """Returns errors of the price engine with the editor's labels instead of the definition's keys."""
    return [_insert_labels(message) for message in messages]


def _insert_labels(message: str) -> str:
    message = _KEY.sub(lambda match: f"“{_LABELS.get(match[1], match[1])}”", message)
    message = _MISSING.sub(lambda match: f"{_LABELS.get(match[1], match[1])} is missing.", message)
    message = _ENERGY_INDEX.sub(lambda match: f"energy price {int(match[1]) + 1}", message)
    return _EXAMPLE.sub(": give it a name and a price per kWh.", message)


def _energy_row(form: RateForm, index: int, row: WindowRow, *, is_extra: bool) -> RateFieldRow:
    path = f"energy.{index}"
    texts = (
        ("name", row.name),
        ("price", row.price),
        ("from", row.start),
        ("to", row.end),
    )
    advanced = [
        Field(
            f"{path}.{key}",
            _ROW_LABELS[key],
            hint,
            value,
            _label_messages(form.errors.get(f"{path}.{key}", ())),
            type=kind,
        )
        for key, hint, value, kind in (
            ("from_date", "Leave empty for always.", row.from_date, "date"),
            ("to_date", "Included.", row.to_date, "date"),
            ("from_kwh", "Leave empty to start at 0 kWh.", row.from_kwh, "text"),
            ("to_kwh", "Leave empty for no upper limit.", row.to_kwh, "text"),
        )
    ]
    return RateFieldRow(
        title=f"Energy price {index + 1}",
        fields=[
            Field(f"{path}.{key}", _ROW_LABELS[key], "", value, _label_messages(form.errors.get(f"{path}.{key}", ())))
            for key, value in texts
        ],
        errors=_label_messages([*form.errors.get(path, ()), *form.errors.get(f"{path}.days", ())]),
        advanced=tuple(advanced),
        is_advanced_expanded=row.uses_advanced or any(field.errors for field in advanced),
        is_extra=is_extra,
        days_name=f"{path}.days",
        days=tuple((day, day in row.days) for day in DAY_NAMES),
    )


def _window_rows(form: RateForm, path: str, *, with_empty_row: bool) -> list[RateFieldRow]:
    rows = [*form.windows.get(path, ()), *([FeeWindow()] if with_empty_row else [])]
    return [_window_row(form, f"{path}.{index}", row, number=index + 1) for index, row in enumerate(rows)]


def _window_row(form: RateForm, path: str, row: FeeWindow, *, number: int) -> RateFieldRow:
    return RateFieldRow(
        title=f"Time window {number}",
        fields=[
            Field(f"{path}.{key}", _ROW_LABELS[key], "", value, _label_messages(form.errors.get(f"{path}.{key}", ())))
            for key, value in (("from", row.start), ("to", row.end))
        ],
        errors=_label_messages([*form.errors.get(path, ()), *form.errors.get(f"{path}.days", ())]),
        days_name=f"{path}.days",
        days=tuple((day, day in row.days) for day in DAY_NAMES),
    )
