"""Converts a CDR from 2.2.1 to OCPI 2.1.1 (10.3). Pure."""

from collections.abc import Mapping
from typing import Any

from billing.roaming.versions.v211 import locations, sessions

Body = dict[str, Any]


def cdr(body: Body, location: Mapping[str, Any] | None) -> Body:
    """Returns the CDR. 2.1.1 has no credits, so a credit names the CDR that it credits in its remark."""
    cdr_body: Body = {
        "id": body["id"][:36] if not body.get("credit") else f"C-{body['id']}"[:36],
        "start_date_time": body["start_date_time"],
        "stop_date_time": body["end_date_time"],
        "auth_id": body["cdr_token"]["contract_id"],
        "auth_method": sessions.auth_method(body["auth_method"]),
        "location": locations.embed_location(location, body["cdr_location"]),
        "currency": body["currency"],
        "charging_periods": sessions.periods(body["charging_periods"]),
        "total_cost": body["total_cost"]["excl_vat"],
        "total_energy": body["total_energy"],
        "total_time": body["total_time"],
        "total_parking_time": body["total_parking_time"],
        "last_updated": body["last_updated"],
    }
    if body.get("tariffs"):
        cdr_body["tariffs"] = body["tariffs"]
    remark = f"Credit of CDR {body['credit_reference_id']}." if body.get("credit") else body.get("remark", "")
    return cdr_body | ({"remark": remark} if remark else {})
