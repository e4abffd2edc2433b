"""Guesty's Open API: a token by client credentials; listings and reservations page by page."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from authorization.pms.failures import Code, FailedError
from authorization.pms.parsing import bookings
from authorization.pms.parsing.bookings import Reading
from authorization.pms.systems import client
from authorization.pms.systems.guesty import answers
from authorization.pms.systems.source import Charge, Source, TokenKeeper

ADDRESS: Final = "https://open-api.guesty.com"
_PAGE: Final = 100
_SHORTEST_TOKEN_S: Final = 60.0
_BACK: Final = timedelta(days=2)


def read(source: Source) -> Reading:
    """Returns all bookings that end later than the day before yesterday. Raises FailedError."""
    session = _Session(source)
    names = session.pages("listings", {"fields": "_id nickname title"})
    listings = [answers.listing(row) for row in client.if_permitted(names)]
    departs = {"field": "checkOut", "operator": "$gte", "value": f"{source.now - _BACK:%Y-%m-%d}"}
    query = {"fields": answers.FIELDS, "filters": json.dumps([departs]), "sort": "_id"}
    gathered = client.BookingCollector()
    gathered.add(list(session.pages("reservations", query)), answers.booking)
    return Reading(
        bookings=gathered.bookings,
        listings=tuple(listing for listing in listings if listing is not None),
        refused=tuple(gathered.refused),
    )


def send_message(source: Source, *, booking_key: str, text: str) -> None:
    """Writes to the guest in the reservation's conversation, by the channel that it was booked on. Raises FailedError.

    Two requests, because the conversation must be looked up by its reservation.
    """
    session = _Session(source)
    of_booking = {"field": "reservation._id", "operator": "$eq", "value": booking_key}
    rows = session.rows("communication/conversations", {"filters": json.dumps([of_booking]), "limit": 1})
    conversation = bookings.text(rows[0], "_id", "id") if rows else ""
    if not conversation:
        raise FailedError(Code.ADDRESS_GONE, status="no conversation")
    module = bookings.text(bookings.mapping(rows[0].get("integration")), "platform") or "email"
    session.post(f"communication/conversations/{conversation}/send-message", {"module": {"type": module}, "body": text})


def bill_currency(source: Source, *, booking_key: str) -> str:
    """Returns the currency of a reservation that is not cancelled or closed. Raises FailedError."""
    row = _Session(source).object_at(f"reservations/{quote(booking_key, safe='')}", {"fields": "status money"})
    if bookings.text(row, "status").lower() in {"canceled", "cancelled", "closed", "declined", "expired"}:
        raise FailedError(Code.FOLIO_CLOSED)
    return bookings.text(bookings.mapping(row.get("money")), "currency").upper()


def find_charge(source: Source, *, booking_key: str, key: str) -> str:
    """Finds the charge by the key in the title of the invoice item. Raises FailedError."""
    row = _Session(source).object_at(f"reservations/{quote(booking_key, safe='')}", {"fields": "status money"})
    items = bookings.rows(bookings.mapping(row.get("money")).get("invoiceItems"))
    return next((bookings.text(item, "_id", "id") for item in items if key in bookings.text(item, "title")), "")


def charge(source: Source, *, booking_key: str, charge: Charge) -> str:
    """Adds an extra to the reservation's invoice. Raises FailedError."""
    body = {"title": f"{charge.text} ({charge.key})", "amount": float(charge.amount), "normalType": "AFE"}
    answer = _Session(source).post(f"invoice-items/reservation/{quote(booking_key, safe='')}", body)
    return bookings.text(bookings.mapping(answer), "_id", "id") or charge.key


def undo(source: Source, *, booking_key: str, ref: str, charge: Charge) -> None:
    """Adds a second item with the negative amount, so that the invoice's history stays readable. Raises FailedError."""
    title = f"{charge.text}: taken back (undo {ref})"
    if find_charge(source, booking_key=booking_key, key=f"undo {ref}"):
        return
    body = {"title": title, "amount": -float(charge.amount), "normalType": "AFE"}
    _Session(source).post(f"invoice-items/reservation/{quote(booking_key, safe='')}", body)


class _Session:
    """Requests with the shared token, which is renewed once if it is refused."""

    def __init__(self, source: Source) -> None:
        if source.tokens is None:
            raise FailedError(Code.UNEXPECTED)
        self._source = source
        self._tokens: TokenKeeper = source.tokens
        self._base = client.base(source.url, default=ADDRESS, without="/v1")
        self._limits = client.limits_of(source)
        self._token = self._tokens.current() or self._renew_token()
        self._was_renewed = False

    def pages(self, path: str, query: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        for page in range(client.MAX_PAGES):
            content = self._get(f"{self._base}/v1/{path}", {**query, "limit": _PAGE, "skip": page * _PAGE})
            rows = client.require_list(content, "results")
            yield from rows
            count = content.get("count")
            if len(rows) < _PAGE or (isinstance(count, int) and (page + 1) * _PAGE >= count):
                return
        raise client.too_many(_PAGE)

    def object_at(self, path: str, query: Mapping[str, Any]) -> Mapping[str, Any]:
        """Returns one object."""
        return self._get(f"{self._base}/v1/{path}", query)

    def rows(self, path: str, query: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Returns one page of a list, whose field name differs from kind to kind."""
        answer = self._get(f"{self._base}/v1/{path}", query)
        inner = bookings.mapping(answer.get("data"))
        return client.require_list(inner if "conversations" in inner else answer, "conversations")

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Sends one write. Not repeated with another token, because `rows` has just proved the present one."""
        headers = {"Authorization": f"Bearer {self._token}"}
        return client.post_json(
            f"{self._base}/v1/{path}", body, headers=headers, now=self._source.now, limits=self._limits
        )

    def _get(self, url: str, query: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return self._fetch_json(url, query)
        except FailedError as exc:
            if exc.code != Code.CREDENTIALS_REFUSED or self._was_renewed:
                raise
        self._token, self._was_renewed = self._renew_token(), True
        return self._fetch_json(url, query)

    def _fetch_json(self, url: str, query: Mapping[str, Any]) -> Mapping[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}"}
        return client.get_json(url, query, headers=headers, now=self._source.now, limits=self._limits)

    def _renew_token(self) -> str:
        return self._tokens.renewed(self._fetch)

    def _fetch(self) -> tuple[str, float]:
        client_id, client_secret = client.credential(self._source, "client_id", "client_secret")
        fields = {
            "grant_type": "client_credentials",
            "scope": "open-api",
            "client_id": client_id,
            "client_secret": client_secret,
        }
        content = client.post_form(f"{self._base}/oauth2/token", fields, now=self._source.now)
        token = content.get("access_token") if isinstance(content, Mapping) else None
        lasts = content.get("expires_in") if isinstance(content, Mapping) else None
        if not isinstance(token, str) or not token:
            raise FailedError(Code.UNREADABLE_ANSWER, what="no access token")
        return token, max(float(lasts) if isinstance(lasts, int | float) else 0.0, _SHORTEST_TOKEN_S)
