"""Examines locations, tariffs, sessions and CDRs, whoever states them: a partner's copy, or ours."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from authorization.roaming.transport import times
from billing.roaming.docket.facts import Facts, Side
from billing.roaming.docket.findings import objects
from billing.roaming.docket.findings.deviation import Deviation, build

_OLD: Final = "2.1.1"
_NAMES: Final = {"locations": "Location", "tariffs": "Tariff", "sessions": "Session", "cdrs": "CDR"}
_PARTS: Final = ("total_fixed_cost", "total_energy_cost", "total_time_cost", "total_parking_cost",
                 "total_reservation_cost")  # fmt: skip
_WHOLE: Final = _PARTS[:4]
"""The parts without which a total may contain more than its parts."""
_ID: Final = 36
_CREDIT_ID: Final = 39
_CENTS: Final = Decimal("0.02")
"""Each amount is rounded by itself."""
_TIME: Final = Decimal("0.01")
_MAX_OBJECTS: Final = 1000
_PREFERENCES: Final = "charging_preferences"


def examine(facts: Facts) -> Iterator[Deviation]:
    name = _NAMES.get(facts.module)
    if name is None:
        return
    if facts.is_incoming and facts.method != "GET":
        if not (facts.module == "sessions" and facts.parts[-1:] == [_PREFERENCES]):
            yield build(f"{facts.module}.method", Side.PARTNER, "method", facts.method)
        return
    if facts.is_incoming and facts.module == "locations":
        yield from _examine_address(facts)
    for author, path, value in list_objects(facts):
        yield from _examine_object(name, value, facts, author=author, path=path)
    if facts.module == "cdrs" and facts.method == "POST" and not facts.is_incoming and facts.is_success:
        yield from _examine_cdr_answer(facts)


def list_objects(facts: Facts) -> Iterator[tuple[Side, str, Mapping[str, Any]]]:
    """Yields every whole object of the exchange with its author and its path: what is pushed, and what GET returns."""
    if not facts.is_incoming and facts.method in {"PUT", "POST"} and isinstance(facts.request.value, Mapping):
        yield facts.requester, "$", facts.request.value
    if facts.method != "GET" or facts.data is None:
        return
    members: Sequence[Any] = facts.data if isinstance(facts.data, list) else [facts.data]
    for index, member in enumerate(members[:_MAX_OBJECTS]):
        if isinstance(member, Mapping):
            yield facts.answerer, f"$.data[{index}]" if isinstance(facts.data, list) else "$.data", member


def _examine_address(facts: Facts) -> Iterator[Deviation]:
    if len(facts.parts) >= 3 and "-".join(facts.parts[:2]).upper() in facts.our_parties and facts.http_status == 404:
        yield build("locations.receiver_address", Side.PARTNER, "address", "/".join(facts.parts))


def _examine_object(
    name: str, value: Mapping[str, Any], facts: Facts, *, author: Side, path: str
) -> Iterator[Deviation]:
    """Examines one object. One in the form of another version deviates in that alone."""
    if name == "Location":
        name = _name_part(value)
    if code := _find_form(name, value, facts.version):
        field_name = _find_form_field(name, value)
        yield build(code, author, f"{path}.{field_name}", value.get(field_name))
        return
    prices, rest = _split_prices(name, value, facts.version)
    for field_name, code in prices.items():
        yield build(code, author, f"{path}.{field_name}", value[field_name])
    skipped = set()
    if facts.version == "2.3.0" and name == "Tariff" and not value.get("tax_included"):
        skipped.add(f"{path}.tax_included")
        yield build("tariffs.tax_included_missing", author, f"{path}.tax_included")
    for deviation in objects.examine(facts.module, name, rest, author=author, version=facts.version, path=path):
        if deviation.path not in skipped and deviation.path.removeprefix(f"{path}.") not in prices:
            yield deviation
    if name == "CDR":
        yield from _examine_cdr(value, facts.version, author=author, path=path)
    elif name == "Session":
        yield from _examine_session(value, author=author, path=path)


def _name_part(value: Mapping[str, Any]) -> str:
    """Returns what of a Location it is: the whole, or a part of it."""
    if "uid" in value:
        return "EVSE"
    return "Connector" if "standard" in value else "Location"


_OLD_FIELDS: Final = {"CDR": ("stop_date_time", "auth_id"), "Session": ("start_datetime", "end_datetime", "auth_id")}
_NEW_FIELDS: Final = {"CDR": ("cdr_token", "end_date_time"), "Session": ("cdr_token", "start_date_time")}


def _find_form(name: str, value: Mapping[str, Any], version: str) -> str:
    """Returns the code of a Session or CDR that is in the form of another version."""
    if name not in _OLD_FIELDS or not version:
        return ""
    prefix = "cdrs" if name == "CDR" else "sessions"
    is_old = any(field_name in value for field_name in _OLD_FIELDS[name])
    is_new = "cdr_token" in value
    total = value.get("total_cost")
    if version == _OLD:
        return f"{prefix}.form_of_2_2" if is_new or isinstance(total, Mapping) else ""
    is_bare = total is not None and not isinstance(total, Mapping)
    return f"{prefix}.form_of_2_1_1" if (is_old and not is_new) or is_bare else ""


def _find_form_field(name: str, value: Mapping[str, Any]) -> str:
    fields = (*_OLD_FIELDS[name], *_NEW_FIELDS[name])
    if not isinstance(value.get("total_cost"), Mapping) and "cdr_token" in value:
        return "total_cost"
    return next((field_name for field_name in fields if field_name in value), "total_cost")


def _split_prices(name: str, value: Mapping[str, Any], version: str) -> tuple[dict[str, str], Mapping[str, Any]]:
    """Returns the Prices in the form of another version with their codes."""
    if name not in {"CDR", "Session"} or version not in {"2.2.1", "2.3.0"}:
        return {}, value
    code = "prices.form_of_2_2" if version == "2.3.0" else "prices.form_of_2_3"
    expected, other = ("before_taxes", "excl_vat") if version == "2.3.0" else ("excl_vat", "before_taxes")
    prices = {
        field_name: code
        for field_name in ("total_cost", *_PARTS)
        if isinstance(value.get(field_name), Mapping)
        and other in value[field_name]
        and expected not in value[field_name]
    }
    return prices, {key: member for key, member in value.items() if key not in prices}


def _examine_cdr(value: Mapping[str, Any], version: str, *, author: Side, path: str) -> Iterator[Deviation]:
    is_credit = value.get("credit") is True
    most = _CREDIT_ID if is_credit and version != _OLD else _ID
    if isinstance(value.get("id"), str) and len(value["id"]) > most:
        yield Deviation("cdrs.id_too_long", author, f"{path}.id", f"{len(value['id'])} characters, at most {most}")
    total = _read_amount(value.get("total_cost"))
    if is_credit and total is not None and total > 0:
        yield build("cdrs.credit_total_positive", author, f"{path}.total_cost", value["total_cost"])
    if is_credit and not value.get("credit_reference_id"):
        yield build("cdrs.credit_reference_missing", author, f"{path}.credit_reference_id")
    energy = value.get("total_energy")
    if _is_negative(energy) and not _feeds_back(value.get("charging_periods")):
        yield build("cdrs.energy_negative", author, f"{path}.total_energy", energy)
    end = "stop_date_time" if version == _OLD else "end_date_time"
    yield from _examine_span("cdrs", value, "start_date_time", end, author=author, path=path)
    parking, whole = _read_amount(value.get("total_parking_time")), _read_amount(value.get("total_time"))
    if parking is not None and whole is not None and parking > whole + _TIME:
        yield build("cdrs.parking_over_total", author, f"{path}.total_parking_time", parking)
    if total is not None:
        yield from _examine_sum(value, total, author=author, path=path)


def _examine_sum(value: Mapping[str, Any], total: Decimal, *, author: Side, path: str) -> Iterator[Deviation]:
    """Compares the total with its parts. A limit of the tariff, or a remark, explains a difference."""
    parts = {name: _read_amount(value.get(name)) for name in _PARTS}
    stated = {name: amount for name, amount in parts.items() if amount is not None}
    if not stated or value.get("remark") or _has_limit(value.get("tariffs")):
        return
    amount = abs(sum(stated.values(), start=Decimal(0)))
    is_over = amount > abs(total) + _CENTS
    is_under = amount < abs(total) - _CENTS and all(name in stated for name in _WHOLE)
    if is_over or is_under:
        yield Deviation("cdrs.total_not_sum", author, f"{path}.total_cost", f"{total}, and its parts {amount}")


def _examine_session(value: Mapping[str, Any], *, author: Side, path: str) -> Iterator[Deviation]:
    if _is_negative(value.get("kwh")):
        yield build("sessions.energy_negative", author, f"{path}.kwh", value["kwh"])
    for start, end in (("start_date_time", "end_date_time"), ("start_datetime", "end_datetime")):
        yield from _examine_span("sessions", value, start, end, author=author, path=path)


def _examine_span(
    prefix: str, value: Mapping[str, Any], start: str, end: str, *, author: Side, path: str
) -> Iterator[Deviation]:
    try:
        is_reversed = times.read(value.get(end)) < times.read(value.get(start))
    except times.TimeError:
        return
    if is_reversed:
        yield build(f"{prefix}.end_before_start", author, f"{path}.{end}", value[end])


def _examine_cdr_answer(facts: Facts) -> Iterator[Deviation]:
    if facts.answer_headers is not None and not facts.answer_headers.get("location"):
        yield build("cdrs.location_header_missing", facts.answerer, "header Location")
    if facts.http_status == 200:
        yield build("cdrs.created_with_200", facts.answerer, "HTTP status", 200)


def _read_amount(price: Any) -> Decimal | None:
    """Returns a number, or an amount without tax of any version."""
    if isinstance(price, Mapping):
        price = price.get("excl_vat", price.get("before_taxes"))
    return Decimal(price) if _is_number(price) else None


def _has_limit(tariffs: Any) -> bool:
    members = tariffs if isinstance(tariffs, list) else []
    read = (tariff for tariff in members if isinstance(tariff, Mapping))
    return any(tariff.get("min_price") or tariff.get("max_price") for tariff in read)


def _feeds_back(periods: Any) -> bool:
    """Whether a period says that more went to the grid than came from it."""
    return any(
        isinstance(dimension, Mapping) and dimension.get("type") == "ENERGY" and _is_negative(dimension.get("volume"))
        for period in (periods if isinstance(periods, list) else [])
        if isinstance(period, Mapping) and isinstance(period.get("dimensions"), list)
        for dimension in period["dimensions"]
    )


def _is_number(value: Any) -> bool:
    return type(value) in (int, Decimal)


def _is_negative(value: Any) -> bool:
    return _is_number(value) and value < 0
