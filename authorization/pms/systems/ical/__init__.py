"""Calendars of any system."""

from datetime import timedelta
from typing import Final

from authorization.pms.systems.entry import Access, KnownSystem
from authorization.pms.systems.ical import calls

SYSTEM: Final = KnownSystem(
    kind="ical",
    name="iCal calendar",
    means="A calendar link of Airbnb, Vrbo or any other system, one for each unit.",
    system=calls,
    every=timedelta(minutes=15),
    reads_by=Access.CALENDAR_ADDRESS,
    address_help="The export link of one unit's calendar, such as https://www.airbnb.com/calendar/ical/….ics.",
)
