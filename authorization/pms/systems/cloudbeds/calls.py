"""Cloudbeds's API v1.3, by an API key: reservations, and charges as custom items of a reservation.

Written from its public documentation; never called against the real system (docs/stays.md). Its status is 200 even for
errors; `success` tells them apart.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from authorization.pms.failures import Code, FailedError
from authorization.pms.parsing import bookings
from authorization.pms.parsing.bookings import Reading
from authorization.pms.systems import client
from authorization.pms.systems.cloudbeds import answers
from authorization.pms.systems.source import Charge, Source

ADDRESS: Final = "https://api.cloudbeds.com"
_VERSION: Final = "/api/v1.3"
_PAGE: Final = 100
_BACK: Final = timedelta(days=2)
_CLOSED: Final = frozenset(("canceled", "checked_out", "no_show"))
_SOLD: Final = "sold "
"""Prefix of the reference of an item that can be voided; a transaction found by search cannot."""


def read(source: Source) -> Reading:
    """Returns the reservations that depart later than the day before yesterday. Raises FailedError."""
    rooms = [
        room
        for group in client.if_permitted(_pages(source, "getRooms", {}))
        for room in (*bookings.rows(group.get("rooms")), {"propertyID": group.get("propertyID")})
    ]
    params = {
        "checkOutFrom": f"{source.now - _BACK:%Y-%m-%d}",
        "includeGuestsDetails": "true",
        "includeAllRooms": "true",
    }
    gathered = client.BookingCollector()
    gathered.add(list(_pages(source, "getReservations", params)), answers.booking)
    listings = tuple(listing for row in rooms if (listing := answers.listing(row)) is not None)
    return Reading(bookings=gathered.bookings, listings=listings, refused=tuple(gathered.refused))


def bill_currency(source: Source, *, booking_key: str) -> str:
    """Returns the property's currency, for a reservation that is neither over nor cancelled. Raises FailedError."""
    answer = _get(source, "getReservation", {"reservationID": booking_key}, refused=Code.FOLIO_CLOSED)
    row = bookings.mapping(answer.get("data"))
    if not row or bookings.text(row, "status").lower() in _CLOSED:
        raise FailedError(Code.FOLIO_CLOSED)
    hotel = bookings.mapping(_get(source, "getHotelDetails", {}).get("data"))
    currency = bookings.text(bookings.mapping(hotel.get("propertyCurrency")), "currencyCode").upper()
    if not currency:
        raise FailedError(Code.UNREADABLE_ANSWER, what="no currency of the property")
    return currency


def find_charge(source: Source, *, booking_key: str, key: str) -> str:
    """Finds the transaction with the key in its notes or description that was not voided. Raises FailedError."""
    rows = list(_pages(source, "getTransactions", {"reservationID": booking_key}))
    voided = {bookings.text(row, "parentTransactionID") for row in rows if "void" in _kind(row)}
    for row in rows:
        is_ours = any(key in bookings.text(row, name, at_most=1000) for name in ("notes", "description"))
        is_there = row.get("isDeleted") is not True and "void" not in _kind(row)
        if is_ours and is_there and bookings.text(row, "transactionID") not in voided:
            return bookings.text(row, "transactionID") or key
    return ""


def charge(source: Source, *, booking_key: str, charge: Charge) -> str:
    """Adds a custom item. Cloudbeds supports keys itself: it does not add an item whose `referenceID` it already has.

    Raises FailedError.
    """
    fields = {
        "reservationID": booking_key,
        "referenceID": charge.key,
        "items[0][appItemID]": "ev-charging",
        "items[0][itemName]": "EV charging",
        "items[0][itemQuantity]": "1",
        "items[0][itemPrice]": f"{charge.amount}",
        "items[0][itemNote]": f"{charge.text} ({charge.key})",
    }
    data = _post(source, "postCustomItem", fields).get("data")
    sold_item = bookings.mapping(data[0] if isinstance(data, list) and data else data)
    ref = bookings.text(sold_item, "soldProductID")
    return f"{_SOLD}{ref}" if ref else bookings.text(sold_item, "transactionID") or charge.key


def undo(source: Source, *, booking_key: str, ref: str, charge: Charge) -> None:
    """Voids the item, whose key is known only from the response to the charge; otherwise a person must void it there.

    Raises FailedError. An item that no longer exists counts as voided.
    """
    if not ref.startswith(_SOLD):
        raise FailedError(Code.UNDO_BY_HAND, key=charge.key)
    try:
        _post(source, "postVoidItem", {"reservationID": booking_key, "soldProductID": ref.removeprefix(_SOLD)})
    except FailedError as exc:
        if exc.code != Code.CHARGE_REFUSED or find_charge(source, booking_key=booking_key, key=charge.key):
            raise


def _kind(row: Mapping[str, Any]) -> str:
    return " ".join(bookings.text(row, name).lower() for name in ("transactionType", "transactionCategory", "category"))


def _pages(source: Source, method: str, params: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return client.numbered_pages(
        lambda page: _get(source, method, {**params, "pageNumber": page, "pageSize": _PAGE}), "data", size=_PAGE
    )


def _get(
    source: Source, method: str, params: Mapping[str, Any], *, refused: Code = Code.UNREADABLE_ANSWER
) -> Mapping[str, Any]:
    query = {**_property(source), **params}
    url, limits = f"{_base(source)}{_VERSION}/{method}", client.limits_of(source)
    answer = client.get_json(url, query, headers=_headers(source), now=source.now, limits=limits)
    if answer.get("success") is not True:
        raise FailedError(refused, what=bookings.text(answer, "message") or "no success")
    return answer


def _post(source: Source, method: str, fields: Mapping[str, str]) -> Mapping[str, Any]:
    url, limits = f"{_base(source)}{_VERSION}/{method}", client.limits_of(source)
    sent = {**_property(source), **fields}
    answer = bookings.mapping(client.post_fields(url, sent, headers=_headers(source), now=source.now, limits=limits))
    if answer.get("success") is not True:
        raise FailedError(Code.CHARGE_REFUSED, status=bookings.text(answer, "message") or "no success")
    return answer


def _property(source: Source) -> dict[str, str]:
    """Returns the parameter that names the property, which a key of several properties requires."""
    key = source.credentials.get("property", "")
    return {"propertyID": key} if key else {}


def _headers(source: Source) -> dict[str, str]:
    [key] = client.credential(source, "key")
    return {"x-api-key": key}


def _base(source: Source) -> str:
    return client.base(source.url, default=ADDRESS, without=_VERSION)
