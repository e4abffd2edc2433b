"""A session as an OCPI 2.2.1 Session (9.3), and the common part with its CDR. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from authorization.roaming.transport import times
from authorization.roaming.transport.routing import Party

Body = dict[str, Any]
_WH: Final = 1000
_HOUR_S: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFacts:
    """The driver's token in the provider's form (10.4.4 CdrToken)."""

    party: Party
    uid: str
    type: str
    contract_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Usage from a moment on: energy in Wh, seconds of charging, seconds without."""

    start: datetime
    energy_wh: int = 0
    charging_s: int = 0
    parking_s: int = 0
    tariff_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """An amount in minor units, and the decimals of its currency."""

    net_minor: int
    total_minor: int
    digits: int
    tax_is_stated: bool
    taxes: tuple[tuple[Decimal, int], ...] = ()
    """Percentage and amount of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """`status`: ACTIVE, COMPLETED, INVALID or PENDING."""

    id: str
    party: Party
    started_at: datetime
    ended_at: datetime | None
    energy_wh: int
    token: TokenFacts
    auth_method: str
    authorization_reference: str
    location_id: str
    evse_uid: str
    connector_id: str
    currency: str
    periods: Sequence[Period]
    cost: Cost | None
    status: str


def session(facts: SessionFacts) -> Body:
    """Returns the Session without last_updated, which publication adds."""
    optional: Body = {}
    if facts.ended_at is not None:
        optional["end_date_time"] = times.text(facts.ended_at)
    if facts.authorization_reference:
        optional["authorization_reference"] = facts.authorization_reference
    if facts.cost is not None:
        optional["total_cost"] = price(facts.cost)
    return {
        "country_code": facts.party.country_code,
        "party_id": facts.party.party_id,
        "id": facts.id,
        "start_date_time": times.text(facts.started_at),
        "kwh": kwh(facts.energy_wh),
        "cdr_token": cdr_token(facts.token),
        "auth_method": facts.auth_method,
        "location_id": facts.location_id,
        "evse_uid": facts.evse_uid,
        "connector_id": facts.connector_id,
        "currency": facts.currency,
        "charging_periods": [period(usage_period) for usage_period in facts.periods],
        "status": facts.status,
        **optional,
    }


def cdr_token(token: TokenFacts) -> Body:
    return {
        "country_code": token.party.country_code,
        "party_id": token.party.party_id,
        "uid": token.uid,
        "type": token.type,
        "contract_id": token.contract_id,
    }


def period(used: Period) -> Body:
    """Returns the period's volumes in kWh and hours; without any, at least its duration."""
    dimensions: list[Body] = []
    if used.energy_wh:
        dimensions.append({"type": "ENERGY", "volume": kwh(used.energy_wh)})
    if used.charging_s or not (used.energy_wh or used.parking_s):
        dimensions.append({"type": "TIME", "volume": hours(used.charging_s)})
    if used.parking_s:
        dimensions.append({"type": "PARKING_TIME", "volume": hours(used.parking_s)})
    tariff = {"tariff_id": used.tariff_id} if used.tariff_id else {}
    return {"start_date_time": times.text(used.start), "dimensions": dimensions, **tariff}


def price(cost: Cost) -> Body:
    """Returns the Price (16.5), with tax only if the rate states any. `_taxes` holds what 2.3.0 lists."""
    body: Body = {"excl_vat": major(cost.net_minor, digits=cost.digits)}
    if cost.tax_is_stated:
        body["incl_vat"] = major(cost.total_minor, digits=cost.digits)
        body["_taxes"] = [
            {"name": "VAT", "percentage": float(percentage), "amount": major(amount, digits=cost.digits)}
            for percentage, amount in cost.taxes
        ]
    return body


def major(minor: int, *, digits: int) -> float | int:
    """Returns the amount as a JSON number. The shortest intended decimal survives any storage in between."""
    value = Decimal(minor).scaleb(-digits)
    return int(value) if value == value.to_integral_value() else float(value)


def kwh(energy_wh: int) -> float | int:
    return major(energy_wh, digits=3)


def hours(seconds: int) -> float:
    """Returns hours with six decimals: a second is 0.000278 h, and four decimals would be a third of a second off."""
    return round(seconds / _HOUR_S, 6)


def seconds(duration: timedelta) -> int:
    return round(duration.total_seconds())
