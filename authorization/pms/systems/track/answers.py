"""Track's responses as values: reservations and units of `/pms`, in HAL."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from authorization.pms.parsing import bookings
from authorization.pms.parsing.bookings import Booking, Listing, Status

_STATUSES: Final[Mapping[str, Status]] = {
    "confirmed": Status.BOOKED, "checked in": Status.BOOKED, "checked out": Status.LEFT, "cancelled": Status.CANCELLED,
    "canceled": Status.CANCELLED, "no show": Status.NO_SHOW,
}  # fmt: skip
"""A hold is not a booking."""


def booking(row: Mapping[str, Any]) -> Booking:
    """Reads a booking. Raises UnreadableError.

    The unit may differ from the last reading: a room move.
    """
    embedded = bookings.mapping(row.get("_embedded"))
    contact = bookings.mapping(embedded.get("contact"))
    unit = bookings.text(row, "unitId") or bookings.text(bookings.mapping(embedded.get("unit")), "id")
    status = bookings.text(row, "status").lower().replace("_", " ").replace("-", " ")
    key = bookings.key(row, "id")
    return bookings.require_valid_days(
        Booking(
            key=key,
            code=bookings.text(row, "confirmationNumber", "confirmationCode", at_most=100) or _alternate(row),
            listing=unit,
            status=_STATUSES.get(status, Status.NOT_BOOKED),
            arrives=bookings.day(row.get("arrivalDate"), label="arrivalDate"),
            departs=bookings.day(row.get("departureDate"), label="departureDate"),
            check_in=bookings.hour(row.get("arrivalTime")),
            check_out=bookings.hour(row.get("departureTime")),
            arrives_at=_parse_exact_times(row)[0],
            departs_at=_parse_exact_times(row)[1],
            guest_name=bookings.text(contact, "name")
            or bookings.clean(f"{bookings.text(contact, 'firstName')} {bookings.text(contact, 'lastName')}"),
            guest_email=bookings.text(contact, "primaryEmail", "email", at_most=254),
            phone_last4=bookings.last4(contact.get("cellPhone") or contact.get("homePhone") or contact.get("phone")),
            updated_at=bookings.moment(row.get("updatedAt")),
        )
    )


def listing(row: Mapping[str, Any]) -> Listing | None:
    key = bookings.text(row, "id", at_most=100)
    return Listing(key, bookings.text(row, "name", "shortName", "unitCode")) if key else None


def _parse_exact_times(row: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """Returns the exact moments, if both are present."""
    first, last = bookings.moment(row.get("arrivalTime")), bookings.moment(row.get("departureTime"))
    return (first, last) if first and last else (None, None)


def _alternate(row: Mapping[str, Any]) -> str:
    """Returns the channel's own code, such as Airbnb's HM…"""
    channel_codes = row.get("alternates")
    first = channel_codes[0] if isinstance(channel_codes, list) and channel_codes else ""
    if isinstance(first, Mapping):
        return bookings.text(first, "id", at_most=100)
    return bookings.clean(first, at_most=100) if isinstance(first, str) else ""
