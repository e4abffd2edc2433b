"""Describes a rate for hosts: every part as the definition states it, before any tax that is added."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from billing.engine.rate.calendar import DAY_NAMES
from billing.engine.rate.tariff import TAXED
from billing.formatting.money import digits, price, rate_digits

_WORKDAYS: Final = DAY_NAMES[:5]
_WEEKEND: Final = DAY_NAMES[5:]
_NAMES: Final = {
    "energy": "energy", "time": "charging time", "idle": "the idle fee", "connection": "the connection fee",
    "processing": "processing",
}  # fmt: skip
_AUDIENCES: Final = {
    "guest": "guests", "member": "members", "roaming": "roaming drivers", "reimbursement": "reimbursed drivers",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a rate: its name, and one or several sentences."""

    name: str
    texts: tuple[str, ...]


def describe(definition: Mapping[str, Any], *, currency: str) -> tuple[Component, ...]:
    """Returns every part of the rate; energy and tax always."""
    parts = (
        Component("Energy", tuple(_energy(definition, currency))),
        Component("Charging time", tuple(_time(definition.get("time"), currency))),
        Component("Connection", tuple(_connection(definition, currency))),
        Component("Idle", tuple(_idle(definition.get("idle"), currency))),
        Component("Processing", tuple(_processing(definition, currency))),
        Component("A session costs", tuple(_bounds(definition, currency))),
        Component("Tax", (_tax(definition.get("tax")),)),
    )
    return tuple(part for part in parts if part.texts)


def _energy(definition: Mapping[str, Any], currency: str) -> Iterator[str]:
    for band in definition["energy"]:
        narrowed = ", ".join(part for part in (hours(band), _dates(band), _tier(band)) if part)
        qualifier = f" {narrowed}" if narrowed else (f" {band['name']}" if len(definition["energy"]) > 1 else "")
        yield f"{price(str(band['price']), currency)} per kWh{qualifier}"


def _time(time: Mapping[str, Any] | None, currency: str) -> Iterator[str]:
    if not time:
        return
    unit = "hour" if time.get("per_hour") is not None else "minute"
    unit_price = price(str(time.get("per_hour") or time.get("per_min") or 0), currency)
    yield f"{unit_price} per {unit}{_describe_cap(time, currency)}{_describe_windows(time.get('windows'))}"


def _connection(definition: Mapping[str, Any], currency: str) -> Iterator[str]:
    if _is_set(definition.get("connection_fee")):
        fee = price(str(definition["connection_fee"]), currency)
        window_min = definition.get("connection_restart_min")
        once_note = f", once within {window_min} min" if window_min is not None else ""
        yield f"{fee} per session{once_note}{_describe_windows(definition.get('connection_windows'))}"


def _idle(idle: Mapping[str, Any] | None, currency: str) -> Iterator[str]:
    if not idle or not _is_set(idle.get("per_min")):
        return
    after = f" after {idle['grace_min']} min" if idle.get("grace_min") else ""
    notice = ", only after a notice" if idle.get("only_after_notice") else ""
    free = ", ".join(f"{begin}–{end}" for begin, end in idle.get("free_windows") or ())
    yield (
        f"{price(str(idle['per_min']), currency)} per minute{after}{_describe_cap(idle, currency)}{notice}"
        f"{_describe_windows(idle.get('windows'))}{f'; free {free}' if free else ''}"
    )
    exempt = [_AUDIENCES[audience] for audience in idle.get("exempt_audiences") or ()]
    exempt += [f"group {group}" for group in idle.get("exempt_groups") or ()]
    if exempt:
        yield f"not for {', '.join(exempt)}"


def _processing(definition: Mapping[str, Any], currency: str) -> Iterator[str]:
    parts = []
    if _is_set(definition.get("processing_fee")):
        parts.append(price(str(definition["processing_fee"]), currency))
    if _is_set(definition.get("processing_pct")):
        parts.append(f"{rate_digits(str(definition['processing_pct']))} %")
    if parts:
        yield " and ".join(parts) + (", paid by the host" if definition.get("processing_paid_by") == "host" else "")


def _bounds(definition: Mapping[str, Any], currency: str) -> Iterator[str]:
    for key, words in (("min_total", "at least"), ("max_total", "at most")):
        if _is_set(definition.get(key)):
            yield f"{words} {price(str(definition[key]), currency)}"
    if definition.get("min_billable_wh"):
        yield f"nothing below {definition['min_billable_wh']} Wh"


def _tax(tax: Mapping[str, Any] | None) -> str:
    if not tax:
        return "none stated"
    tax_mode = "included" if tax["mode"] == "inclusive" else "added"
    if tax.get("of"):
        return f"the property's, {tax_mode}"
    by_part = {part: rate_digits(str(tax["rates"][part])) for part in TAXED if tax["rates"].get(part) is not None}
    percentages = list(dict.fromkeys(by_part.values()))
    if len(percentages) == 1 and len(by_part) == len(TAXED):
        return f"{percentages[0]} %, {tax_mode}"
    groups = [
        f"{percentage} % on {', '.join(_NAMES[part] for part in by_part if by_part[part] == percentage)}"
        for percentage in percentages
    ]
    return f"{'; '.join(groups)}; {tax_mode}" if groups else "none stated"


def hours(window: Mapping[str, Any]) -> str:
    """Returns days and times, such as "Mon–Fri 08:00–18:00"; empty: always."""
    times = f"{window.get('from') or '00:00'}–{window.get('to') or '24:00'}"
    has_times = window.get("from") or window.get("to")
    return " ".join(part for part in (_days(window.get("days")), times if has_times else "") if part)


def _days(days: list[str] | None) -> str:
    if not days:
        return ""
    ordered_days = tuple(day for day in DAY_NAMES if day in days)
    if ordered_days in {_WORKDAYS, _WEEKEND}:
        return f"{ordered_days[0].title()}–{ordered_days[-1].title()}"
    return ", ".join(day.title() for day in ordered_days)


def _describe_windows(windows: list[Mapping[str, Any]] | None) -> str:
    return f", {' and '.join(hours(window) for window in windows)} only" if windows else ""


def _describe_cap(fee: Mapping[str, Any], currency: str) -> str:
    return f", at most {price(str(fee['cap']), currency)}" if fee.get("cap") else ""


def _dates(band: Mapping[str, Any]) -> str:
    begin, end = (_day(band.get(key)) for key in ("from_date", "to_date"))
    if begin and end:
        return f"{begin} to {end}"
    return f"from {begin}" if begin else f"until {end}" if end else ""


def _day(text: str | None) -> str:
    return f"{date.fromisoformat(text):%-d %b %Y}" if text else ""


def _tier(band: Mapping[str, Any]) -> str:
    begin, end = (digits(str(band[key])) if band.get(key) else "" for key in ("from_kwh", "to_kwh"))
    if begin and begin != "0":
        return f"from {begin} to {end} kWh" if end else f"above {begin} kWh"
    return f"for the first {end} kWh" if end else ""


def _is_set(amount: object) -> bool:
    return bool(amount) and bool(Decimal(str(amount)))
