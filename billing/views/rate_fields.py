"""The rate editor as its template shows it: each field with its label, its text and its complaints."""

from dataclasses import dataclass
from typing import Final

from billing.rate_form import RateForm, WindowRow
from billing.rating.wall_clock import DAY_NAMES

_FEES: Final = (
    ("connection_fee", "Connection fee", "Once per session. Empty: none."),
    ("processing_fee", "Processing fee", "Once per session. Empty: none."),
    ("min_billable_wh", "Billed from (Wh)", "Less energy than this costs nothing. Empty: 100 Wh."),
)
_IDLE: Final = (
    ("idle.per_min", "Price per minute", "Empty: no idle fee."),
    ("idle.grace_min", "Free minutes first", "After charging ends."),
    ("idle.cap", "At most", "For one session. Empty: no limit."),
)
_TAXES: Final = (
    ("tax.rates.energy", "On energy (%)", ""),
    ("tax.rates.connection", "On the connection fee (%)", ""),
    ("tax.rates.idle", "On the idle fee (%)", ""),
    ("tax.rates.processing", "On the processing fee (%)", ""),
)


@dataclass(frozen=True, slots=True)
class Field:
    """One text field."""

    name: str
    label: str
    hint: str
    value: str
    errors: list[str]


@dataclass(frozen=True, slots=True)
class Row:
    """An energy price, or a free window (which has no days)."""

    title: str
    fields: list[Field]
    errors: list[str]
    days_name: str = ""
    days: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Fields:
    """All of the editor; an empty row stands last where one may be added."""

    name: Field
    fees: list[Field]
    energy: list[Row]
    idle: list[Field]
    free: list[Row]
    taxes: list[Field]
    general: list[str]
    shadow: str
    """Of an energy price that always holds and so hides the ones below it; empty: none does."""


def of(form: RateForm, *, with_empty_row: bool) -> Fields:
    energy = [*form.energy, *([WindowRow()] if with_empty_row else [])]
    free = [*form.free, *([("", "")] if with_empty_row else [])]
    places = ("", "energy", "idle", "idle.free_windows", "tax", "currency")
    return Fields(
        name=_field(form, "name", "Name", "As people know it; it is on receipts."),
        fees=[_field(form, *one) for one in _FEES],
        energy=[_energy_row(form, index, row) for index, row in enumerate(energy)],
        idle=[_field(form, *one) for one in _IDLE],
        free=[_free_row(form, index, ends) for index, ends in enumerate(free)],
        taxes=[_field(form, *one) for one in _TAXES],
        general=[message for place in places for message in form.errors.get(place, ())],
        shadow=_shadow(form),
    )


def _shadow(form: RateForm) -> str:
    for row in form.energy[:-1]:
        if not (row.start or row.end or row.days):
            return f"“{row.name}” holds at every time, so no price below it ever counts: put it last."
    return ""


def _field(form: RateForm, name: str, label: str, hint: str) -> Field:
    return Field(name, label, hint, form.values.get(name, ""), form.errors.get(name, []))


def _energy_row(form: RateForm, index: int, row: WindowRow) -> Row:
    path = f"energy.{index}"
    texts = (
        ("name", "Name", row.name),
        ("price", "Price per kWh", row.price),
        ("from", "From", row.start),
        ("to", "To", row.end),
    )
    return Row(
        title=f"Energy price {index + 1}",
        fields=[
            Field(f"{path}.{key}", label, "", value, form.errors.get(f"{path}.{key}", []))
            for key, label, value in texts
        ],
        errors=[*form.errors.get(path, ()), *form.errors.get(f"{path}.days", ())],
        days_name=f"{path}.days",
        days=tuple((day, day in row.days) for day in DAY_NAMES),
    )


def _free_row(form: RateForm, index: int, ends: tuple[str, str]) -> Row:
    path = f"idle.free_windows.{index}"
    labels = ("Free from", "Free to")
    return Row(
        title=f"Free time {index + 1}",
        fields=[
            Field(f"{path}.{end}", label, "", ends[end], form.errors.get(f"{path}.{end}", []))
            for end, label in enumerate(labels)
        ],
        errors=form.errors.get(path, []),
    )
