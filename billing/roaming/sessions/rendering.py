"""A stored Session in each version (OCPI 2.2.1 9.3, 2.1.1 9.3, 2.3.0 9.3). Pure."""

from collections.abc import Mapping
from typing import Any, Final

from billing.roaming.locations import v211 as locations_v211
from billing.roaming.partners.versions import Version
from billing.roaming.publication import bodies

Body = dict[str, Any]
_OLD_DIMENSIONS: Final = frozenset(("ENERGY", "FLAT", "MAX_CURRENT", "MIN_CURRENT", "PARKING_TIME", "TIME"))


def session(body: Body, *, version: Version, location: Mapping[str, Any] | None = None) -> Body:
    """`location` is the published one, as 2.2.1 has it: 2.1.1 embeds it, with the one EVSE and connector."""
    match version:
        case Version.V221:
            return dict(bodies.public(body))
        case Version.V211:
            return _v211(bodies.public(body), location=location)
        case Version.V230:
            made: Body = bodies.public(body)
            return made | ({"total_cost": price_230(body["total_cost"])} if "total_cost" in body else {})


def price_230(price: Mapping[str, Any]) -> Body:
    """Taxes one by one."""
    taxes = price.get("_taxes")
    return {"before_taxes": price["excl_vat"]} | ({"taxes": taxes} if taxes else {})


def periods_211(periods: list[Body]) -> list[Body]:
    return [
        {
            "start_date_time": each["start_date_time"],
            "dimensions": [used for used in each["dimensions"] if used["type"] in _OLD_DIMENSIONS],
        }
        for each in periods
    ]


def embedded(location: Mapping[str, Any] | None, body: Mapping[str, Any]) -> Body:
    """The Location with the one EVSE and connector that were used."""
    if location is None:
        return {}
    evses = [each for each in location["evses"] if each["uid"] == body["evse_uid"]]
    used = [
        each
        | {
            "connectors": [plug for plug in each["connectors"] if plug["id"] == body["connector_id"]]
            or each["connectors"][:1]
        }
        for each in evses
    ]
    return locations_v211.location(bodies.public(dict(location) | {"evses": used}))


def auth_method_211(method: str) -> str:
    """2.1.1 has no COMMAND: the partner was asked, in that it ordered the start."""
    return "AUTH_REQUEST" if method == "COMMAND" else method


def _v211(body: Body, *, location: Mapping[str, Any] | None) -> Body:
    made: Body = {
        "id": body["id"],
        "start_datetime": body["start_date_time"],
        "kwh": body["kwh"],
        "auth_id": body["cdr_token"]["contract_id"],
        "auth_method": auth_method_211(body["auth_method"]),
        "location": embedded(location, body),
        "currency": body["currency"],
        "charging_periods": periods_211(body["charging_periods"]),
        "status": body["status"],
        "last_updated": body["last_updated"],
    }
    if "end_date_time" in body:
        made["end_datetime"] = body["end_date_time"]
    if "total_cost" in body:
        made["total_cost"] = body["total_cost"]["excl_vat"]
    return made
