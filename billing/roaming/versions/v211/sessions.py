"""Converts a Session from 2.2.1 to OCPI 2.1.1 (9.3). Pure."""

from collections.abc import Mapping
from typing import Any, Final

from billing.roaming.versions.v211 import locations

Body = dict[str, Any]
_DIMENSIONS: Final = frozenset(("ENERGY", "FLAT", "MAX_CURRENT", "MIN_CURRENT", "PARKING_TIME", "TIME"))


def session(body: Body, location: Mapping[str, Any] | None) -> Body:
    session_body: Body = {
        "id": body["id"],
        "start_datetime": body["start_date_time"],
        "kwh": body["kwh"],
        "auth_id": body["cdr_token"]["contract_id"],
        "auth_method": auth_method(body["auth_method"]),
        "location": locations.embed_location(location, body),
        "currency": body["currency"],
        "charging_periods": periods(body["charging_periods"]),
        "status": body["status"],
        "last_updated": body["last_updated"],
    }
    if "end_date_time" in body:
        session_body["end_datetime"] = body["end_date_time"]
    if "total_cost" in body:
        session_body["total_cost"] = body["total_cost"]["excl_vat"]
    return session_body


def auth_method(method: str) -> str:
    """Returns the method. 2.1.1 has no COMMAND, so a partner's own command counts as its authorization."""
    return "AUTH_REQUEST" if method == "COMMAND" else method


def periods(stored_periods: list[Body]) -> list[Body]:
    return [
        {
            "start_date_time": usage_period["start_date_time"],
            "dimensions": [used for used in usage_period["dimensions"] if used["type"] in _DIMENSIONS],
        }
        for usage_period in stored_periods
    ]
