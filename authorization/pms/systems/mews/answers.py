"""Responses of Mews's Connector API as values: reservations (version 2023-06-06), customers and resources."""

from collections.abc import Mapping
from typing import Any, Final

from authorization.pms.parsing import bookings
from authorization.pms.parsing.bookings import Booking, Listing, Status

_STATUSES: Final[Mapping[str, Status]] = {
    "confirmed": Status.BOOKED, "started": Status.BOOKED, "processed": Status.LEFT, "canceled": Status.CANCELLED,
}  # fmt: skip
STATES: Final = ("Confirmed", "Started", "Processed", "Canceled", "Optional")
"""The states to request: without a list, Mews leaves out cancelled reservations."""


def booking(row: Mapping[str, Any], *, customers: Mapping[str, Mapping[str, Any]]) -> Booking:
    """Reads a booking. Raises UnreadableError.

    Until a room is assigned, the listing is the service, with all of the property's chargers.
    """
    guest = customers.get(bookings.text(row, "AccountId"), {})
    name = " ".join(part for part in (bookings.text(guest, "FirstName"), bookings.text(guest, "LastName")) if part)
    begins, ends = row.get("ScheduledStartUtc") or row.get("StartUtc"), row.get("ScheduledEndUtc") or row.get("EndUtc")
    return bookings.require_valid_days(
        Booking(
            key=bookings.key(row, "Id"),
            code=bookings.text(row, "ChannelNumber", "Number", at_most=100),
            listing=bookings.text(row, "AssignedResourceId") or bookings.text(row, "ServiceId"),
            status=_status(row),
            arrives=bookings.day(begins, label="ScheduledStartUtc"),
            departs=bookings.day(ends, label="ScheduledEndUtc"),
            arrives_at=bookings.moment(begins),
            departs_at=bookings.moment(ends),
            guest_name=name,
            guest_email=bookings.text(guest, "Email", at_most=254),
            phone_last4=bookings.last4(guest.get("Phone")),
            updated_at=bookings.moment(row.get("UpdatedUtc")),
        )
    )


def _status(row: Mapping[str, Any]) -> Status:
    if bookings.text(row, "CancellationReason").lower() == "noshow":
        return Status.NO_SHOW
    return _STATUSES.get(bookings.text(row, "State").lower(), Status.NOT_BOOKED)


def listing(row: Mapping[str, Any]) -> Listing | None:
    """Reads a room, or a bookable service, as a listing."""
    key = bookings.text(row, "Id", at_most=100)
    return Listing(key, bookings.text(row, "Name")) if key and row.get("IsActive") is not False else None
