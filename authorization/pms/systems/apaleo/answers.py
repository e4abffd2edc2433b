"""Apaleo's responses as values: reservations of `/booking/v1` and units of `/inventory/v1`."""

from collections.abc import Mapping
from typing import Any, Final

from authorization.pms.parsing import bookings
from authorization.pms.parsing.bookings import Booking, Listing, Status

_STATUSES: Final[Mapping[str, Status]] = {
    "confirmed": Status.BOOKED, "inhouse": Status.BOOKED, "checkedout": Status.LEFT, "canceled": Status.CANCELLED,
    "noshow": Status.NO_SHOW,
}  # fmt: skip


def booking(row: Mapping[str, Any]) -> Booking:
    """Reads a booking. Raises UnreadableError.

    Until a unit is assigned, the listing is the property, with all of its chargers.
    """
    guest = bookings.mapping(row.get("primaryGuest"))
    name = " ".join(part for part in (bookings.text(guest, "firstName"), bookings.text(guest, "lastName")) if part)
    unit, site = bookings.mapping(row.get("unit")), bookings.mapping(row.get("property"))
    return bookings.require_valid_days(
        Booking(
            key=bookings.key(row, "id"),
            code=bookings.text(row, "externalCode", "id", at_most=100),
            listing=bookings.text(unit, "id") or bookings.text(site, "id"),
            status=_STATUSES.get(bookings.text(row, "status").lower(), Status.NOT_BOOKED),
            arrives=bookings.day(row.get("arrival"), label="arrival"),
            departs=bookings.day(row.get("departure"), label="departure"),
            arrives_at=bookings.moment(row.get("arrival")),
            departs_at=bookings.moment(row.get("departure")),
            guest_name=name,
            guest_email=bookings.text(guest, "email", at_most=254),
            phone_last4=bookings.last4(guest.get("phone")),
            updated_at=bookings.moment(row.get("modified")),
        )
    )


def listing(row: Mapping[str, Any]) -> Listing | None:
    key = bookings.text(row, "id", at_most=100)
    return Listing(key, bookings.text(row, "name")) if key else None
