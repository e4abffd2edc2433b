"""A calendar like Airbnb's export, for the demo: bookings around today, and a block."""

from datetime import datetime, timedelta
from typing import Final

NAME: Final = "sunset-2b.ics"
PATH: Final = f"/calendars/{NAME}"
_BOOKINGS: Final = (("HMDEMO2B01", -1, 3, "4321"), ("HMDEMO2B02", 5, 8, "8765"), ("HMDEMO2B03", 14, 21, "1199"))
"""Code, first and last day relative to today, and the last four digits of the guest's phone."""


def feed(now: datetime) -> bytes:
    """Returns the calendar: codes stay the same, their days move with the date."""
    events = [_booking(code, now=now, first=first, last=last, phone=phone) for code, first, last, phone in _BOOKINGS]
    blocked = _event("block-2b", now=now, first=30, last=40, summary="Airbnb (Not available)")
    head = "BEGIN:VCALENDAR\r\nPRODID:-//Airbnb Inc//Hosting Calendar 1.0//EN\r\nCALSCALE:GREGORIAN\r\nVERSION:2.0"
    return "\r\n".join([head, *events, blocked, "END:VCALENDAR", ""]).encode()


def _booking(code: str, *, now: datetime, first: int, last: int, phone: str) -> str:
    address = f"https://www.airbnb.com/hosting/reservations/details/{code}"
    words = f"DESCRIPTION:Reservation URL: {address}\\nPhone Number (Last 4 Digits): {phone}"
    return _event(code.lower(), now=now, first=first, last=last, summary="Reserved", extra_lines=f"{words}\r\n")


def _event(uid: str, *, now: datetime, first: int, last: int, summary: str, extra_lines: str = "") -> str:
    begins, ends = (f"{now + timedelta(days=days):%Y%m%d}" for days in (first, last))
    days = f"DTSTART;VALUE=DATE:{begins}\r\nDTEND;VALUE=DATE:{ends}"
    return f"BEGIN:VEVENT\r\n{days}\r\nSUMMARY:{summary}\r\nUID:{uid}@airbnb.com\r\n{extra_lines}END:VEVENT"
