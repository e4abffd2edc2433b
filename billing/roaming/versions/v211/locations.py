"""Converts a Location from 2.2.1 to OCPI 2.1.1 (8.3). Pure."""

from collections.abc import Mapping
from typing import Any, Final

Body = dict[str, Any]
_GONE: Final = frozenset(("country_code", "party_id", "publish", "publish_allowed_to", "state", "parking_type"))
_CAPABILITIES: Final = frozenset(
    ("CHARGING_PROFILE_CAPABLE", "CREDIT_CARD_PAYABLE", "REMOTE_START_STOP_CAPABLE", "RESERVABLE", "RFID_READER",
     "UNLOCK_CAPABLE")
)  # fmt: skip
_UNKNOWN_PREFIXES: Final = (
    "NEMA_",
    "CHAOJI",
    "PANTOGRAPH_",
    "GBT_",
    "MCS",
    "SAE_J3400",
    "DOMESTIC_M",
    "DOMESTIC_N",
    "DOMESTIC_O",
)


def location(body: Body) -> Body:
    """Returns the location without a party, with a type, and with the EVSEs whose plugs 2.1.1 has a name for."""
    common = {name: value for name, value in body.items() if name not in _GONE}
    return common | {
        "type": "UNKNOWN",
        "postal_code": body.get("postal_code", ""),
        "evses": [
            converted_evse for converted_evse in map(evse, body.get("evses", [])) if converted_evse["connectors"]
        ],
    }


def evse(body: Body) -> Body:
    return body | {
        "capabilities": [name for name in body.get("capabilities", []) if name in _CAPABILITIES],
        "connectors": [connector(plug) for plug in body["connectors"] if _is_named(plug["standard"])],
    }


def connector(body: Body) -> Body:
    """Returns the connector with at most one tariff: the first."""
    omitted_names = {"max_voltage", "max_amperage", "max_electric_power", "tariff_ids"}
    converted = {name: value for name, value in body.items() if name not in omitted_names}
    converted |= {"voltage": body["max_voltage"], "amperage": body["max_amperage"]}
    if body["power_type"].startswith("AC_2_PHASE"):
        converted["power_type"] = "AC_1_PHASE"
    tariff_ids = body.get("tariff_ids")
    return converted | ({"tariff_id": tariff_ids[0]} if tariff_ids else {})


def _is_named(standard: str) -> bool:
    return not standard.startswith(_UNKNOWN_PREFIXES)


def embed_location(published: Mapping[str, Any] | None, use: Mapping[str, Any]) -> Body:
    """Returns the Location with the one used EVSE and connector, as Sessions and CDRs contain it."""
    if published is None:
        return {}
    evses = [evse_body for evse_body in published["evses"] if evse_body["uid"] == use["evse_uid"]]
    used = [
        evse_body
        | {
            "connectors": [plug for plug in evse_body["connectors"] if plug["id"] == use["connector_id"]]
            or evse_body["connectors"][:1]
        }
        for evse_body in evses
    ]
    return location(dict(published) | {"evses": used})
