"""Exchanges with a partner as the docket reads them: correct ones, by version, in which tests plant what is wrong."""

import copy
import json
from datetime import UTC, datetime
from typing import Any

from billing.roaming.docket.facts import Body, Facts, read_body

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
TIME = "2026-03-10T12:00:00Z"
LATER = "2026-03-10T13:00:00Z"
VERSIONS = ("2.1.1", "2.2.1", "2.3.0")
PARTNER = "https://partner.example/ocpi"
IDS = {"x-request-id": "r-1", "x-correlation-id": "c-1"}
JSON = {"content-type": "application/json"}
TO_PARTNER = {
    "ocpi-to-country-code": "NL", "ocpi-to-party-id": "EMS", "ocpi-from-country-code": "NL",
    "ocpi-from-party-id": "SUN",
}  # fmt: skip
TO_US = {
    "ocpi-to-country-code": "NL", "ocpi-to-party-id": "SUN", "ocpi-from-country-code": "NL",
    "ocpi-from-party-id": "EMS",
}  # fmt: skip


def without(body: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in names}


def body_of(value: Any) -> Body:
    """A body as the journal stores it: text is stored as it is, anything else as JSON."""
    if value is None:
        return Body()
    return read_body(value if isinstance(value, str) else json.dumps(value))


def envelope(data: Any = None, status: int = 1000, **changes: Any) -> dict[str, Any]:
    body = {"status_code": status, "timestamp": TIME} | ({} if data is None else {"data": data})
    return body | changes


def incoming(method: str, path: str, *, version: str = "2.2.1", **fields: Any) -> Facts:
    """A request of the partner to an address below /ocpi/<version>/, and our answer."""
    module = path.partition("/")[0].partition("?")[0]
    return _build(method, f"/ocpi/{version}/{path}", version, {"module": module, "is_incoming": True} | fields)


def outgoing(method: str, path: str, *, version: str = "2.2.1", **fields: Any) -> Facts:
    """A request of ours to an address of the partner below its version, and its answer."""
    module = path.partition("/")[0].partition("?")[0]
    url = f"{PARTNER}/{version}/{path}"
    return _build(method, url, version, {"module": module, "is_incoming": False} | fields)


def _build(method: str, url: str, version: str, fields: dict[str, Any]) -> Facts:
    """`request`, `answer`: values; `request_headers`, `answer_headers`: added to the usual ones, None takes away."""
    request, answer = fields.pop("request", None), fields.pop("answer", envelope())
    is_incoming = fields["is_incoming"]
    is_routed = version != "2.1.1" and fields["module"] not in {"credentials", "versions"}
    there, back = (TO_US, TO_PARTNER) if is_incoming else (TO_PARTNER, TO_US)
    asked = (JSON if request is not None else {}) | (there if is_routed else {})
    asked |= {"authorization": f"Token •••• ({'plain' if version == '2.1.1' else 'base64'})"}
    answered = JSON | IDS | (back if is_routed else {})
    status = answer.get("status_code") if isinstance(answer, dict) else None
    defaults: dict[str, Any] = {
        "method": method, "url": url, "version": version, "at": NOON, "request_id": "r-1", "correlation_id": "c-1",
        "http_status": 200, "ocpi_status": status if type(status) is int else None, "request": body_of(request),
        "answer": body_of(answer), "partner_parties": frozenset({"NL-EMS"}), "our_parties": frozenset({"NL-SUN"}),
        "request_headers": _change(asked, fields.pop("request_headers", {})),
        "answer_headers": _change(answered, fields.pop("answer_headers", {})),
    }  # fmt: skip
    if fields.get("http_status", 200) is None:
        defaults |= {"answer": Body(), "answer_headers": None, "ocpi_status": None}
    return Facts(**(defaults | fields))


def _change(headers: dict[str, str], changes: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in (headers | changes).items() if value is not None}


def token(version: str = "2.2.1", **changes: Any) -> dict[str, Any]:
    body = {
        "country_code": "NL", "party_id": "EMS", "uid": "04A1B2C3D4", "type": "RFID", "contract_id": "NL-EMS-C001",
        "issuer": "Example eMSP", "valid": True, "whitelist": "ALLOWED", "last_updated": TIME,
    }  # fmt: skip
    if version == "2.1.1":
        body = without(body, "country_code", "party_id", "contract_id") | {"auth_id": "NL-EMS-C001"}
    return body | changes


def put_token(body: Any = None, *, version: str = "2.2.1", path: str = "NL/EMS/04A1B2C3D4", **fields: Any) -> Facts:
    body = token(version) if body is None else body
    return incoming("PUT", f"tokens/{path}", version=version, request=body, **fields)


def patch_token(body: Any, *, version: str = "2.2.1", **fields: Any) -> Facts:
    return incoming("PATCH", "tokens/NL/EMS/04A1B2C3D4", version=version, request=body, **fields)


def token_page(data: Any = None, *, version: str = "2.2.1", query: str = "?offset=0&limit=10", **fields: Any) -> Facts:
    """A page of the partner's tokens, the only one."""
    data = [token(version)] if data is None else data
    headers = {"x-total-count": "1", "x-limit": "50"} | fields.pop("answer_headers", {})
    fields = {"answer": envelope(data)} | fields
    return outgoing("GET", f"tokens{query}", version=version, answer_headers=headers, **fields)


def next_link(query: str, *, server: str = PARTNER) -> str:
    return f'<{server}/2.2.1/tokens{query}>; rel="next"'


def authorization(data: Any = None, *, version: str = "2.2.1", **fields: Any) -> Facts:
    data = {"allowed": "ALLOWED"} | ({} if version == "2.1.1" else {"token": token(version)}) if data is None else data
    fields = {"answer": envelope(data)} | fields
    return outgoing("POST", "tokens/04A1B2C3D4/authorize?type=RFID", version=version, **fields)


def credentials(version: str = "2.2.1", **changes: Any) -> dict[str, Any]:
    party = {"country_code": "NL", "party_id": "EMS", "business_details": {"name": "Example eMSP"}}
    common = {"token": "••••", "url": f"{PARTNER}/versions"}
    return common | (party if version == "2.1.1" else {"roles": [party | {"role": "EMSP"}]}) | changes


def registration(body: Any = None, *, version: str = "2.2.1", **fields: Any) -> Facts:
    """The partner's POST of its credentials, which we answer with ours."""
    body = credentials(version) if body is None else body
    fields = {"answer": envelope(credentials(version))} | fields
    return incoming("POST", "credentials", version=version, request=body, **fields)


def details(version: str = "2.2.1", **changes: Any) -> dict[str, Any]:
    endpoints = [
        {"identifier": name, "url": f"{PARTNER}/{version}/{name}"}
        | ({} if version == "2.1.1" else {"role": "SENDER" if name == "tokens" else "RECEIVER"})
        for name in ("credentials", "tokens", "cdrs")
    ]
    return {"version": version, "endpoints": endpoints} | changes


def version_details(data: Any = None, *, version: str = "2.2.1", **fields: Any) -> Facts:
    data = details(version) if data is None else data
    return outgoing("GET", "", version=version, module="versions", answer=envelope(data), **fields)


def version_list(data: Any) -> Facts:
    return outgoing("GET", "", version="", module="versions", answer=envelope(data))


def command(name: str = "START_SESSION", body: Any = None, *, version: str = "2.2.1", **fields: Any) -> Facts:
    """A command of the partner, which we accept."""
    timeout = {} if version == "2.1.1" else {"timeout": 60}
    fields = {"answer": envelope({"result": "ACCEPTED"} | timeout)} | fields
    body = order(name, version=version) if body is None else body
    return incoming(fields.pop("method", "POST"), f"commands/{name}", version=version, request=body, **fields)


def order(name: str = "START_SESSION", *, version: str = "2.2.1", **changes: Any) -> dict[str, Any]:
    """The body of a command."""
    reservation: Any = 17 if version == "2.1.1" else "r-17"
    bodies: dict[str, dict[str, Any]] = {
        "START_SESSION": {"token": token(version), "location_id": "sunset-1", "evse_uid": "CP1-1"},
        "STOP_SESSION": {"session_id": "s-1"},
        "RESERVE_NOW": {
            "token": token(version), "expiry_date": LATER, "reservation_id": reservation, "location_id": "sunset-1",
        },
        "CANCEL_RESERVATION": {"reservation_id": reservation},
        "UNLOCK_CONNECTOR": {"location_id": "sunset-1", "evse_uid": "CP1-1", "connector_id": "1"},
    }  # fmt: skip
    return {"response_url": f"{PARTNER}/results/1"} | bodies.get(name, {}) | changes


def result(body: Any = None, *, version: str = "2.2.1", **fields: Any) -> Facts:
    """Our result of a command, sent to its response_url."""
    body = {"result": "ACCEPTED"} if body is None else body
    fields = {"module": "commands", "url": f"{PARTNER}/results/1"} | fields
    return outgoing("POST", "results/1", version=version, request=body, **fields)


def price(version: str, amount: float) -> Any:
    if version == "2.1.1":
        return amount
    return {"before_taxes" if version == "2.3.0" else "excl_vat": amount}


def location(version: str = "2.2.1", **changes: Any) -> dict[str, Any]:
    plug: dict[str, Any] = {"id": "1", "standard": "IEC_62196_T2", "format": "SOCKET", "power_type": "AC_3_PHASE"}
    plug |= {"voltage": 230, "amperage": 16} if version == "2.1.1" else {"max_voltage": 230, "max_amperage": 16}
    evse = {
        "uid": "CP1-1", "status": "AVAILABLE", "connectors": [plug | {"last_updated": TIME}], "last_updated": TIME,
    }  # fmt: skip
    body = {
        "country_code": "NL", "party_id": "SUN", "id": "sunset-1", "publish": True, "address": "Keizersgracht 1",
        "city": "Amsterdam", "postal_code": "1015 CJ", "country": "NLD", "time_zone": "Europe/Amsterdam",
        "coordinates": {"latitude": "52.37020", "longitude": "4.89520"}, "evses": [evse], "last_updated": TIME,
    }  # fmt: skip
    if version == "2.1.1":
        body = without(body, "country_code", "party_id", "publish") | {"type": "UNKNOWN"}
    return body | changes


def tariff(version: str = "2.2.1", **changes: Any) -> dict[str, Any]:
    component = {"type": "ENERGY", "price": 0.45, "step_size": 1}
    body: dict[str, Any] = {
        "id": "plain", "currency": "EUR", "elements": [{"price_components": [component]}], "last_updated": TIME,
    }  # fmt: skip
    if version != "2.1.1":
        body |= {"country_code": "NL", "party_id": "SUN"}
    return body | ({"tax_included": "NO"} if version == "2.3.0" else {}) | changes


def _use(version: str) -> dict[str, Any]:
    """The fields that a Session and a CDR have in common."""
    driver = {"country_code": "NL", "party_id": "EMS", "uid": "04A1B2C3D4", "type": "RFID", "contract_id": "NL-EMS-1"}
    periods = [{"start_date_time": TIME, "dimensions": [{"type": "ENERGY", "volume": 12}]}]
    common = {"auth_method": "WHITELIST", "currency": "EUR", "charging_periods": periods, "last_updated": LATER}
    if version == "2.1.1":
        return common | {"auth_id": "NL-EMS-1", "location": location(version)}
    return common | {"country_code": "NL", "party_id": "SUN", "cdr_token": driver}


def session(version: str = "2.2.1", **changes: Any) -> dict[str, Any]:
    body = _use(version) | {"id": "s-1", "kwh": 12, "status": "ACTIVE", "total_cost": price(version, 5.9)}
    if version == "2.1.1":
        return body | {"start_datetime": TIME} | changes
    where = {"location_id": "sunset-1", "evse_uid": "CP1-1", "connector_id": "1"}
    return body | where | {"start_date_time": TIME} | changes


def cdr(version: str = "2.2.1", **changes: Any) -> dict[str, Any]:
    body = _use(version) | {
        "id": "c-1", "start_date_time": TIME, "tariffs": [tariff(version)], "total_cost": price(version, 5.9),
        "total_energy": 12, "total_time": 1, "total_parking_time": 0.1,
    }  # fmt: skip
    if version == "2.1.1":
        return body | {"stop_date_time": LATER} | changes
    where = {
        "id": "sunset-1", "address": "Keizersgracht 1", "city": "Amsterdam", "country": "NLD", "evse_uid": "CP1-1",
        "coordinates": {"latitude": "52.37020", "longitude": "4.89520"}, "evse_id": "NL*SUN*E1", "connector_id": "1",
        "connector_standard": "IEC_62196_T2", "connector_format": "SOCKET", "connector_power_type": "AC_3_PHASE",
    }  # fmt: skip
    parts = {"total_fixed_cost": price(version, 0.5), "total_energy_cost": price(version, 5.4)}
    return body | {"end_date_time": LATER, "cdr_location": where} | parts | changes


def credit(**changes: Any) -> dict[str, Any]:
    body = cdr(id="c-1-C", credit=True, credit_reference_id="c-1", total_cost=price("2.2.1", -5.9))
    return body | changes


def stored(module: str, body: Any, *, version: str = "2.2.1", **fields: Any) -> Facts:
    """What the partner answers to our GET of an object that it stored."""
    return outgoing("GET", f"{module}/NL/SUN/1", version=version, answer=envelope(body), **fields)


def pushed(module: str, body: Any, *, version: str = "2.2.1", **fields: Any) -> Facts:
    """What we push: CDRs by POST, anything else by PUT."""
    if module != "cdrs":
        return outgoing("PUT", f"{module}/NL/SUN/1", version=version, request=body, **fields)
    headers = {"location": f"{PARTNER}/cdrs/1"} | fields.pop("answer_headers", {})
    fields = {"http_status": 201} | fields
    return outgoing("POST", "cdrs", version=version, request=body, answer_headers=headers, **fields)


def listed(module: str, query: str = "", *, version: str = "2.2.1", **fields: Any) -> Facts:
    """The partner's GET of one of our lists, which is empty."""
    headers = {"x-total-count": "0", "x-limit": "1000"} | fields.pop("answer_headers", {})
    fields = {"answer": envelope([])} | fields
    return incoming("GET", f"{module}{query}", version=version, answer_headers=headers, **fields)


def replaced(body: Any, path: str, value: Any) -> Any:
    """A copy of the body with another value at a path such as `evses.0.uid`."""
    changed = copy.deepcopy(body)
    *parents, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    target = changed
    for part in parents:
        target = target[part]
    target[last] = value
    return changed
