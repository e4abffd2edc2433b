"""A stored CDR in each version (OCPI 2.2.1 10.3, 2.1.1 10.3, 2.3.0 10.3). Pure."""

from collections.abc import Mapping
from typing import Any, Final

from billing.roaming.cdrs import v221
from billing.roaming.partners.versions import Version
from billing.roaming.publication import bodies
from billing.roaming.sessions import rendering as sessions_rendering
from billing.roaming.tariffs import rendering as tariffs_rendering

Body = dict[str, Any]
_COSTS: Final = ("total_cost", "total_fixed_cost", "total_energy_cost", "total_time_cost", "total_parking_cost")


def cdr(
    body: Body,
    *,
    version: Version,
    location: Mapping[str, Any] | None = None,
    negates_all: bool = False,
    names_end: bool = False,
) -> Body:
    """`location` is the published one, which 2.1.1 embeds; `negates_all`: every amount of a credit is negative;
    `names_end`: 2.1.1 also has the field of later versions."""
    whole = v221.negating_all(body) if negates_all and body.get("credit") else body
    tariffs = [tariffs_rendering.tariff(each, version=version) for each in whole.get("tariffs", [])]
    with_tariffs = whole | ({"tariffs": tariffs} if tariffs else {})
    match version:
        case Version.V221:
            return dict(bodies.public(with_tariffs))
        case Version.V211:
            made = _v211(bodies.public(with_tariffs), location=location)
            return made | ({"end_date_time": body["end_date_time"]} if names_end else {})
        case Version.V230:
            costs = {name: sessions_rendering.price_230(whole[name]) for name in _COSTS if name in whole}
            return {**bodies.public(with_tariffs), **costs}


def _v211(body: Body, *, location: Mapping[str, Any] | None) -> Body:
    """A credit, which 2.1.1 does not know, says in its remark what it credits."""
    place_of_use = {"evse_uid": body["cdr_location"]["evse_uid"], "connector_id": body["cdr_location"]["connector_id"]}
    made: Body = {
        "id": body["id"][:36] if not body.get("credit") else f"C-{body['id']}"[:36],
        "start_date_time": body["start_date_time"],
        "stop_date_time": body["end_date_time"],
        "auth_id": body["cdr_token"]["contract_id"],
        "auth_method": sessions_rendering.auth_method_211(body["auth_method"]),
        "location": sessions_rendering.embedded(location, place_of_use),
        "currency": body["currency"],
        "charging_periods": sessions_rendering.periods_211(body["charging_periods"]),
        "total_cost": body["total_cost"]["excl_vat"],
        "total_energy": body["total_energy"],
        "total_time": body["total_time"],
        "total_parking_time": body["total_parking_time"],
        "last_updated": body["last_updated"],
    }
    if body.get("tariffs"):
        made["tariffs"] = body["tariffs"]
    remark = f"Credit of CDR {body['credit_reference_id']}." if body.get("credit") else body.get("remark", "")
    return made | ({"remark": remark} if remark else {})
