"""The objects of OCPI as the tables of each version define them, as far as the docket reads them. Pure.

A field is a type and a cardinality (1, ?, *, +): `ci36 1` is a CiString of at most 36 characters, `=A|B 1` a closed
enumeration, `~A|B 1` one that may grow, `Token 1` another object.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

Form = dict[str, str]
_CARD_TYPES: Final = "AD_HOC_USER|APP_USER|OTHER|RFID"
_DAY: Final = "=MONDAY|TUESDAY|WEDNESDAY|THURSDAY|FRIDAY|SATURDAY|SUNDAY"
_AUTH_METHODS: Final = "=AUTH_REQUEST|COMMAND|WHITELIST"
_TOTALS: Final = ("total_fixed_cost", "total_energy_cost", "total_time_cost", "total_parking_cost",
                  "total_reservation_cost")  # fmt: skip

_V221: Final[dict[str, Form]] = {
    "Version": {"version": "text 1", "url": "url 1"},
    "VersionDetails": {"version": "text 1", "endpoints": "Endpoint +"},
    "Endpoint": {"identifier": "text 1", "role": "=SENDER|RECEIVER 1", "url": "url 1"},
    "Credentials": {"token": "s64 1", "url": "url 1", "roles": "CredentialsRole +"},
    "CredentialsRole": {
        "role": "=CPO|EMSP|HUB|NAP|NSP|OTHER|SCSP 1", "business_details": "BusinessDetails 1", "party_id": "ci3 1",
        "country_code": "ci2 1",
    },
    "BusinessDetails": {"name": "s100 1", "website": "url ?", "logo": "object ?"},
    "DisplayText": {"language": "s2 1", "text": "s512 1"},
    "Token": {
        "country_code": "ci2 1", "party_id": "ci3 1", "uid": "ci36 1", "type": f"={_CARD_TYPES} 1",
        "contract_id": "ci36 1", "visual_number": "s64 ?", "issuer": "s64 1", "group_id": "ci36 ?", "valid": "bool 1",
        "whitelist": "=ALWAYS|ALLOWED|ALLOWED_OFFLINE|NEVER 1", "language": "s2 ?",
        "default_profile_type": "=CHEAP|FAST|GREEN|REGULAR ?", "energy_contract": "object ?", "last_updated": "time 1",
    },
    "AuthorizationInfo": {
        "allowed": "=ALLOWED|BLOCKED|EXPIRED|NO_CREDIT|NOT_ALLOWED 1", "token": "Token 1",
        "location": "LocationReferences ?", "authorization_reference": "ci36 ?", "info": "DisplayText ?",
    },
    "LocationReferences": {"location_id": "ci36 1", "evse_uids": "ci36 *"},
    "CancelReservation": {"response_url": "url 1", "reservation_id": "ci36 1"},
    "ReserveNow": {
        "response_url": "url 1", "token": "Token 1", "expiry_date": "time 1", "reservation_id": "ci36 1",
        "location_id": "ci36 1", "evse_uid": "ci36 ?", "authorization_reference": "ci36 ?",
    },
    "StartSession": {
        "response_url": "url 1", "token": "Token 1", "location_id": "ci36 1", "evse_uid": "ci36 ?",
        "connector_id": "ci36 ?", "authorization_reference": "ci36 ?",
    },
    "StopSession": {"response_url": "url 1", "session_id": "ci36 1"},
    "UnlockConnector": {"response_url": "url 1", "location_id": "ci36 1", "evse_uid": "ci36 1",
                        "connector_id": "ci36 1"},
    "CommandResponse": {"result": "=NOT_SUPPORTED|REJECTED|ACCEPTED|UNKNOWN_SESSION 1", "timeout": "int 1",
                        "message": "DisplayText *"},
    "CommandResult": {
        "result": "=ACCEPTED|CANCELED_RESERVATION|EVSE_OCCUPIED|EVSE_INOPERATIVE|FAILED|NOT_SUPPORTED|REJECTED|TIMEOUT"
                  "|UNKNOWN_RESERVATION 1",
        "message": "DisplayText *",
    },
    "Location": {
        "country_code": "ci2 1", "party_id": "ci3 1", "id": "ci36 1", "publish": "bool 1", "name": "s255 ?",
        "address": "s45 1", "city": "s45 1", "postal_code": "s10 ?", "state": "s20 ?", "country": "s3 1",
        "coordinates": "GeoLocation 1", "evses": "EVSE *", "time_zone": "s255 1", "charging_when_closed": "bool ?",
        "last_updated": "time 1",
    },
    "GeoLocation": {"latitude": "degrees 1", "longitude": "degrees 1"},
    "EVSE": {
        "uid": "ci36 1", "evse_id": "ci48 ?",
        "status": "=AVAILABLE|BLOCKED|CHARGING|INOPERATIVE|OUTOFORDER|PLANNED|REMOVED|RESERVED|UNKNOWN 1",
        "connectors": "Connector +", "coordinates": "GeoLocation ?", "last_updated": "time 1",
    },
    "Connector": {
        "id": "ci36 1", "standard": "text 1", "format": "=SOCKET|CABLE 1", "power_type": "text 1",
        "max_voltage": "int 1", "max_amperage": "int 1", "max_electric_power": "int ?", "tariff_ids": "ci36 *",
        "last_updated": "time 1",
    },
    "Tariff": {
        "country_code": "ci2 1", "party_id": "ci3 1", "id": "ci36 1", "currency": "s3 1",
        "type": "=AD_HOC_PAYMENT|PROFILE_CHEAP|PROFILE_FAST|PROFILE_GREEN|REGULAR ?",
        "tariff_alt_text": "DisplayText *", "min_price": "Price ?", "max_price": "Price ?",
        "elements": "TariffElement +", "start_date_time": "time ?", "end_date_time": "time ?", "last_updated": "time 1",
    },
    "TariffElement": {"price_components": "PriceComponent +", "restrictions": "TariffRestrictions ?"},
    "PriceComponent": {"type": "=ENERGY|FLAT|PARKING_TIME|TIME 1", "price": "number 1", "step_size": "int 1"},
    "TariffRestrictions": {"min_kwh": "number ?", "max_kwh": "number ?", "min_duration": "int ?",
                           "max_duration": "int ?", "day_of_week": f"{_DAY} *"},
    "Price": {"excl_vat": "number 1", "incl_vat": "number ?"},
    "Session": {
        "country_code": "ci2 1", "party_id": "ci3 1", "id": "ci36 1", "start_date_time": "time 1",
        "end_date_time": "time ?", "kwh": "number 1", "cdr_token": "CdrToken 1", "auth_method": f"{_AUTH_METHODS} 1",
        "authorization_reference": "ci36 ?", "location_id": "ci36 1", "evse_uid": "ci36 1", "connector_id": "ci36 1",
        "currency": "s3 1", "charging_periods": "ChargingPeriod *", "total_cost": "Price ?",
        "status": "=ACTIVE|COMPLETED|INVALID|PENDING|RESERVATION 1", "last_updated": "time 1",
    },
    "CdrToken": {"country_code": "ci2 1", "party_id": "ci3 1", "uid": "ci36 1", "type": f"={_CARD_TYPES} 1",
                 "contract_id": "ci36 1"},
    "ChargingPeriod": {"start_date_time": "time 1", "dimensions": "CdrDimension +", "tariff_id": "ci36 ?"},
    "CdrDimension": {
        "type": "=CURRENT|ENERGY|ENERGY_EXPORT|ENERGY_IMPORT|MAX_CURRENT|MIN_CURRENT|MAX_POWER|MIN_POWER|PARKING_TIME"
                "|POWER|RESERVATION_TIME|STATE_OF_CHARGE|TIME 1",
        "volume": "number 1",
    },
    "CdrLocation": {
        "id": "ci36 1", "address": "s45 1", "city": "s45 1", "country": "s3 1", "coordinates": "GeoLocation 1",
        "evse_uid": "ci36 1", "evse_id": "ci48 1", "connector_id": "ci36 1", "connector_standard": "text 1",
        "connector_format": "=SOCKET|CABLE 1", "connector_power_type": "text 1",
    },
    "CDR": {
        "country_code": "ci2 1", "party_id": "ci3 1", "id": "text 1", "start_date_time": "time 1",
        "end_date_time": "time 1", "session_id": "ci36 ?", "cdr_token": "CdrToken 1",
        "auth_method": f"{_AUTH_METHODS} 1", "authorization_reference": "ci36 ?",
        "cdr_location": "CdrLocation 1", "currency": "s3 1", "tariffs": "Tariff *",
        "charging_periods": "ChargingPeriod +", "total_cost": "Price 1", **dict.fromkeys(_TOTALS, "Price ?"),
        "total_energy": "number 1", "total_time": "number 1", "total_parking_time": "number ?", "remark": "s255 ?",
        "credit": "bool ?", "last_updated": "time 1",
    },
}  # fmt: skip
_OWNER: Final = ("country_code", "party_id")


def _omit(form: Form, *names: str) -> Form:
    return {name: stated for name, stated in form.items() if name not in names}


_V211: Final[dict[str, Form]] = _V221 | {
    "Endpoint": {"identifier": "text 1", "url": "url 1"},
    "Credentials": {"token": "s64 1", "url": "url 1", "business_details": "BusinessDetails 1", "party_id": "s3 1",
                    "country_code": "s2 1"},
    "Token": _omit(_V221["Token"], *_OWNER, "contract_id", "group_id", "default_profile_type", "energy_contract")
    | {"uid": "s36 1", "type": "=OTHER|RFID 1", "auth_id": "s36 1"},
    "AuthorizationInfo": {"allowed": _V221["AuthorizationInfo"]["allowed"], "location": "LocationReferences ?",
                          "info": "DisplayText ?"},
    "LocationReferences": {"location_id": "s39 1", "evse_uids": "text *", "connector_ids": "text *"},
    "ReserveNow": {"response_url": "url 1", "token": "Token 1", "expiry_date": "time 1", "reservation_id": "int 1",
                   "location_id": "s39 1", "evse_uid": "s39 ?"},
    "StartSession": {"response_url": "url 1", "token": "Token 1", "location_id": "s39 1", "evse_uid": "s39 ?"},
    "StopSession": {"response_url": "url 1", "session_id": "s36 1"},
    "UnlockConnector": {"response_url": "url 1", "location_id": "s39 1", "evse_uid": "s39 1", "connector_id": "s36 1"},
    "CommandResponse": {"result": "=NOT_SUPPORTED|REJECTED|ACCEPTED|TIMEOUT|UNKNOWN_SESSION 1"},
    "CommandResult": {"result": "=NOT_SUPPORTED|REJECTED|ACCEPTED|TIMEOUT|UNKNOWN_SESSION 1"},
    "Location": {"id": "s39 1", "type": "text 1", "name": "s255 ?", "address": "s45 1", "city": "s45 1",
                 "postal_code": "s10 1", "country": "s3 1", "coordinates": "GeoLocation 1", "evses": "EVSE *",
                 "last_updated": "time 1"},
    "EVSE": _V221["EVSE"] | {"uid": "s39 1", "evse_id": "s48 ?"},
    "Connector": {"id": "s36 1", "standard": "text 1", "format": "=SOCKET|CABLE 1", "power_type": "text 1",
                  "voltage": "int 1", "amperage": "int 1", "tariff_id": "s36 ?", "last_updated": "time 1"},
    "Tariff": {"id": "s36 1", "currency": "s3 1", "tariff_alt_text": "DisplayText *", "elements": "TariffElement +",
               "last_updated": "time 1"},
    "Session": {
        "id": "s36 1", "start_datetime": "time 1", "end_datetime": "time ?", "kwh": "number 1", "auth_id": "s36 1",
        "auth_method": "=AUTH_REQUEST|WHITELIST 1", "location": "Location 1", "currency": "s3 1",
        "charging_periods": "ChargingPeriod *", "total_cost": "number ?",
        "status": "=ACTIVE|COMPLETED|INVALID|PENDING 1", "last_updated": "time 1",
    },
    "ChargingPeriod": _omit(_V221["ChargingPeriod"], "tariff_id"),
    "CdrDimension": {"type": "=ENERGY|FLAT|MAX_CURRENT|MIN_CURRENT|PARKING_TIME|TIME 1", "volume": "number 1"},
    "CDR": {
        "id": "text 1", "start_date_time": "time 1", "stop_date_time": "time 1", "auth_id": "s36 1",
        "auth_method": "=AUTH_REQUEST|WHITELIST 1", "location": "Location 1", "currency": "s3 1", "tariffs": "Tariff *",
        "charging_periods": "ChargingPeriod +", "total_cost": "number 1", "total_energy": "number 1",
        "total_time": "number 1", "total_parking_time": "number ?", "remark": "s255 ?", "last_updated": "time 1",
    },
}  # fmt: skip
_V230: Final[dict[str, Form]] = _V221 | {
    "CredentialsRole": _V221["CredentialsRole"] | {"role": "~CPO|EMSP|NAP|NSP|OTHER|PTP|SCSP 1"},
    "Token": _V221["Token"] | {"type": f"~{_CARD_TYPES}|EMAID 1"},
    "CdrToken": _V221["CdrToken"] | {"type": f"~{_CARD_TYPES}|EMAID 1"},
    "Price": {"before_taxes": "number 1", "taxes": "TaxAmount *"},
    "TaxAmount": {"name": "text 1", "percentage": "number ?", "amount": "number 1"},
    "PriceLimit": {"before_taxes": "number 1", "after_taxes": "number ?"},
    "Tariff": _V221["Tariff"] | {"min_price": "PriceLimit ?", "max_price": "PriceLimit ?",
                                 "tax_included": "=YES|NO|N/A 1"},
}  # fmt: skip
BY_VERSION: Final = {"2.1.1": _V211, "2.2.1": _V221, "2.3.0": _V230}
_DEGREES: Final = re.compile(r"-?\d{1,3}\.\d{5,7}")
_SIZED: Final = re.compile(r"(?:ci|s)(\d+)")
_MOST_MEMBERS: Final = 1000


class DefectKind(StrEnum):
    """What is wrong with a field."""

    MISSING = "field_missing"
    TYPE = "field_type"
    VALUE = "value_unknown"
    CASE = "value_case"
    LENGTH = "text_too_long"


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """A field that is not as its table says. `owner` is the innermost object, such as Token."""

    kind: DefectKind
    owner: str
    path: str
    name: str
    value: Any = None
    most: int = 0


def examine(name: str, value: Any, *, version: str, path: str = "$", is_patch: bool = False) -> Iterator[Defect]:
    """Yields the defects of an object; of a PATCH missing fields are none. Nothing for a version without tables."""
    forms = BY_VERSION.get(version)
    if forms is not None:
        yield from _examine_object(name, value, forms, path, parent=name, is_patch=is_patch)


def list_times(name: str, value: Any, *, version: str, path: str = "$") -> Iterator[tuple[str, Any]]:
    """Yields every time in the object, with its path."""
    forms = BY_VERSION.get(version, {})
    if not isinstance(value, Mapping):
        return
    for field_name, stated in forms.get(name, {}).items():
        kind = stated.rsplit(" ", 1)[0]
        content = value.get(field_name)
        where = f"{path}.{field_name}"
        if kind == "time" and content is not None:
            yield where, content
        elif kind in forms:
            members = content if isinstance(content, list) else [content]
            for index, member in enumerate(members[:_MOST_MEMBERS]):
                yield from list_times(
                    kind, member, version=version, path=f"{where}[{index}]" if isinstance(content, list) else where
                )


def _examine_object(
    name: str, value: Any, forms: Mapping[str, Form], path: str, *, parent: str, is_patch: bool = False
) -> Iterator[Defect]:
    """Yields the defects of an object. That it is none is a defect of its parent."""
    if not isinstance(value, Mapping):
        yield Defect(kind=DefectKind.TYPE, owner=parent, path=path, name="", value=value)
        return
    for field_name, stated in forms[name].items():
        kind, cardinality = stated.rsplit(" ", 1)
        where, content = f"{path}.{field_name}", value.get(field_name)
        if content is None:
            if cardinality in "1+" and not is_patch:
                yield Defect(kind=DefectKind.MISSING, owner=name, path=where, name=field_name)
        elif cardinality in "*+":
            yield from _examine_list(name, field_name, kind, content, forms, where, is_required=cardinality == "+")
        else:
            yield from _examine_value(name, field_name, kind, content, forms, where)


def _examine_list(
    owner: str, name: str, kind: str, content: Any, forms: Mapping[str, Form], path: str, *, is_required: bool
) -> Iterator[Defect]:
    if not isinstance(content, list):
        yield Defect(kind=DefectKind.TYPE, owner=owner, path=path, name=name, value=content)
        return
    if is_required and not content:
        yield Defect(kind=DefectKind.MISSING, owner=owner, path=path, name=name, value=content)
    for index, member in enumerate(content[:_MOST_MEMBERS]):
        yield from _examine_value(owner, name, kind, member, forms, f"{path}[{index}]")


def _examine_value(
    owner: str, name: str, kind: str, content: Any, forms: Mapping[str, Form], path: str
) -> Iterator[Defect]:
    if kind in forms:
        yield from _examine_object(kind, content, forms, path, parent=owner)
        return
    defect, most = _find_defect(kind, content)
    if defect is not None:
        yield Defect(kind=defect, owner=owner, path=path, name=name, value=content, most=most)


def _find_defect(kind: str, content: Any) -> tuple[DefectKind | None, int]:
    """Returns what is wrong with a plain value, and the most characters that it may have."""
    if kind.startswith(("=", "~")):
        return _find_enum_defect(content, kind[1:].split("|"), is_open=kind.startswith("~")), 0
    match kind:
        case "object":
            is_right = isinstance(content, Mapping)
        case "bool":
            is_right = isinstance(content, bool)
        case "int":
            is_right = type(content) is int
        case "number":
            is_right = type(content) in (int, Decimal)
        case "degrees":
            is_right = isinstance(content, str) and _DEGREES.fullmatch(content) is not None
        case "url":
            is_right = isinstance(content, str) and content.startswith(("http://", "https://"))
        case _:
            is_right = isinstance(content, str)
    sized = _SIZED.fullmatch(kind)
    if is_right and sized is not None and len(content) > int(sized[1]):
        return DefectKind.LENGTH, int(sized[1])
    return (None if is_right else DefectKind.TYPE), 0


def _find_enum_defect(content: Any, values: list[str], *, is_open: bool) -> DefectKind | None:
    if not isinstance(content, str):
        return DefectKind.TYPE
    if content in values:
        return None
    if content.upper() in values:
        return DefectKind.CASE
    return None if is_open else DefectKind.VALUE
