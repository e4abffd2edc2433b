"""Hospitable's public API v2, by a personal access token: properties, then each property's reservations."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from authorization.pms.parsing import bookings
from authorization.pms.parsing.bookings import Listing, Reading
from authorization.pms.systems import client
from authorization.pms.systems.hospitable import answers
from authorization.pms.systems.source import Source

ADDRESS: Final = "https://public.api.hospitable.com"
_PAGE: Final = 100
_BACK: Final = timedelta(days=60)
_AHEAD: Final = timedelta(days=550)


def read(source: Source) -> Reading:
    """Returns the bookings from two months ago to a year and a half ahead. Raises FailedError."""
    rows = client.if_permitted(_pages(source, "properties", {}))
    listings = [listing for row in rows if (listing := answers.listing(row)) is not None]
    listing_keys = {listing.key for listing in listings}
    gathered = client.BookingCollector()
    for listing in [
        *listings,
        *(Listing(key) for key in source.listings if key not in listing_keys and not listing_keys),
    ]:
        gathered.add(list(_pages(source, "reservations", _build_query(source, listing))), _reader(listing))
    return Reading(bookings=gathered.bookings, listings=tuple(listings), refused=tuple(gathered.refused))


def send_message(source: Source, *, booking_key: str, text: str) -> None:
    """Writes to a reservation's guest; Hospitable forwards it to the channel. Raises FailedError."""
    [token] = client.credential(source, "token")
    address = f"{_base(source)}/v2/reservations/{quote(booking_key, safe='')}/messages"
    client.post_json(address, {"body": text}, headers={"Authorization": f"Bearer {token}"}, now=source.now)


def _build_query(source: Source, listing: Listing) -> dict[str, Any]:
    """Returns the query for one property: responses name the property only if that is requested."""
    return {
        "properties[]": [listing.key],
        "include": "guest,properties",
        "date_query": "checkout",
        "start_date": f"{source.now - _BACK:%Y-%m-%d}",
        "end_date": f"{source.now + _AHEAD:%Y-%m-%d}",
    }


def _reader(listing: Listing) -> Any:
    return lambda row: answers.booking(row, listing=listing.key)


def _pages(source: Source, path: str, query: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    [token] = client.credential(source, "token")
    headers = {"Authorization": f"Bearer {token}"}
    for page in range(1, client.MAX_PAGES + 1):
        page_query = {**query, "page": page, "per_page": _PAGE}
        content = client.get_json(f"{_base(source)}/v2/{path}", page_query, headers=headers, now=source.now)
        rows = client.require_list(content, "data")
        yield from rows
        last = bookings.mapping(content.get("meta")).get("last_page")
        if not rows or (page >= last if isinstance(last, int) else len(rows) < _PAGE):
            return
    raise client.too_many(_PAGE)


def _base(source: Source) -> str:
    return client.base(source.url, default=ADDRESS, without="/v2")
