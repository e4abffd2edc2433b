"""A CDR in OCPI 2.2.1 (10.3), and its credit. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from authorization.roaming.transport import times
from authorization.roaming.transport.routing import Party
from billing.roaming.sessions import stored_form as sessions
from billing.roaming.sessions.stored_form import Cost, Period, TokenFacts

Body = dict[str, Any]
_MAX_REMARK: Final = 255
_PLACES: Final = Decimal("0.0001")
_COSTS: Final = ("total_cost", "total_fixed_cost", "total_energy_cost", "total_time_cost", "total_parking_cost")
CREDIT_SUFFIX: Final = "-C"
"""For an id of 36 characters, a credit's id may have up to 39."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the price: `net` and `gross` in major units, exact."""

    net: Decimal
    gross: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CdrFacts:
    """The contents of a CDR. `location` is the published one; `tariffs` are those of the session's start."""

    id: str
    session_id: str
    party: Party
    started_at: datetime
    ended_at: datetime
    token: TokenFacts
    auth_method: str
    authorization_reference: str
    location: Mapping[str, Any]
    evse_uid: str
    connector_id: str
    currency: str
    tariffs: Sequence[Mapping[str, Any]]
    periods: Sequence[Period]
    cost: Cost
    parts: Mapping[str, Part]
    energy_wh: int
    idle_s: int
    remark: str = ""


def cdr(facts: CdrFacts) -> Body:
    """Returns the CDR without last_updated, which publication adds."""
    optional: Body = {}
    if facts.authorization_reference:
        optional["authorization_reference"] = facts.authorization_reference
    if facts.remark:
        optional["remark"] = facts.remark[:_MAX_REMARK]
    if facts.tariffs:
        optional["tariffs"] = [dict(item) for item in facts.tariffs]
    for name, part in facts.parts.items():
        optional[name] = _price(part, is_taxed=facts.cost.tax_is_stated)
    duration_s = sessions.seconds(facts.ended_at - facts.started_at)
    return {
        "country_code": facts.party.country_code,
        "party_id": facts.party.party_id,
        "id": facts.id,
        "start_date_time": times.text(facts.started_at),
        "end_date_time": times.text(facts.ended_at),
        "session_id": facts.session_id,
        "cdr_token": sessions.cdr_token(facts.token),
        "auth_method": facts.auth_method,
        "cdr_location": cdr_location(facts),
        "currency": facts.currency,
        "charging_periods": [sessions.period(item) for item in facts.periods],
        "total_cost": sessions.price(facts.cost),
        "total_energy": sessions.kwh(facts.energy_wh),
        "total_time": sessions.hours(duration_s),
        "total_parking_time": sessions.hours(facts.idle_s),
        **optional,
    }


def cdr_location(facts: CdrFacts) -> Body:
    """Returns the location with the one outlet that was used (10.4.3)."""
    location = facts.location
    evse = next(candidate for candidate in location["evses"] if candidate["uid"] == facts.evse_uid)
    connectors = evse["connectors"]
    plug = next((candidate for candidate in connectors if candidate["id"] == facts.connector_id), connectors[0])
    common = {
        name: location[name]
        for name in ("id", "name", "address", "city", "postal_code", "country", "coordinates")
        if name in location
    }
    return common | {
        "evse_uid": evse["uid"],
        "evse_id": evse["evse_id"],
        "connector_id": plug["id"],
        "connector_standard": plug["standard"],
        "connector_format": plug["format"],
        "connector_power_type": plug["power_type"],
    }


def credit(body: Body) -> Body:
    """Returns the credit of a CDR: a new id and a negative total cost; all else is unchanged (10.1.3)."""
    credit_body = {name: value for name, value in body.items() if name not in {"last_updated", "remark"}}
    return credit_body | {
        "id": f"{body['id']}{CREDIT_SUFFIX}",
        "credit": True,
        "credit_reference_id": body["id"],
        "total_cost": negate_price(body["total_cost"]),
    }


def negating_all(body: Body) -> Body:
    """Returns a credit for partners that want every amount to be negative."""
    return body | {name: negate_price(body[name]) for name in _COSTS[1:] if name in body}


def negate_price(price: Mapping[str, Any]) -> Body:
    negated = {name: -value for name, value in price.items() if name in {"excl_vat", "incl_vat"}}
    if "_taxes" in price:
        negated["_taxes"] = [tax | {"amount": -tax["amount"]} for tax in price["_taxes"]]
    return negated


def _price(part: Part, *, is_taxed: bool) -> Body:
    body = {"excl_vat": _number(part.net)}
    return body | ({"incl_vat": _number(part.gross)} if is_taxed else {})


def _number(value: Decimal) -> float | int:
    rounded = value.quantize(_PLACES, rounding=ROUND_HALF_UP)
    return int(rounded) if rounded == rounded.to_integral_value() else float(rounded)
