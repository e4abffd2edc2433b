"""The smallest message after which a partner holds an object."""

from typing import Any

from billing.roaming.pushes import plan
from billing.roaming.pushes.plan import Message


def location(*statuses: str, **changes: Any) -> dict[str, Any]:
    evses = [
        {"uid": f"E{number}", "status": status, "last_updated": "t"} for number, status in enumerate(statuses, start=1)
    ]
    return {"id": "L1", "last_updated": "t", "evses": evses, **changes}


def test_what_the_partner_does_not_hold_is_put():
    body = location("AVAILABLE")

    assert plan.of_location(body, held_body=None) == [Message("PUT", ("L1",), body)]


def test_statuses_that_differ_are_patched_one_by_one():
    messages = plan.of_location(
        location("CHARGING", "AVAILABLE", "BLOCKED"), held_body=location("AVAILABLE", "AVAILABLE", "AVAILABLE")
    )

    assert messages == [
        Message("PATCH", ("L1", "E1"), {"status": "CHARGING", "last_updated": "t"}),
        Message("PATCH", ("L1", "E3"), {"status": "BLOCKED", "last_updated": "t"}),
    ]


def test_more_than_three_of_them_are_put_at_once():
    before = location(*["AVAILABLE"] * 4)

    assert [each.method for each in plan.of_location(location(*["CHARGING"] * 3, "AVAILABLE"), held_body=before)] == [
        "PATCH"
    ] * 3
    assert [each.method for each in plan.of_location(location(*["CHARGING"] * 4), held_body=before)] == ["PUT"]


def test_where_anything_else_differs_all_of_it_is_put():
    held = location("AVAILABLE")

    for body in (
        location("CHARGING", name="Sunrise"),
        location("CHARGING", "AVAILABLE"),
        location(),
        location("AVAILABLE", last_updated="later"),
    ):
        assert [each.method for each in plan.of_location(body, held_body=held)] == ["PUT"]


def test_other_objects_are_put_and_deleted_whole():
    assert plan.of_object({"id": "T1"}) == [Message("PUT", ("T1",), {"id": "T1"})]
    assert plan.deletion({"id": "T1"}) == [Message("DELETE", ("T1",))]
