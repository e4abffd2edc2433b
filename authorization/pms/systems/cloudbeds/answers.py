"""Responses of Cloudbeds's API v1.3 as values: reservations with their guests and rooms."""

from collections.abc import Mapping
from typing import Any, Final

from authorization.pms.parsing import bookings
from authorization.pms.parsing.bookings import Booking, Listing, Status

_STATUSES: Final[Mapping[str, Status]] = {
    "confirmed": Status.BOOKED, "checked_in": Status.BOOKED, "checked_out": Status.LEFT,
    "canceled": Status.CANCELLED, "no_show": Status.NO_SHOW,
}  # fmt: skip


def booking(row: Mapping[str, Any]) -> Booking:
    """Reads a booking. Raises UnreadableError.

    With no room, or several, the listing is the property, with all of its chargers.
    """
    guest = _guest(row)
    full_name = " ".join(bookings.text(guest, name) for name in ("guestFirstName", "guestLastName")).strip()
    return bookings.require_valid_days(
        Booking(
            key=bookings.key(row, "reservationID"),
            code=bookings.text(row, "thirdPartyIdentifier", "reservationID", at_most=100),
            listing=_room(row) or bookings.text(row, "propertyID", at_most=100),
            status=_STATUSES.get(bookings.text(row, "status").lower(), Status.NOT_BOOKED),
            arrives=bookings.day(row.get("startDate"), label="startDate"),
            departs=bookings.day(row.get("endDate"), label="endDate"),
            guest_name=full_name or bookings.text(row, "guestName"),
            guest_email=bookings.text(guest, "guestEmail", at_most=254),
            phone_last4=bookings.last4(guest.get("guestCellPhone")) or bookings.last4(guest.get("guestPhone")),
            updated_at=bookings.moment(row.get("dateModified")),
        )
    )


def _guest(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the main guest, else the first one; empty if it was booked without guest details."""
    guests = [bookings.mapping(guest) for guest in bookings.mapping(row.get("guestList")).values()]
    main = (guest for guest in guests if guest.get("isMainGuest") in (True, 1, "1", "true"))
    return next(main, guests[0] if guests else {})


def _room(row: Mapping[str, Any]) -> str:
    keys = {bookings.text(room, "roomID", at_most=100) for room in bookings.rows(row.get("rooms"))}
    return keys.pop() if len(keys) == 1 else ""


def listing(row: Mapping[str, Any]) -> Listing | None:
    """Reads a room or a property as a listing."""
    key = bookings.text(row, "roomID", "propertyID", at_most=100)
    return Listing(key, bookings.text(row, "roomName", "propertyName")) if key else None
