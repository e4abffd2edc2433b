"""A calendar at a secret address, as Airbnb, Vrbo and most systems export it: read in full each time."""

from dataclasses import replace
from typing import Final

from authorization.pms.failures import Code, FailedError
from authorization.pms.parsing.bookings import WHOLE_FEED, Listing, Reading
from authorization.pms.systems import client
from authorization.pms.systems.ical import calendars
from authorization.pms.systems.ical.calendars import EmptyCalendarError, NotACalendarError, TooManyError, TooSlowError
from authorization.pms.systems.source import Source
from chargers.lib.outbound import Limits

_LIMITS: Final = Limits(timeout_s=30, most_bytes=calendars.MAX_BYTES)


def read(source: Source) -> Reading:
    """Reads the calendar. Raises FailedError for a web page or an empty response, which does not mean "no bookings"."""
    url = source.url.replace("webcal://", "https://", 1)
    answer = client.get(url, headers={"Accept": "text/calendar, */*;q=0.5"}, limits=_LIMITS, now=source.now)
    try:
        reading = calendars.read(answer.body, zone=source.zone)
    except NotACalendarError as exc:
        raise FailedError(Code.NOT_A_CALENDAR, what=_kind(answer.body)) from exc
    except EmptyCalendarError as exc:
        raise FailedError(Code.EMPTY_CALENDAR) from exc
    except TooManyError as exc:
        raise FailedError(Code.TOO_MANY, limit=f"{calendars.MAX_EVENTS:,}") from exc
    except TooSlowError as exc:
        raise FailedError(Code.TOO_SLOW) from exc
    return replace(reading, listings=(Listing(WHOLE_FEED),))


def _kind(body: bytes) -> str:
    start = body.lstrip()[:200].lower()
    if not start:
        return "an empty answer"
    return "a web page" if b"<html" in start or b"<!doctype" in start else "something else"
