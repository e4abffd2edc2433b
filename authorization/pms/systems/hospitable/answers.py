"""Responses of Hospitable's public API v2 as values: reservations and properties."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any, Final

from authorization.pms.parsing import bookings
from authorization.pms.parsing.bookings import Booking, Listing, Status

_STATUSES: Final[Mapping[str, Status]] = {
    "accepted": Status.BOOKED, "confirmed": Status.BOOKED, "booking": Status.BOOKED, "checkpoint": Status.BOOKED,
    "cancelled": Status.CANCELLED, "canceled": Status.CANCELLED, "no_show": Status.NO_SHOW, "no-show": Status.NO_SHOW,
}  # fmt: skip


def booking(row: Mapping[str, Any], *, listing: str) -> Booking:
    """Reads a booking. Raises UnreadableError.

    `listing` is the requested property, for responses that name none.
    """
    guest = bookings.mapping(row.get("guest"))
    property_rows = [*bookings.rows(row.get("properties")), bookings.mapping(row.get("property"))]
    first, last = bookings.text(guest, "first_name"), bookings.text(guest, "last_name")
    arrives, departs = row.get("check_in") or row.get("arrival_date"), row.get("check_out") or row.get("departure_date")
    return bookings.require_valid_days(
        Booking(
            key=bookings.key(row, "id"),
            code=bookings.text(row, "code", at_most=100),
            listing=bookings.text(row, "property_id") or bookings.text(property_rows[0], "id") or listing,
            status=_STATUSES.get(_status(row), Status.NOT_BOOKED),
            arrives=bookings.day(row.get("arrival_date") or arrives, label="arrival_date"),
            departs=bookings.day(row.get("departure_date") or departs, label="departure_date"),
            check_in=_local_hour(arrives),
            check_out=_local_hour(departs),
            guest_name=bookings.clean(f"{first} {last}") or bookings.text(guest, "full_name", "name"),
            guest_email=bookings.text(guest, "email", at_most=254),
            phone_last4=_phone(guest),
            updated_at=bookings.moment(row.get("updated_at")),
        )
    )


def listing(row: Mapping[str, Any]) -> Listing | None:
    key = bookings.text(row, "id", at_most=100)
    return Listing(key, bookings.text(row, "name", "public_name")) if key else None


def _status(row: Mapping[str, Any]) -> str:
    current = bookings.mapping(bookings.mapping(row.get("reservation_status")).get("current"))
    if bookings.text(current, "sub_category").lower().replace("-", "_") == "no_show":
        return "no_show"
    return (bookings.text(current, "category") or bookings.text(row, "status")).lower()


def _local_hour(value: object) -> time | None:
    """Returns the hour as written, in the property's offset; None for midnight, which means a day without an hour."""
    try:
        parsed = datetime.fromisoformat(value) if isinstance(value, str) and len(value) > 10 else None
    except ValueError:
        return None
    return parsed.time().replace(microsecond=0) if parsed and parsed.time() != time(0) else None


def _phone(guest: Mapping[str, Any]) -> str:
    numbers = guest.get("phone_numbers")
    first = numbers[0] if isinstance(numbers, list) and numbers else guest.get("phone")
    return bookings.last4(first)
