"""Idempotency-Key on writes of the API, and moments with their offset."""

from datetime import UTC, datetime, timedelta

import pytest

from authorization.models import ApiKey, ApiRequest
from authorization.rest import idempotency
from billing.models import Refund
from tests.kit import from_schema
from tests.kit.callers import paid, rate

__all__ = ["paid", "rate"]


@pytest.fixture
def mine(callers):
    return callers.owner


@pytest.fixture
def agents(callers):
    return callers.agent


WANTED = {"amount_minor": 50, "reason": "goodwill", "explanation": "Sorry."}


def refund(api, session, *, key=None, **changes):
    headers = {"Idempotency-Key": key} if key else {}
    return api.client.post(
        f"/api/v1/sessions/{session.pk}/refunds/", WANTED | changes, content_type="application/json", headers=headers
    )


def test_it_pays_once_however_often_a_client_repeats_a_request(mine, paid):
    first, again = (refund(mine, paid, key="a") for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.json(), again.headers["Idempotent-Replayed"]) == (again.json(), "true")
    assert Refund.objects.count() == 1


def test_it_pays_twice_without_a_key_or_with_two(mine, paid):
    for key in (None, "a", "b"):
        assert refund(mine, paid, key=key).status_code == 201

    assert Refund.objects.count() == 3


def test_it_refuses_a_key_that_was_used_for_another_request(mine, paid):
    refund(mine, paid, key="a")

    other = refund(mine, paid, key="a", amount_minor=60)

    assert (other.status_code, Refund.objects.count()) == (422, 1)
    assert "used for another request" in other.json()["detail"]


def test_it_lets_a_corrected_request_have_the_key_of_a_refused_one(mine, paid):
    assert refund(mine, paid, key="a", explanation="").status_code == 400

    assert refund(mine, paid, key="a").status_code == 201


def test_it_says_that_the_first_request_is_still_under_way(mine, paid):
    ApiRequest.objects.create(
        api_key=ApiKey.objects.get(host__slug="sunset"), name="a", fingerprint="x", created_at=datetime.now(tz=UTC)
    )

    found = refund(mine, paid, key="a")

    assert (found.status_code, Refund.objects.count()) == (409, 0)
    assert int(found.headers["Retry-After"]) > 0


def test_keys_of_two_callers_are_apart(mine, agents, paid):
    assert refund(mine, paid, key="a").status_code == 201
    assert refund(agents, paid, key="a").status_code == 201

    assert Refund.objects.count() == 2


def test_it_forgets_keys_after_a_week(mine, paid):
    refund(mine, paid, key="a")

    assert idempotency.forget(now=datetime.now(tz=UTC) + timedelta(days=8)) == 1
    assert not ApiRequest.objects.exists()


def test_it_keeps_no_key_of_a_read(mine):
    assert mine.client.get("/api/v1/sessions/", headers={"Idempotency-Key": "a"}).status_code == 200
    assert not ApiRequest.objects.exists()


@pytest.mark.parametrize(
    ("address", "body", "field"),
    [
        (
            "stays/",
            {"property": "sunset-1", "arrives_at": "2026-07-03T15:00:00", "departs_at": "2026-07-05T11:00:00"},
            "arrives_at",
        ),
    ],
)
def test_it_asks_for_the_offset_of_a_moment(mine, address, body, field):
    answer = mine.client.post(f"/api/v1/{address}", body, content_type="application/json")

    assert answer.status_code == 400
    problems = {one["path"]: one["message"] for one in answer.json()["errors"]}
    assert problems[field].startswith("Say the offset too")


@pytest.mark.parametrize("address", ["sessions/", "receipts/", "decisions/"])
def test_it_asks_for_the_offset_of_a_filter(mine, address):
    answer = mine.client.get(f"/api/v1/{address}?since=2026-07-03T15:00:00")

    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (400, "since")
    assert mine.client.get(f"/api/v1/{address}?since=2026-07-03T15:00:00Z").status_code == 200


def test_every_write_is_done_once_whatever_its_method(mine, world):
    headers = {"Idempotency-Key": "tax"}
    send = {"data": {"percentage": "6"}, "content_type": "application/json", "headers": headers}
    first, again = (mine.client.put("/api/v1/properties/sunset-1/tax/", **send) for _ in range(2))
    assert (first.status_code, again.json(), again.headers["Idempotent-Replayed"]) == (200, first.json(), "true")
    assert (
        mine.client.put("/api/v1/properties/sunset-1/tax/", **{**send, "data": {"percentage": "7"}}).status_code == 422
    )
    mine.client.put(
        "/api/v1/properties/sunset-1/expected-settings/Key/", {"value": "1"}, content_type="application/json"
    )
    gone = [
        mine.client.delete("/api/v1/properties/sunset-1/expected-settings/Key/", headers={"Idempotency-Key": "gone"})
        for _ in range(2)
    ]

    assert [(answer.status_code, answer.content) for answer in gone] == [(204, b""), (204, b"")]
    assert "Idempotent-Replayed" in gone[1].headers
    declared = [
        operation.name
        for operation in from_schema.operations()
        if operation.method != "get"
        and "Idempotency-Key" not in {one["name"] for one in operation.spec.get("parameters", [])}
    ]
    assert declared == ["POST /labels/"], "It makes a file."
