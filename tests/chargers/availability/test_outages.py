"""Spans of states are written by the database with every change, and outages are read from them."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from chargers.availability import outages, uptime
from chargers.availability.uptime import Span
from chargers.fleet import presence
from chargers.fleet.presence import StatusFacts
from chargers.models import OutageExclusion, StateSpan

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
pytestmark = pytest.mark.django_db


def report(charger, status, *, at, evse=1, error="NoError"):
    facts = StatusFacts(
        evse_number=evse,
        connector_number=1 if evse else None,
        status=status,
        error_code=error,
        vendor_error_code="",
        status_info="",
        stated_at=at.isoformat(),
        at=at,
    )
    presence.report_status(charger, facts, now=at)


def connect(charger, *, at):
    connection_id = uuid.uuid4()
    presence.connect(charger, connection_id=connection_id, version="1.6", now=at)
    return connection_id


def spans(charger, track):
    rows = StateSpan.objects.filter(charger=charger, track=track).order_by("since", "id")
    return [(row.state, row.since, row.until) for row in rows]


def test_a_connection_and_its_end_leave_spans(charger):
    held = connect(charger, at=NOON)
    connect(charger, at=NOON + HOUR)  # takes over
    presence.disconnect(charger, connection_id=held, now=NOON + HOUR)
    presence.disconnect_all(now=NOON + 2 * HOUR)
    connect(charger, at=NOON + 5 * HOUR)

    assert spans(charger, "connection") == [
        ("online", NOON, NOON + 2 * HOUR),
        ("offline", NOON + 2 * HOUR, NOON + 5 * HOUR),
        ("online", NOON + 5 * HOUR, None),
    ]


def test_a_fault_that_is_repeated_goes_on_since_it_began(charger):
    report(charger, "Available", at=NOON)
    report(charger, "Faulted", at=NOON + HOUR, error="GroundFailure")
    report(charger, "Faulted", at=NOON + 2 * HOUR, error="OtherError")

    [fault] = outages.open_faults([charger.pk])[charger.pk]
    assert (fault.evse_number, fault.since, fault.detail) == (1, NOON + HOUR, "GroundFailure")

    report(charger, "Available", at=NOON + 3 * HOUR)
    assert not outages.open_faults([charger.pk])


def test_a_late_report_of_the_past_changes_no_span(charger):
    report(charger, "Available", at=NOON + HOUR)
    report(charger, "Faulted", at=NOON)

    assert spans(charger, "status") == [("free", NOON + HOUR, None)]


def test_uptime_counts_offline_faulted_and_out_of_service(charger):
    connect(charger, at=NOON)
    report(charger, "Available", at=NOON)
    report(charger, "Faulted", at=NOON + 10 * HOUR)
    report(charger, "Charging", at=NOON + 20 * HOUR)
    presence.disconnect_all(now=NOON + 30 * HOUR)
    connect(charger, at=NOON + 40 * HOUR)
    report(charger, "Unavailable", at=NOON + 50 * HOUR)
    report(charger, "Available", at=NOON + 60 * HOUR)

    found = outages.of_charger(charger, since=NOON - 365 * 24 * HOUR, now=NOON + 100 * HOUR)

    assert found.known_since == NOON
    port = found.ports[0]
    assert port.uptime.outage == 30 * HOUR
    assert port.uptime.observed == 100 * HOUR
    assert port.uptime.pct == Decimal("70.00")


def test_an_internet_outage_is_no_exclusion_of_nevi(charger):
    connect(charger, at=NOON)
    presence.disconnect_all(now=NOON + 50 * HOUR)
    for kind, first in (("network", 50), ("utility", 70)):
        OutageExclusion.objects.create(
            charger=charger,
            kind=kind,
            begins_at=NOON + first * HOUR,
            ends_at=NOON + (first + 20) * HOUR,
            reason="The provider confirmed it",
            marked_by="user:x",
            marked_at=NOON,
        )

    found = outages.of_charger(charger, since=NOON, now=NOON + 100 * HOUR).ports[0].uptime

    assert (found.raw_pct, found.nevi_pct, found.pct) == (Decimal("50.00"), Decimal("70.00"), Decimal("90.00"))


def test_a_charger_that_never_connected_has_no_uptime(charger):
    found = outages.of_charger(charger, since=NOON, now=NOON + HOUR)

    assert found.together.pct is None


def test_the_uptime_of_days_adds_up_to_that_of_the_window(charger):
    connect(charger, at=NOON)
    presence.disconnect_all(now=NOON + 30 * HOUR)
    connect(charger, at=NOON + 60 * HOUR)
    OutageExclusion.objects.create(
        charger=charger, kind="utility", begins_at=NOON + 30 * HOUR, ends_at=NOON + 40 * HOUR, reason="Grid",
        marked_by="user:x", marked_at=NOON,
    )  # fmt: skip
    ports = outages.of_charger(charger, since=NOON - 24 * HOUR, now=NOON + 96 * HOUR).ports
    days = [Span(NOON + 24 * (day - 1) * HOUR, NOON + 24 * day * HOUR) for day in range(5)]

    by_day = outages.by_span(ports, days)

    assert [part.pct for part in by_day] == [None, *map(Decimal, ("100.00", "66.67", "50.00", "100.00"))]
    assert sum(by_day, uptime.zero_times()) == sum((port.uptime for port in ports), uptime.zero_times())
