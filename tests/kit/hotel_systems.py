"""Mews and Cloudbeds as they respond, besides the other property systems: all by POST, with status 200 for refusals."""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from tests.kit.property_systems import Systems

Answer = tuple[int, dict[str, str], bytes]
ROOM = "room-101"


def answer_as_mews(systems: "Systems", what: list[str], body: bytes) -> Answer:
    asked = json.loads(body)
    if (asked.get("ClientToken"), asked.get("AccessToken")) != ("client", "secret"):
        return 401, {}, b'{"Message": "Invalid AccessToken."}'
    match what:
        case ["reservations", "getAll", "2023-06-06"]:
            return _json({"Reservations": _mews_reservations(systems, asked), "Cursor": None})
        case ["customers", "getAll"]:
            rows = [row for row in systems.customers if row["Id"] in asked["CustomerIds"]]
            return _json({"Customers": rows, "Cursor": None})
        case ["resources", "getAll"]:
            return _json({"Resources": systems.listings, "Cursor": None})
        case ["services", "getAll"]:
            return _json({"Services": [{"Id": "stay", "Name": "Stay", "IsActive": True}], "Cursor": None})
        case ["configuration", "get"]:
            other = {"Currency": "GBP", "IsDefault": False}
            main = {"Currency": systems.bills.get("*", "USD"), "IsDefault": True}
            return _json({"Enterprise": {"Currencies": [other, main]}})
        case ["orderItems", "getAll"]:
            return _json({"OrderItems": _mews_items(systems, asked), "Cursor": None})
        case ["orders", "add"]:
            return _mews_order(systems, asked)
    return 404, {}, b""


def _mews_reservations(systems: "Systems", asked: dict[str, Any]) -> list[dict[str, Any]]:
    if keys := asked.get("ReservationIds"):
        states = {key: systems.bills.get(key, "Started") for key in keys}
        return [{"Id": key, "AccountId": f"guest of {key}", "State": state} for key, state in states.items()]
    span = asked["CollidingUtc"]
    rows = [row for row in systems.reservations if row["State"] in asked["States"]]
    return [row for row in rows if row["StartUtc"] <= span["EndUtc"] and row["EndUtc"] >= span["StartUtc"]]


def _mews_items(systems: "Systems", asked: dict[str, Any]) -> list[dict[str, Any]]:
    [account] = asked["AccountIds"]
    return [
        {"Id": f"item-{ref}", "ServiceOrderId": ref, "BillingName": text, "AccountingState": "Open"}
        for ref, text in systems.lines_of(account.removeprefix("guest of "))
    ]


def _mews_order(systems: "Systems", asked: dict[str, Any]) -> Answer:
    """Mews responds with 403 if the booking does not allow it, and 400 to a currency or tax that the property lacks."""
    key, [item] = asked["LinkedReservationId"], asked["Items"]
    if systems.bills.get(key, "Started") in {"Processed", "Canceled"}:
        return 403, {}, b'{"Message": "The reservation is closed."}'
    amount = item["UnitAmount"]
    if amount["Currency"] != systems.bills.get("*", "USD") or amount["TaxCodes"] != ["US-CA-2026-S"]:
        return 400, {}, b'{"Message": "Invalid UnitAmount."}'
    if asked["ServiceId"] != "charging" or asked["AccountId"] != f"guest of {key}":
        return 400, {}, b'{"Message": "Invalid ServiceId."}'
    status, headers, content = systems.add_line(key, amount["GrossValue"], item["Name"])
    return status, headers, content.replace(b'"_id"', b'"OrderId"')


def answer_as_cloudbeds(
    systems: "Systems", what: str, query: dict[str, str], headers: dict[str, str], body: bytes
) -> Answer:
    if headers.get("x-api-key") != "cbat_secret":
        return 401, {}, b'{"success": false, "message": "Invalid token"}'
    form = {name: values[-1] for name, values in parse_qs(body.decode()).items()}
    key = form.get("reservationID") or query.get("reservationID", "")
    match what:
        case "getReservations":
            return _done(_page(systems.reservations, query))
        case "getRooms":
            return _done(_page([{"propertyID": "77", "rooms": systems.listings}], query))
        case "getReservation":
            return _done({"reservationID": key, "status": systems.bills.get(key, "checked_in").lower()})
        case "getHotelDetails":
            return _done({"propertyID": "77", "propertyCurrency": {"currencyCode": systems.bills.get("*", "USD")}})
        case "getTransactions":
            return _done(_page(_transactions(systems, key), query))
        case "postCustomItem":
            return _custom_item(systems, key, form)
        case "postVoidItem":
            return _void(systems, key, form["soldProductID"])
    return _refused("Unknown method")


def _transactions(systems: "Systems", key: str) -> list[dict[str, Any]]:
    return [
        {"transactionID": ref.replace("line", "tx"), "notes": text, "isDeleted": ref in systems.voided}
        for ref, text in systems.lines_of(key)
    ]


def _custom_item(systems: "Systems", key: str, form: dict[str, str]) -> Answer:
    if systems.bills.get(key, "checked_in").lower() in {"checked_out", "canceled"}:
        return _refused("Reservation does not accept items")
    if any(form["referenceID"] in text for _ref, text in systems.lines_of(key)):
        return _done({"notice": "Nothing was created"})
    status, headers, content = systems.add_line(key, form["items[0][itemPrice]"], form["items[0][itemNote]"])
    return (status, headers, content) if status != 200 else _done({"soldProductID": json.loads(content)["id"]})


def _void(systems: "Systems", key: str, ref: str) -> Answer:
    amounts = {f"line-{at}": amount for at, (_key, amount, _text) in enumerate(systems.lines, start=1)}
    if ref not in amounts or ref in systems.voided:
        return _refused("Item is voided already")
    systems.voided.add(ref)
    return systems.add_line(key, -float(amounts[ref]), f"void of {ref}", written=_done({}))


def _page(rows: list[dict[str, Any]], query: dict[str, str]) -> list[dict[str, Any]]:
    page, size = int(query["pageNumber"]), int(query["pageSize"])
    return rows[(page - 1) * size : page * size]


def _done(data: Any) -> Answer:
    return _json({"success": True, "data": data})


def _refused(message: str) -> Answer:
    return _json({"success": False, "message": message})


def _json(value: Any) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()
