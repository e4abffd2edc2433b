"""Apaleo: hotel reservations by client credentials, and charges posted to a reservation's folio.

Written from its public documentation; never called against the real system (docs/stays.md).
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from authorization.pms.failures import Code, FailedError
from authorization.pms.parsing import bookings
from authorization.pms.parsing.bookings import Reading
from authorization.pms.systems import client
from authorization.pms.systems.apaleo import answers
from authorization.pms.systems.source import Charge, Source

ADDRESS: Final = "https://api.apaleo.com"
_IDENTITY: Final = "https://identity.apaleo.com"
_PAGE: Final = 100
_BACK: Final = timedelta(days=2)
_SHORTEST_TOKEN_S: Final = 60.0


def read(source: Source) -> Reading:
    """Returns the reservations that depart later than the day before yesterday. Raises FailedError."""
    listings = [answers.listing(row) for row in client.if_permitted(_pages(source, "inventory/v1/units", "units", {}))]
    query = {"dateFilter": "Departure", "from": f"{source.now - _BACK:%Y-%m-%dT%H:%M:%SZ}", "expand": "timeSlices"}
    gathered = client.BookingCollector()
    gathered.add(list(_pages(source, "booking/v1/reservations", "reservations", query)), answers.booking)
    known_listings = tuple(listing for listing in listings if listing is not None)
    return Reading(bookings=gathered.bookings, listings=known_listings, refused=tuple(gathered.refused))


def bill_currency(source: Source, *, booking_key: str) -> str:
    """Returns the currency of the open folio. Raises FailedError."""
    balance = bookings.mapping(_folio(source, booking_key).get("balance"))
    return bookings.text(balance, "currency").upper()


def find_charge(source: Source, *, booking_key: str, key: str) -> str:
    """Finds the charge by the key in its name. Raises FailedError."""
    rows = bookings.rows(_folio(source, booking_key).get("charges"))
    return next((bookings.text(row, "id") or key for row in rows if key in bookings.text(row, "name")), "")


def charge(source: Source, *, booking_key: str, charge: Charge) -> str:
    """Posts a charge. Apaleo supports keys itself: `Idempotency-Key`. Raises FailedError."""
    folio = bookings.text(_folio(source, booking_key), "id")
    body = {
        "serviceType": "Other",
        "name": f"{charge.text} ({charge.key})",
        "quantity": 1,
        "amount": {"amount": float(charge.amount), "currency": charge.currency},
    }
    answer = _post(source, f"finance/v1/folio-actions/{quote(folio, safe='')}/charges", body, key=charge.key)
    return bookings.text(bookings.mapping(answer), "id") or charge.key


def undo(source: Source, *, booking_key: str, ref: str, charge: Charge) -> None:
    """Posts an allowance on the charge. Raises FailedError."""
    folio = bookings.text(_folio(source, booking_key), "id")
    path = f"finance/v1/folio-actions/{quote(folio, safe='')}/charges/{quote(ref, safe='')}/allowances"
    amount = {"amount": float(charge.amount), "currency": charge.currency}
    _post(source, path, {"reason": charge.text, "amount": amount}, key=f"undo-{charge.key}")


def _folio(source: Source, booking_key: str) -> Mapping[str, Any]:
    """Returns the reservation's main folio, if it is open. Raises FailedError."""
    query = {"reservationIds": booking_key, "expand": "charges", "pageSize": 10}
    answer = _get(source, "finance/v1/folios", query)
    rows = client.require_list(answer, "folios")
    main = next((row for row in rows if row.get("isMainFolio") is not False), None)
    if main is None or bookings.text(main, "status", "closureStatus").lower() not in {"", "open"}:
        raise FailedError(Code.FOLIO_CLOSED)
    return main


def _pages(source: Source, path: str, name: str, query: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return client.numbered_pages(
        lambda page: _get(source, path, {**query, "pageNumber": page, "pageSize": _PAGE}), name, size=_PAGE
    )


def _get(source: Source, path: str, query: Mapping[str, Any]) -> Mapping[str, Any]:
    headers = {"Authorization": f"Bearer {_token(source)}"}
    limits = client.limits_of(source)
    return client.get_json(f"{_base(source)}/{path}", query, headers=headers, now=source.now, limits=limits)


def _post(source: Source, path: str, body: Mapping[str, Any], *, key: str) -> Any:
    headers = {"Authorization": f"Bearer {_token(source)}", "Idempotency-Key": key}
    limits = client.limits_of(source)
    return client.post_json(f"{_base(source)}/{path}", body, headers=headers, now=source.now, limits=limits)


def _token(source: Source) -> str:
    if source.tokens is None:
        raise FailedError(Code.UNEXPECTED)
    return source.tokens.current() or source.tokens.renewed(lambda: _fetch(source))


def _fetch(source: Source) -> tuple[str, float]:
    client_id, client_secret = client.credential(source, "client_id", "client_secret")
    fields = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
    identity = _IDENTITY if _base(source) == ADDRESS else _base(source)
    answer = bookings.mapping(client.post_form(f"{identity}/connect/token", fields, now=source.now))
    token, lasts = bookings.text(answer, "access_token", at_most=5000), answer.get("expires_in")
    if not token:
        raise FailedError(Code.UNREADABLE_ANSWER, what="no access token")
    return token, max(float(lasts) if isinstance(lasts, int | float) else 0.0, _SHORTEST_TOKEN_S)


def _base(source: Source) -> str:
    return client.base(source.url, default=ADDRESS)
