"""From a call to what it means, in every version: unknown actions, wrong senders, deviations, missing fields."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from chargers.protocol.events import Misfit, Understood
from chargers.protocol.frames import Fault, Version
from chargers.protocol.versions import translator, v16

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def read(action, payload, *, table=None):
    known = {"Heartbeat": lambda payload, reader: "heartbeat"} if table is None else table
    return translator.read(action, payload, version=Version.V16, table=known, now=NOON, zone=None)


@pytest.mark.parametrize(
    ("action", "fault"),
    [
        ("Hearbeat", Fault.NOT_IMPLEMENTED),
        ("RemoteStartTransaction", Fault.NOT_SUPPORTED),
        ("StatusNotification", Fault.NOT_SUPPORTED),
    ],
)
def test_what_it_cannot_take_is_refused_by_what_it_is(action, fault):
    misfit = read(action, {})

    assert isinstance(misfit, Misfit)
    assert (misfit.fault, misfit.path) == (fault, "")


def test_the_name_of_an_unknown_action_is_cut():
    assert len(read("x" * 1000, {}).sentence) < 100


def test_a_conforming_call_is_understood_without_a_deviation():
    assert read("Heartbeat", {}) == Understood("heartbeat")


def test_what_leaves_the_schema_is_noted_and_understood_all_the_same():
    understood = read("Heartbeat", {"extra": 1})

    assert isinstance(understood, Understood)
    assert understood.event == "heartbeat"
    assert len(understood.deviations) == 1


def test_a_missing_field_is_named_with_the_schemas_own_fault():
    misfit = v16.read("Authorize", {}, now=NOON)

    assert isinstance(misfit, Misfit)
    assert misfit.path == "idTag"


def test_times_are_written_in_utc_with_milliseconds():
    at = datetime(2026, 3, 10, 13, 0, 0, 123_999, tzinfo=timezone(timedelta(hours=1)))

    assert translator.stamp(at) == "2026-03-10T12:00:00.123Z"
