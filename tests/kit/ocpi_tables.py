# ruff: noqa: E501
"""The objects of OCPI as its tables define them, by version; `check` reports every deviation.

A field is "type cardinality": `ci36 1`, `DateTime ?`, `EVSE *`, `Connector +`. Written from the specification,
independent of the product's code, which it checks.
"""

import re
from collections.abc import Mapping
from typing import Any

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z?")
_LATITUDE = re.compile(r"-?[0-9]{1,2}\.[0-9]{5,7}")
_LONGITUDE = re.compile(r"-?[0-9]{1,3}\.[0-9]{5,7}")
_STANDARDS = (
    "CHADEMO|CHAOJI|DOMESTIC_A|DOMESTIC_B|DOMESTIC_C|DOMESTIC_D|DOMESTIC_E|DOMESTIC_F|DOMESTIC_G|DOMESTIC_H|DOMESTIC_I"
    "|DOMESTIC_J|DOMESTIC_K|DOMESTIC_L|GBT_AC|GBT_DC|IEC_60309_2_single_16|IEC_60309_2_three_16|IEC_60309_2_three_32"
    "|IEC_60309_2_three_64|IEC_62196_T1|IEC_62196_T1_COMBO|IEC_62196_T2|IEC_62196_T2_COMBO|IEC_62196_T3A|IEC_62196_T3C"
    "|NEMA_5_20|NEMA_6_30|NEMA_6_50|NEMA_10_30|NEMA_10_50|NEMA_14_30|NEMA_14_50|PANTOGRAPH_BOTTOM_UP"
    "|PANTOGRAPH_TOP_DOWN|TESLA_R|TESLA_S"
)
_OLD_STANDARDS = "|".join(
    name for name in _STANDARDS.split("|") if not name.startswith(("CHAOJI", "NEMA", "PANTOGRAPH", "GBT", "DOMESTIC_M"))
)
_STATUS = "=AVAILABLE|BLOCKED|CHARGING|INOPERATIVE|OUTOFORDER|PLANNED|REMOVED|RESERVED|UNKNOWN"
_CAPABILITIES = (
    "CHARGING_PROFILE_CAPABLE|CHARGING_PREFERENCES_CAPABLE|CHIP_CARD_SUPPORT|CONTACTLESS_CARD_SUPPORT"
    "|CREDIT_CARD_PAYABLE|DEBIT_CARD_PAYABLE|PED_TERMINAL|REMOTE_START_STOP_CAPABLE|RESERVABLE|RFID_READER"
    "|START_SESSION_CONNECTOR_REQUIRED|TOKEN_GROUP_CAPABLE|UNLOCK_CAPABLE"
)
_DIMENSIONS = (
    "CURRENT|ENERGY|ENERGY_EXPORT|ENERGY_IMPORT|MAX_CURRENT|MIN_CURRENT|MAX_POWER|MIN_POWER|PARKING_TIME|POWER"
    "|RESERVATION_TIME|STATE_OF_CHARGE|TIME"
)
_DAYS = "=MONDAY|TUESDAY|WEDNESDAY|THURSDAY|FRIDAY|SATURDAY|SUNDAY"
_POWER = "AC_1_PHASE|AC_2_PHASE|AC_2_PHASE_SPLIT|AC_3_PHASE|DC"

V221: dict[str, dict[str, str]] = {
    "Credentials": {"token": "s64 1", "url": "url 1", "roles": "Role +"},
    "Role": {"role": "=CPO|EMSP|HUB|NAP|NSP|OTHER|SCSP 1", "party_id": "ci3 1", "country_code": "ci2 1",
             "business_details": "BusinessDetails 1"},
    "BusinessDetails": {"name": "s100 1", "website": "url ?", "logo": "Image ?"},
    "Image": {"url": "url 1", "thumbnail": "url ?", "category": "s50 1", "type": "ci4 1", "width": "int ?",
              "height": "int ?"},
    "Location": {
        "country_code": "ci2 1", "party_id": "ci3 1", "id": "ci36 1", "publish": "bool 1",
        "publish_allowed_to": "PublishToken *", "name": "s255 ?", "address": "s45 1", "city": "s45 1",
        "postal_code": "s10 ?", "state": "s20 ?", "country": "country 1", "coordinates": "GeoLocation 1",
        "related_locations": "any *", "parking_type": "s50 ?", "evses": "EVSE *", "directions": "DisplayText *",
        "operator": "BusinessDetails ?", "suboperator": "BusinessDetails ?", "owner": "BusinessDetails ?",
        "facilities": "s50 *", "time_zone": "s255 1", "opening_times": "Hours ?", "charging_when_closed": "bool ?",
        "images": "Image *", "energy_mix": "any ?", "last_updated": "DateTime 1",
    },
    "PublishToken": {"uid": "ci36 ?", "type": "s20 ?", "visual_number": "s64 ?", "issuer": "s64 ?", "group_id": "ci36 ?"},
    "GeoLocation": {"latitude": "latitude 1", "longitude": "longitude 1"},
    "DisplayText": {"language": "s2 1", "text": "s512 1"},
    "Hours": {"twentyfourseven": "bool 1", "regular_hours": "RegularHours *", "exceptional_openings": "any *",
              "exceptional_closings": "any *"},
    "RegularHours": {"weekday": "weekday 1", "period_begin": "clock 1", "period_end": "clock 1"},
    "EVSE": {
        "uid": "ci36 1", "evse_id": "ci48 ?", "status": f"{_STATUS} 1", "status_schedule": "any *",
        "capabilities": f"={_CAPABILITIES} *", "connectors": "Connector +", "floor_level": "s4 ?",
        "coordinates": "GeoLocation ?", "physical_reference": "s16 ?", "directions": "DisplayText *",
        "parking_restrictions": "s50 *", "images": "Image *", "last_updated": "DateTime 1",
    },
    "Connector": {
        "id": "ci36 1", "standard": f"={_STANDARDS} 1", "format": "=SOCKET|CABLE 1", "power_type": f"={_POWER} 1",
        "max_voltage": "int 1", "max_amperage": "int 1", "max_electric_power": "int ?", "tariff_ids": "ci36 *",
        "terms_and_conditions": "url ?", "last_updated": "DateTime 1",
    },
    "Tariff": {
        "country_code": "ci2 1", "party_id": "ci3 1", "id": "ci36 1", "currency": "s3 1",
        "type": "=AD_HOC_PAYMENT|PROFILE_CHEAP|PROFILE_FAST|PROFILE_GREEN|REGULAR ?", "tariff_alt_text": "DisplayText *",
        "tariff_alt_url": "url ?", "min_price": "Price ?", "max_price": "Price ?", "elements": "TariffElement +",
        "start_date_time": "DateTime ?", "end_date_time": "DateTime ?", "energy_mix": "any ?",
        "last_updated": "DateTime 1",
    },
    "TariffElement": {"price_components": "PriceComponent +", "restrictions": "TariffRestrictions ?"},
    "PriceComponent": {"type": "=ENERGY|FLAT|PARKING_TIME|TIME 1", "price": "number 1", "vat": "number ?",
                       "step_size": "int 1"},
    "TariffRestrictions": {
        "start_time": "clock ?", "end_time": "clock ?", "start_date": "date ?", "end_date": "date ?",
        "min_kwh": "number ?", "max_kwh": "number ?", "min_current": "number ?", "max_current": "number ?",
        "min_power": "number ?", "max_power": "number ?", "min_duration": "int ?", "max_duration": "int ?",
        "day_of_week": f"{_DAYS} *", "reservation": "=RESERVATION|RESERVATION_EXPIRES ?",
    },
    "Price": {"excl_vat": "number 1", "incl_vat": "number ?"},
    "CdrToken": {"country_code": "ci2 1", "party_id": "ci3 1", "uid": "ci36 1",
                 "type": "=AD_HOC_USER|APP_USER|EMAID|OTHER|RFID 1", "contract_id": "ci36 1"},
    "Session": {
        "country_code": "ci2 1", "party_id": "ci3 1", "id": "ci36 1", "start_date_time": "DateTime 1",
        "end_date_time": "DateTime ?", "kwh": "number 1", "cdr_token": "CdrToken 1",
        "auth_method": "=AUTH_REQUEST|COMMAND|WHITELIST 1", "authorization_reference": "ci36 ?", "location_id": "ci36 1",
        "evse_uid": "ci36 1", "connector_id": "ci36 1", "meter_id": "s255 ?", "currency": "s3 1",
        "charging_periods": "ChargingPeriod *", "total_cost": "Price ?",
        "status": "=ACTIVE|COMPLETED|INVALID|PENDING|RESERVATION 1", "last_updated": "DateTime 1",
    },
    "ChargingPeriod": {"start_date_time": "DateTime 1", "dimensions": "CdrDimension +", "tariff_id": "ci36 ?"},
    "CdrDimension": {"type": f"={_DIMENSIONS} 1", "volume": "number 1"},
    "CdrLocation": {
        "id": "ci36 1", "name": "s255 ?", "address": "s45 1", "city": "s45 1", "postal_code": "s10 ?", "state": "s20 ?",
        "country": "country 1", "coordinates": "GeoLocation 1", "evse_uid": "ci36 1", "evse_id": "ci48 1",
        "connector_id": "ci36 1", "connector_standard": f"={_STANDARDS} 1", "connector_format": "=SOCKET|CABLE 1",
        "connector_power_type": f"={_POWER} 1",
    },
    "CDR": {
        "country_code": "ci2 1", "party_id": "ci3 1", "id": "ci39 1", "start_date_time": "DateTime 1",
        "end_date_time": "DateTime 1", "session_id": "ci36 ?", "cdr_token": "CdrToken 1",
        "auth_method": "=AUTH_REQUEST|COMMAND|WHITELIST 1", "authorization_reference": "ci36 ?",
        "cdr_location": "CdrLocation 1", "meter_id": "s255 ?", "currency": "s3 1", "tariffs": "Tariff *",
        "charging_periods": "ChargingPeriod +", "signed_data": "any ?", "total_cost": "Price 1",
        "total_fixed_cost": "Price ?", "total_energy": "number 1", "total_energy_cost": "Price ?",
        "total_time": "number 1", "total_time_cost": "Price ?", "total_parking_time": "number ?",
        "total_parking_cost": "Price ?", "total_reservation_cost": "Price ?", "remark": "s255 ?",
        "invoice_reference_id": "ci39 ?", "credit": "bool ?", "credit_reference_id": "ci39 ?",
        "home_charging_compensation": "bool ?", "last_updated": "DateTime 1",
    },
    "CommandResult": {
        "result": "=ACCEPTED|CANCELED_RESERVATION|EVSE_OCCUPIED|EVSE_INOPERATIVE|FAILED|NOT_SUPPORTED|REJECTED|TIMEOUT"
                  "|UNKNOWN_RESERVATION 1",
        "message": "DisplayText *",
    },
    "CommandResponse": {"result": "=NOT_SUPPORTED|REJECTED|ACCEPTED|UNKNOWN_SESSION 1", "timeout": "int 1",
                        "message": "DisplayText *"},
}  # fmt: skip
_V211: dict[str, dict[str, str]] = {
    "Credentials": {"token": "s64 1", "url": "url 1", "business_details": "BusinessDetails 1", "party_id": "s3 1",
                    "country_code": "s2 1"},
    "Location": {
        "id": "s39 1", "type": "=ON_STREET|PARKING_GARAGE|UNDERGROUND_GARAGE|PARKING_LOT|OTHER|UNKNOWN 1",
        "name": "s255 ?", "address": "s45 1", "city": "s45 1", "postal_code": "s10 1", "country": "country 1",
        "coordinates": "GeoLocation 1", "related_locations": "any *", "evses": "EVSE *", "directions": "DisplayText *",
        "operator": "BusinessDetails ?", "suboperator": "BusinessDetails ?", "owner": "BusinessDetails ?",
        "facilities": "s50 *", "time_zone": "s255 ?", "opening_times": "Hours ?", "charging_when_closed": "bool ?",
        "images": "Image *", "energy_mix": "any ?", "last_updated": "DateTime 1",
    },
    "EVSE": V221["EVSE"] | {
        "uid": "s39 1", "evse_id": "s48 ?", "capabilities":
        "=CHARGING_PROFILE_CAPABLE|CREDIT_CARD_PAYABLE|REMOTE_START_STOP_CAPABLE|RESERVABLE|RFID_READER|UNLOCK_CAPABLE *",
    },
    "Connector": {
        "id": "s36 1", "standard": f"={_OLD_STANDARDS} 1", "format": "=SOCKET|CABLE 1",
        "power_type": "=AC_1_PHASE|AC_3_PHASE|DC 1", "voltage": "int 1", "amperage": "int 1", "tariff_id": "s36 ?",
        "terms_and_conditions": "url ?", "last_updated": "DateTime 1",
    },
    "Hours": {"regular_hours": "RegularHours *", "twentyfourseven": "bool ?", "exceptional_openings": "any *",
              "exceptional_closings": "any *"},
    "Tariff": {
        "id": "s36 1", "currency": "s3 1", "tariff_alt_text": "DisplayText *", "tariff_alt_url": "url ?",
        "elements": "TariffElement +", "energy_mix": "any ?", "last_updated": "DateTime 1",
    },
    "PriceComponent": {"type": "=ENERGY|FLAT|PARKING_TIME|TIME 1", "price": "number 1", "step_size": "int 1"},
    "TariffRestrictions": {
        "start_time": "clock ?", "end_time": "clock ?", "start_date": "date ?", "end_date": "date ?",
        "min_kwh": "number ?", "max_kwh": "number ?", "min_power": "number ?", "max_power": "number ?",
        "min_duration": "int ?", "max_duration": "int ?", "day_of_week": f"{_DAYS} *",
    },
    "Session": {
        "id": "s36 1", "start_datetime": "DateTime 1", "end_datetime": "DateTime ?", "kwh": "number 1",
        "auth_id": "s36 1", "auth_method": "=AUTH_REQUEST|WHITELIST 1", "location": "Location 1", "meter_id": "s255 ?",
        "currency": "s3 1", "charging_periods": "ChargingPeriod *", "total_cost": "number ?",
        "status": "=ACTIVE|COMPLETED|INVALID|PENDING 1", "last_updated": "DateTime 1",
    },
    "ChargingPeriod": {"start_date_time": "DateTime 1", "dimensions": "CdrDimension +"},
    "CdrDimension": {"type": "=ENERGY|FLAT|MAX_CURRENT|MIN_CURRENT|PARKING_TIME|TIME 1", "volume": "number 1"},
    "CDR": {
        "id": "s36 1", "start_date_time": "DateTime 1", "stop_date_time": "DateTime 1", "auth_id": "s36 1",
        "auth_method": "=AUTH_REQUEST|WHITELIST 1", "location": "Location 1", "meter_id": "s255 ?", "currency": "s3 1",
        "tariffs": "Tariff *", "charging_periods": "ChargingPeriod +", "total_cost": "number 1",
        "total_energy": "number 1", "total_time": "number 1", "total_parking_time": "number ?", "remark": "s255 ?",
        "last_updated": "DateTime 1",
    },
    "CommandResult": {"result": "=NOT_SUPPORTED|REJECTED|ACCEPTED|TIMEOUT|UNKNOWN_SESSION 1"},
    "CommandResponse": {"result": "=NOT_SUPPORTED|REJECTED|ACCEPTED|TIMEOUT|UNKNOWN_SESSION 1"},
}  # fmt: skip
_V230: dict[str, dict[str, str]] = {
    "Credentials": {"token": "s64 1", "url": "url 1", "hub_party_id": "ci5 ?", "roles": "Role +"},
    "Location": V221["Location"] | {"parking_places": "any *", "help_phone": "s25 ?"},
    "EVSE": V221["EVSE"] | {"parking": "any *", "accepted_service_providers": "s50 *"},
    "Connector": V221["Connector"] | {"capabilities": "=ISO_15118_2_PLUG_AND_CHARGE|ISO_15118_20_PLUG_AND_CHARGE *"},
    "Tariff": V221["Tariff"] | {
        "tax_included": "=YES|NO|N/A 1", "min_price": "PriceLimit ?", "max_price": "PriceLimit ?",
        "preauthorize_amount": "number ?",
    },
    "PriceLimit": {"before_taxes": "number 1", "after_taxes": "number ?"},
    "Price": {"before_taxes": "number 1", "taxes": "TaxAmount *"},
    "TaxAmount": {"name": "s255 1", "account_number": "s255 ?", "percentage": "number ?", "amount": "number 1"},
    "CDR": V221["CDR"],
}  # fmt: skip
TABLES = {"2.2.1": V221, "2.1.1": V221 | _V211, "2.3.0": V221 | _V230}


def check(kind: str, value: Any, *, version: str, complaints: list[str]) -> None:
    """Reports fields that are missing, mistyped, too long or not part of the object."""
    if kind:
        _check(kind, value, TABLES[version], f"{version} {kind}", complaints)


def _check(kind: str, value: Any, tables: Mapping[str, Mapping[str, str]], path: str, complaints: list[str]) -> None:
    if not isinstance(value, dict):
        complaints.append(f"{path}: an object is expected, not {value!r}")
        return
    table = tables[kind]
    complaints.extend(f"{path}.{name}: no such field" for name in value if name not in table)
    for name, rule in table.items():
        stated, cardinality = rule.rsplit(" ", 1)
        where = f"{path}.{name}"
        if name not in value or value[name] is None:
            if name in value:
                complaints.append(f"{where}: null")
            elif cardinality in "1+":
                complaints.append(f"{where}: missing")
            continue
        if cardinality in "*+":
            if not isinstance(value[name], list) or (cardinality == "+" and not value[name]):
                complaints.append(f"{where}: a list is expected")
                continue
            for index, item in enumerate(value[name]):
                _check_value(stated, item, tables, f"{where}[{index}]", complaints)
        else:
            _check_value(stated, value[name], tables, where, complaints)


def _check_value(
    kind: str, value: Any, tables: Mapping[str, Mapping[str, str]], path: str, complaints: list[str]
) -> None:
    if kind in tables:
        _check(kind, value, tables, path, complaints)
    elif not _is(kind, value):
        complaints.append(f"{path}: {value!r} is no {kind[:60]}")


def _is(kind: str, value: Any) -> bool:
    if kind == "any":
        return True
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "int":
        return type(value) is int
    if kind == "number":
        return type(value) in (int, float)
    if kind == "weekday":
        return type(value) is int and 1 <= value <= 7
    if not isinstance(value, str):
        return False
    if kind.startswith("="):
        return value in kind[1:].split("|")
    patterns = {
        "DateTime": _TIME, "latitude": _LATITUDE, "longitude": _LONGITUDE, "clock": re.compile(r"([01]\d|2[0-3]):[0-5]\d"),
        "date": re.compile(r"\d{4}-\d{2}-\d{2}"), "country": re.compile(r"[A-Z]{3}"), "url": re.compile(r"https?://\S{1,240}"),
    }  # fmt: skip
    if kind in patterns:
        return patterns[kind].fullmatch(value) is not None
    if kind.startswith("ci"):
        return 0 < len(value) <= int(kind[2:]) and value.isascii() and value.isprintable()
    return len(value) <= int(kind[1:])
