"""Bodies of objects: when they changed, what is ours alone, and EVSEs that are gone."""

from datetime import UTC, datetime, timedelta
from typing import Any

from billing.roaming.publication import bodies

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
THEN, NOW = "2026-03-10T12:00:00Z", "2026-03-10T13:00:00Z"


def location(*statuses: str, **changes: Any) -> dict[str, Any]:
    evses = [
        {"uid": f"E{number}", "status": status, "connectors": [{"id": "1", "standard": "T2"}]}
        for number, status in enumerate(statuses, start=1)
    ]
    return {"id": "L1", "name": "Sunset", "evses": evses, **changes}


def stamped(body: dict[str, Any], previous: dict[str, Any] | None) -> dict[str, Any]:
    return bodies.stamp_last_updated(body, previous, now=NOON + timedelta(hours=1))


def test_what_is_ours_is_left_out_at_every_depth():
    body = {"id": "1", "_pk": 7, "evses": [{"uid": "E1", "_pk": 8}], "none": None}

    assert bodies.public(body) == {"id": "1", "evses": [{"uid": "E1"}], "none": None}


def test_times_of_change_make_no_difference_and_anything_else_does():
    assert bodies.has_same_content({"a": [{"b": 1, "last_updated": THEN}]}, {"a": [{"b": 1, "last_updated": NOW}]})
    assert not bodies.has_same_content({"a": [{"b": 1}]}, {"a": [{"b": 2}]})


def test_what_says_the_same_keeps_its_time():
    before = bodies.stamp_last_updated(location("AVAILABLE"), None, now=NOON)

    assert stamped(location("AVAILABLE"), before) == before
    assert before["last_updated"] == before["evses"][0]["connectors"][0]["last_updated"] == THEN


def test_a_change_rises_to_its_parents_and_to_no_neighbour():
    before = bodies.stamp_last_updated(location("AVAILABLE", "AVAILABLE"), None, now=NOON)

    after = stamped(location("CHARGING", "AVAILABLE"), before)

    assert [after["last_updated"], *(each["last_updated"] for each in after["evses"])] == [NOW, NOW, THEN]
    assert after["evses"][0]["connectors"][0]["last_updated"] == THEN


def test_a_change_of_the_location_leaves_its_evses():
    before = bodies.stamp_last_updated(location("AVAILABLE"), None, now=NOON)

    after = stamped(location("AVAILABLE", name="Sunrise"), before)

    assert (after["last_updated"], after["evses"][0]["last_updated"]) == (NOW, THEN)


def test_an_object_without_evses_is_stamped_alone():
    before = bodies.stamp_last_updated({"id": "T1"}, None, now=NOON)

    assert stamped({"id": "T1"}, before)["last_updated"] == THEN
    assert stamped({"id": "T1", "currency": "EUR"}, before)["last_updated"] == NOW


def test_an_evse_that_is_gone_is_told_as_removed():
    with_removed = bodies.with_removed(location("AVAILABLE"), location("AVAILABLE", "CHARGING"))

    assert [(each["uid"], each["status"]) for each in with_removed["evses"]] == [("E1", "AVAILABLE"), ("E2", "REMOVED")]
    assert bodies.with_removed(location("AVAILABLE"), None) == location("AVAILABLE")
