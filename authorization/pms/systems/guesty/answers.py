"""Responses of Guesty's Open API as values: reservations and listings of `/v1`."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any, Final

from authorization.pms.parsing import bookings
from authorization.pms.parsing.bookings import Booking, Listing, Status

_STATUSES: Final[Mapping[str, Status]] = {
    "confirmed": Status.BOOKED, "reserved": Status.BOOKED, "checked_in": Status.BOOKED,
    "awaiting_payment": Status.BOOKED, "checked_out": Status.LEFT, "canceled": Status.CANCELLED,
    "cancelled": Status.CANCELLED, "no_show": Status.NO_SHOW, "noshow": Status.NO_SHOW,
}  # fmt: skip
"""All other statuses are inquiries, or were declined, expired or closed."""
FIELDS: Final = (
    "_id confirmationCode status listingId guest.fullName guest.email guest.phone checkIn checkOut "
    "checkInDateLocalized checkOutDateLocalized plannedArrival plannedDeparture lastUpdatedAt"
)


def booking(row: Mapping[str, Any]) -> Booking:
    """Reads a booking. Raises UnreadableError.

    Days are the localized ones, because `checkIn` in UTC may fall on another day.
    """
    guest = bookings.mapping(row.get("guest"))
    status = bookings.text(row, "status").lower().replace("-", "_").replace("awaitingpayment", "awaiting_payment")
    listing = bookings.text(row, "listingId") or bookings.text(bookings.mapping(row.get("listing")), "_id")
    return bookings.require_valid_days(
        Booking(
            key=bookings.key(row, "_id", "id"),
            code=bookings.text(row, "confirmationCode", at_most=100),
            listing=listing,
            status=_STATUSES.get(status, Status.NOT_BOOKED),
            arrives=bookings.day(row.get("checkInDateLocalized") or row.get("checkIn"), label="checkIn"),
            departs=bookings.day(row.get("checkOutDateLocalized") or row.get("checkOut"), label="checkOut"),
            arrives_at=_moment(row.get("checkIn")),
            departs_at=_moment(row.get("checkOut")),
            check_in=bookings.hour(row.get("plannedArrival")),
            check_out=bookings.hour(row.get("plannedDeparture")),
            guest_name=bookings.text(guest, "fullName"),
            guest_email=bookings.text(guest, "email", at_most=254),
            phone_last4=bookings.last4(guest.get("phone")),
            updated_at=bookings.moment(row.get("lastUpdatedAt")),
        )
    )


def _moment(value: object) -> datetime | None:
    """Returns the moment; None for midnight in UTC, which stands for a day without an hour."""
    moment = bookings.moment(value)
    return moment if moment is not None and moment.time() != time(0) else None


def listing(row: Mapping[str, Any]) -> Listing | None:
    key = bookings.text(row, "_id", "id", at_most=100)
    return Listing(key, bookings.text(row, "nickname", "title")) if key else None
