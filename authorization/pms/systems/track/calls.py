"""Track's API at the customer's own host, by HTTP Basic: units, and changed reservations."""

import base64
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote, urljoin, urlsplit

from authorization.pms.failures import Code, FailedError
from authorization.pms.parsing import bookings
from authorization.pms.parsing.bookings import Reading
from authorization.pms.systems import client
from authorization.pms.systems.source import Charge, Source
from authorization.pms.systems.track import answers

OVERLAP: Final = timedelta(minutes=5)
"""Allows for clocks that differ."""
_PAGE: Final = 100
_BACK: Final = timedelta(days=2)


def read(source: Source) -> Reading:
    """Returns what changed since the last reading; without one, all that end later than two days ago.

    Raises FailedError.
    """
    listings = [answers.listing(row) for row in client.if_permitted(_pages(source, "units", {}))]
    gathered = client.BookingCollector()
    query: dict[str, Any] = {"sortColumn": "id", "sortDirection": "asc"}
    if source.since is not None:
        query["updatedSince"] = f"{source.since - OVERLAP:%Y-%m-%dT%H:%M:%SZ}"
    else:
        query["departureStart"] = f"{source.now - _BACK:%Y-%m-%d}"
    gathered.add(list(_pages(source, "reservations", query)), answers.booking)
    return Reading(
        bookings=gathered.bookings,
        listings=tuple(listing for listing in listings if listing is not None),
        refused=tuple(gathered.refused),
    )


def bill_currency(source: Source, *, booking_key: str) -> str:
    """Returns the currency of a reservation that is not cancelled or checked out. Raises FailedError."""
    row = client.get_json(
        _reservation(source, booking_key), {}, headers=_headers(source), now=source.now, limits=client.limits_of(source)
    )
    if bookings.text(row, "status").lower() in {"cancelled", "canceled", "checked out", "checked_out", "closed"}:
        raise FailedError(Code.FOLIO_CLOSED)
    return (bookings.text(row, "currency") or "USD").upper()


def find_charge(source: Source, *, booking_key: str, key: str) -> str:
    """Finds the charge by the key in the notes of the reservation's fees. Raises FailedError."""
    answer = client.get_json(
        f"{_reservation(source, booking_key)}/fees",
        {},
        headers=_headers(source),
        now=source.now,
        limits=client.limits_of(source),
    )
    rows = bookings.rows(bookings.mapping(answer.get("_embedded")).get("fees"))
    return next((bookings.text(row, "id") or key for row in rows if key in bookings.text(row, "notes")), "")


def charge(source: Source, *, booking_key: str, charge: Charge) -> str:
    """Adds a fee of the type that the host created for charging. Raises FailedError."""
    [fee_type] = client.credential(source, "fee_type")
    body = {"feeTypeId": fee_type, "value": f"{charge.amount}", "name": charge.text, "notes": charge.key}
    answer = client.post_json(
        f"{_reservation(source, booking_key)}/fees",
        body,
        headers=_headers(source),
        now=source.now,
        limits=client.limits_of(source),
    )
    return bookings.text(bookings.mapping(answer), "id") or charge.key


def undo(source: Source, *, booking_key: str, ref: str, charge: Charge) -> None:
    """Adds a fee with the negative amount. Raises FailedError."""
    if find_charge(source, booking_key=booking_key, key=f"undo {ref}"):
        return
    [fee_type] = client.credential(source, "fee_type")
    body = {"feeTypeId": fee_type, "value": f"-{charge.amount}", "name": charge.text, "notes": f"undo {ref}"}
    client.post_json(
        f"{_reservation(source, booking_key)}/fees",
        body,
        headers=_headers(source),
        now=source.now,
        limits=client.limits_of(source),
    )


def _reservation(source: Source, booking_key: str) -> str:
    return f"{base(source.url)}/pms/reservations/{quote(booking_key, safe='')}"


def _headers(source: Source) -> dict[str, str]:
    key, secret = client.credential(source, "key", "secret")
    return {"Authorization": f"Basic {base64.b64encode(f'{key}:{secret}'.encode()).decode()}"}


def _pages(source: Source, resource: str, query: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Follows `_links.next` at the same host only, so that the key is not sent elsewhere."""
    headers = _headers(source)
    url, page_query = f"{base(source.url)}/pms/{resource}", {**query, "page": 1, "size": _PAGE}
    for _ in range(client.MAX_PAGES):
        content = client.get_json(url, page_query, headers=headers, now=source.now)
        embedded = bookings.mapping(content.get("_embedded"))
        if resource not in embedded and content.get("total_items") == 0:
            return
        yield from client.require_list(embedded, resource)
        link = bookings.mapping(bookings.mapping(content.get("_links")).get("next")).get("href")
        if not isinstance(link, str) or not link:
            return
        url, page_query = _resolve_next_page(url, link), {}
    raise client.too_many(_PAGE)


def _resolve_next_page(url: str, link: str) -> str:
    try:
        following = urljoin(url, link)
        is_other = urlsplit(following)[:2] != urlsplit(url)[:2]
    except ValueError:
        is_other = True
    if is_other:
        raise FailedError(Code.UNREADABLE_ANSWER, what="a next page at another host")
    return following


def base(url: str) -> str:
    """Returns the address of the API: on Track's own hosts it is below /api."""
    parts = urlsplit(url)
    path = parts.path.rstrip("/").removesuffix("/pms")
    if not path and (parts.hostname or "").endswith("trackhs.com"):
        path = "/api"
    return f"{parts.scheme}://{parts.netloc}{path}"
