"""Calendars as Airbnb, Vrbo and others export them, and as nobody should."""

from datetime import UTC, date, datetime

import pytest

from authorization.pms.parsing.bookings import Status
from authorization.pms.systems.ical import calendars
from tests.kit.property_systems import airbnb, blocked, reserved

ZONE = "America/New_York"


def read(*events: str):
    return calendars.read(airbnb(*events), zone=ZONE)


def event(**lines: str) -> str:
    named = {"DTSTART;VALUE=DATE": "20260401", "DTEND;VALUE=DATE": "20260403", "UID": "one@example.com", **lines}
    body = "\r\n".join(f"{name.replace('_', '-')}:{value}" for name, value in named.items() if value)
    return f"BEGIN:VEVENT\r\n{body}\r\nEND:VEVENT"


def only(*events: str):
    [booking] = read(*events).bookings
    return booking


def test_airbnb_names_a_booking_by_its_code():
    booking = only(reserved("HMABC12345", "20260401", "20260403"))

    assert (booking.key, booking.code, booking.phone_last4) == ("HMABC12345", "HMABC12345", "1234")
    assert (booking.arrives, booking.departs) == (date(2026, 4, 1), date(2026, 4, 3))
    assert (booking.guest_name, booking.status) == ("", Status.BOOKED)


@pytest.mark.parametrize(
    "words",
    ["Airbnb (Not available)", "Not available", "Blocked", "CLOSED - Not available", "Owner Stay", "Owner reservation",
     "Maintenance", "No disponible", "Nicht verfügbar", "Indisponible", "Niet beschikbaar", "Busy", ""],
)  # fmt: skip
def test_a_block_is_no_stay_whatever_it_is_called(words: str):
    found = read(blocked("20260401", "20260403", words=words))

    assert (found.bookings, found.blocks, found.refused) == ((), 1, ())


@pytest.mark.parametrize(
    ("words", "guest"),
    [("Reserved - Anna Block", "Anna Block"), ("Reserved", ""), ("Booking: Kim de Vries", "Kim de Vries"),
     ("Robin Smith", "Robin Smith"), ("Reservation 4711", "")],
)  # fmt: skip
def test_a_booking_of_another_system_is_a_stay(words: str, guest: str):
    booking = only(event(SUMMARY=words))

    assert (booking.key, booking.guest_name) == ("one@example.com", guest)


def test_a_cancelled_event_is_a_cancelled_booking():
    assert only(event(SUMMARY="Reserved", STATUS="CANCELLED")).status is Status.CANCELLED


def test_times_count_in_their_zone_or_in_the_propertys():
    begins, ends = "DTSTART;VALUE=DATE", "DTEND;VALUE=DATE"
    booking = only(
        event(
            **{begins: "", ends: "", "DTSTART;TZID=Europe/Amsterdam": "20260401T160000", "DTEND": "20260403T100000"},
            SUMMARY="Reserved",
        )
    )

    assert booking.arrives_at == datetime(2026, 4, 1, 14, tzinfo=UTC)
    assert booking.departs_at == datetime(2026, 4, 3, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("begins", "ends", "sentence"),
    [("20260403", "20260401", "one@example.com ends before it begins."),
     ("20260401", "20260401", "one@example.com ends before it begins."),
     ("99990101", "99990103", "The day of an event is “9999-01-01”, which is no day."),
     ("20260401", "20360401", "one@example.com lasts 3,653 nights: that is no stay."),
     ("20261341", "20261342", "The DTSTART of an event cannot be read."),
     ("", "", "An event has no beginning.")],
)  # fmt: skip
def test_nonsense_is_refused_with_a_sentence_and_the_others_stay(begins: str, ends: str, sentence: str):
    wrong = event(**{"DTSTART;VALUE=DATE": begins, "DTEND;VALUE=DATE": ends}, SUMMARY="Reserved")
    found = read(wrong, reserved("HMGOOD12345", "20260401", "20260403"))

    assert [one.key for one in found.bookings] == ["HMGOOD12345"]
    assert found.refused == (sentence,)


@pytest.mark.parametrize("body", [b"", b"<!DOCTYPE html><html>Log in</html>", b"\x00\xff", b"BEGIN:VCARD\r\nEND:VCARD"])
def test_what_is_no_calendar_is_a_failure(body: bytes):
    with pytest.raises(calendars.NotACalendarError):
        calendars.read(body, zone=ZONE)


def test_an_empty_calendar_is_a_failure():
    with pytest.raises(calendars.EmptyCalendarError):
        read()


def test_a_hundred_thousand_events_are_not_read():
    with pytest.raises(calendars.TooManyError):
        calendars.read(airbnb(*["BEGIN:VEVENT\r\nEND:VEVENT"] * 100_000), zone=ZONE)


def test_components_within_components_without_end_are_not_read():
    with pytest.raises(calendars.TooManyError):
        calendars.read(airbnb("BEGIN:VEVENT\r\n" + "BEGIN:VALARM\r\n" * 50_000), zone=ZONE)


def test_an_event_of_a_megabyte_is_refused():
    found = read(
        event(SUMMARY="Reserved", DESCRIPTION="x" * 1_000_000), reserved("HMGOOD12345", "20260401", "20260403")
    )

    assert (len(found.bookings), found.refused) == (1, ("An event is larger than 64 KiB.",))


def test_it_stops_when_its_time_is_used_up():
    with pytest.raises(calendars.TooSlowError):
        calendars.read(airbnb(reserved("HMGOOD12345", "20260401", "20260403")), zone=ZONE, patience_s=-1)


def test_an_event_of_fourteen_thousand_properties_is_refused():
    found = read(
        event(SUMMARY="Reserved", X="\r\n".join(["Y:"] * 14_000)), reserved("HMGOOD12345", "20260401", "20260403")
    )

    assert ([one.key for one in found.bookings], found.refused) == (
        ["HMGOOD12345"],
        ("An event has more than 1000 lines.",),
    )


@pytest.mark.long
@pytest.mark.parametrize("fold", ["\r\n ", "\n\t", "\r\n a", "\r ", "\n \n"])
def test_a_feed_of_five_megabytes_in_folded_lines_is_read(fold: str):
    text = fold * (60_000 // len(fold))
    folded = [
        event(**{"DTSTART;VALUE=DATE": "20260401"}, SUMMARY="Reserved", UID=str(number), DESCRIPTION=text)
        for number in range(80)
    ]
    found = read(*folded)

    assert len(found.bookings) + len(found.refused) == 80
