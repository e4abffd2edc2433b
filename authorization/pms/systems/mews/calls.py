"""Mews's Connector API, by two tokens: reservations, and charges as orders linked to a reservation.

Written from its public documentation; never called against the real system (docs/stays.md). Every request is a POST
with the tokens in the body.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from authorization.pms.failures import Code, FailedError
from authorization.pms.parsing import bookings
from authorization.pms.parsing.bookings import Reading
from authorization.pms.systems import client
from authorization.pms.systems.mews import answers
from authorization.pms.systems.source import Charge, Source

ADDRESS: Final = "https://api.mews.com"
_PATH: Final = "/api/connector/v1"
_CLIENT: Final = "Charging Back Office 1.0.0"
_RESERVATIONS: Final = "reservations/getAll/2023-06-06"
_PAGE: Final = 500
_BACK: Final = timedelta(days=2)
_SPAN: Final = timedelta(days=89)
"""Mews takes intervals of at most three months."""
_SPANS: Final = 5
_TO_CHARGE: Final = ("service", "tax_code")
"""Without these, bookings are read but nothing can be charged."""
_CLOSED: Final = frozenset(("processed", "canceled"))


def read(source: Source) -> Reading:
    """Returns the stays from the day before yesterday to a year and two months ahead. Raises FailedError."""
    rooms = client.if_permitted(_pages(source, "resources/getAll", "Resources", {"Extent": {"Resources": True}}))
    services = client.if_permitted(_pages(source, "services/getAll", "Services", {}))
    rows: dict[str, Mapping[str, Any]] = {}
    for begins in (source.now - _BACK + _SPAN * count for count in range(_SPANS)):
        query = {"CollidingUtc": _interval(begins, begins + _SPAN), "States": list(answers.STATES)}
        rows |= {bookings.text(row, "Id"): row for row in _pages(source, _RESERVATIONS, "Reservations", query)}
    customers = _customers(source, list(rows.values()))
    gathered = client.BookingCollector()
    gathered.add(list(rows.values()), lambda row: answers.booking(row, customers=customers))
    parsed_listings = [answers.listing(row) for row in (*rooms, *services)]
    listings = tuple(listing for listing in parsed_listings if listing is not None)
    return Reading(bookings=gathered.bookings, listings=listings, refused=tuple(gathered.refused))


def bill_currency(source: Source, *, booking_key: str) -> str:
    """Returns the property's currency, for a reservation that is neither cancelled nor checked out.

    Raises FailedError.
    """
    list(client.credential(source, *_TO_CHARGE))
    _reservation(source, booking_key)
    enterprise = bookings.mapping(_ask(source, "configuration/get", {}).get("Enterprise"))
    currencies = bookings.rows(enterprise.get("Currencies"))
    main = next((row for row in currencies if row.get("IsDefault") is True), {})
    if not main:
        raise FailedError(Code.UNREADABLE_ANSWER, what="no currency of the property")
    return bookings.text(main, "Currency").upper()


def find_charge(source: Source, *, booking_key: str, key: str) -> str:
    """Finds the order, not cancelled, whose item has the key in its notes or name. Raises FailedError."""
    account = bookings.text(_row(source, booking_key), "AccountId")
    query = {"AccountIds": [account], "AccountingStates": ["Open", "Closed"]}
    for item in _pages(source, "orderItems/getAll", "OrderItems", query):
        if any(key in bookings.text(item, name, at_most=1000) for name in ("Notes", "BillingName")):
            return bookings.text(item, "ServiceOrderId", "Id") or key
    return ""


def charge(source: Source, *, booking_key: str, charge: Charge) -> str:
    """Adds an order of the charging service. Raises FailedError."""
    row = _reservation(source, booking_key)
    return _order(source, row, charge, name=f"{charge.text} ({charge.key})", notes=charge.key)


def undo(source: Source, *, booking_key: str, ref: str, charge: Charge) -> None:
    """Adds a second order with the negative amount, because cancelling items is in Mews's closed test.

    Raises FailedError.
    """
    if find_charge(source, booking_key=booking_key, key=f"undo {ref}"):
        return
    name = f"{charge.text}: taken back (undo {ref})"
    _order(source, _row(source, booking_key), charge, name=name, notes=f"undo {ref}", sign=-1)


def _order(source: Source, row: Mapping[str, Any], charge: Charge, *, name: str, notes: str, sign: int = 1) -> str:
    service, tax_code = client.credential(source, *_TO_CHARGE)
    amount = {"Currency": charge.currency, "GrossValue": float(sign * charge.amount), "TaxCodes": [tax_code]}
    body = {
        "AccountId": bookings.text(row, "AccountId"),
        "ServiceId": service,
        "LinkedReservationId": bookings.text(row, "Id"),
        "Notes": notes,
        "Items": [{"Name": name, "UnitCount": 1, "UnitAmount": amount}],
    }
    try:
        answer = _post(source, "orders/add", body)
    except FailedError as exc:
        if exc.code == Code.NOT_PERMITTED:  # Mews's answer when the booking or the bill does not allow it
            raise FailedError(Code.CHARGE_REFUSED, status=403) from exc
        raise
    return bookings.text(bookings.mapping(answer), "OrderId") or charge.key


def _reservation(source: Source, booking_key: str) -> Mapping[str, Any]:
    row = _row(source, booking_key)
    if bookings.text(row, "State").lower() in _CLOSED:
        raise FailedError(Code.FOLIO_CLOSED)
    return row


def _row(source: Source, booking_key: str) -> Mapping[str, Any]:
    query = {"ReservationIds": [booking_key], "States": list(answers.STATES), "Limitation": {"Count": 1}}
    rows = client.require_list(_ask(source, _RESERVATIONS, query), "Reservations")
    if not rows or not bookings.text(rows[0], "AccountId"):
        raise FailedError(Code.FOLIO_CLOSED)
    return rows[0]


def _customers(source: Source, rows: list[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Returns customers by key. A company as guest has no name and no phone here."""
    keys = sorted({key for row in rows if (key := bookings.text(row, "AccountId"))})
    customers: dict[str, Mapping[str, Any]] = {}
    for start in range(0, len(keys), _PAGE):
        query = {"CustomerIds": keys[start : start + _PAGE], "Extent": {"Customers": True, "Addresses": False}}
        pages = _pages(source, "customers/getAll", "Customers", query)
        customers |= {bookings.text(row, "Id"): row for row in client.if_permitted(pages)}
    return customers


def _pages(source: Source, path: str, name: str, query: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    cursor: str | None = None
    for _ in range(client.MAX_PAGES):
        answer = _ask(source, path, {**query, "Limitation": {"Count": _PAGE, "Cursor": cursor}})
        rows = client.require_list(answer, name)
        yield from rows
        cursor = bookings.text(answer, "Cursor") or None
        if cursor is None or len(rows) < _PAGE:
            return
    raise client.too_many(_PAGE)


def _ask(source: Source, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Reads by POST. A refusal here means an unknown request, not a refused charge."""
    try:
        answer = _post(source, path, body)
    except FailedError as exc:
        if exc.code == Code.CHARGE_REFUSED:
            raise FailedError(Code.UNREADABLE_ANSWER, what=f"a refusal of {path} ({exc.facts['status']})") from exc
        raise
    return bookings.mapping(answer)


def _post(source: Source, path: str, body: Mapping[str, Any]) -> Any:
    client_token, access_token = client.credential(source, "client_token", "access_token")
    signed = {"ClientToken": client_token, "AccessToken": access_token, "Client": _CLIENT, **body}
    url = f"{_base(source)}{_PATH}/{path}"
    return client.post_json(url, signed, headers={}, now=source.now, limits=client.limits_of(source))


def _interval(begins: datetime, ends: datetime) -> dict[str, str]:
    return {"StartUtc": f"{begins:%Y-%m-%dT%H:%M:%SZ}", "EndUtc": f"{ends:%Y-%m-%dT%H:%M:%SZ}"}


def _base(source: Source) -> str:
    return client.base(source.url, default=ADDRESS, without=_PATH)
