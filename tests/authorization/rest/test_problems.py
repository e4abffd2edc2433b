"""What is wrong comes as application/problem+json, whatever it is."""

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.urls import path

from authorization.models import ApiKey
from authorization.rest import problems
from authorization.rest.base import ApiView
from authorization.rest.keys import KeyThrottle, PersonThrottle
from backoffice import urls
from tests.kit.callers import Api, Callers, make_key, paid, rate
from tests.kit.world import World

__all__ = ["paid", "rate"]

pytestmark = pytest.mark.django_db


def test_it_says_that_an_address_is_none(callers: Callers):
    answer = callers.owner.get("nothing/here/")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no such thing here, or your key may not see it.",
    }


def test_it_names_every_field_that_is_wrong(callers: Callers):
    answer = callers.owner.post("tokens/", {"uid": "Я"})

    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["type"], problem["title"], problem["status"]) == ("urn:problem:invalid", "Bad Request", 400)
    assert [error["path"] for error in problem["errors"]] == ["uid", "group"]
    assert "only Latin letters" in problem["errors"][0]["message"]
    assert problem["detail"].startswith("uid: ")


@pytest.mark.parametrize(
    ("address", "query", "at"),
    [
        ("sessions/", {"limit": "0"}, "limit"),
        ("sessions/", {"limit": "many"}, "limit"),
        ("sessions/", {"before": "yesterday"}, "before"),
        ("sessions/", {"state": "asleep"}, "state"),
        ("sessions/", {"stat": "held"}, "stat"),
        ("sessions/", {"since": "yesterday"}, "since"),
        ("tokens/", {"before": "x"}, "before"),
        ("decisions/", {"reason": "because"}, "reason"),
        ("chargers/", {"after": "\x00"}, "after"),
        ("chargers/", {"search": "\x00"}, "search"),
    ],
)
def test_it_refuses_a_question_that_it_cannot_read(callers: Callers, address, query, at):
    answer = callers.owner.get(address, **query)

    assert answer.status_code == 400
    assert [error["path"] for error in answer.json()["errors"]] == [at]


def test_it_survives_ids_that_no_database_takes(callers: Callers):
    assert callers.owner.get("chargers/CP%001/").status_code == 404
    assert callers.owner.get(f"tokens/{10**30}/").status_code == 404
    assert callers.owner.get("tokens/", before=str(10**30)).status_code == 200


def test_it_refuses_bodies_that_are_no_json(callers: Callers):
    client = callers.owner.client

    broken = client.post("/api/v1/tokens/", "{", content_type="application/json")
    other = client.post("/api/v1/tokens/", "uid=1", content_type="application/x-www-form-urlencoded")
    listed = client.post("/api/v1/tokens/", "[]", content_type="application/json")

    assert [answer.status_code for answer in (broken, other, listed)] == [400, 415, 400]
    assert {answer.headers["Content-Type"] for answer in (broken, other, listed)} == {"application/problem+json"}


def test_it_refuses_methods_that_an_address_has_not(callers: Callers, world: World):
    answer = callers.owner.client.delete(f"/api/v1/tokens/{world.member.pk}/")

    assert (answer.status_code, answer.json()["title"]) == (405, "Method Not Allowed")


def test_it_slows_a_key_down_and_no_other(callers: Callers, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(KeyThrottle, "THROTTLE_RATES", {"api-reads": "2/min", "api-writes": "1/min"})

    answers = [callers.owner.get("tokens/") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["title"] == "Too Many Requests"
    assert int(answers[2].headers["Retry-After"]) > 0
    assert callers.agent.get("tokens/").status_code == 200
    limits = [[int(answer.headers[f"RateLimit-{name}"]) for name in ("Limit", "Remaining")] for answer in answers]
    assert limits == [[2, 1], [2, 0], [2, 0]]
    assert answers[2].headers["RateLimit-Reset"] == answers[2].headers["Retry-After"]


def test_keys_of_one_person_share_a_limit(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(PersonThrottle, "THROTTLE_RATES", {"person-api-reads": "3/min"})
    made = [ApiKey.objects.create_key(name="x", host=world.host, made_by=world.owner) for _ in range(2)]
    first, second = (Api(str(key)) for _, key in made)

    answers = [caller.get("tokens/").status_code for caller in (first, second, first, second)]

    assert answers == [200, 200, 200, 429]
    assert Api(make_key(world.host)).get("tokens/").status_code == 200


class Broken(ApiView):
    def get(self, request):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")


class BrokenAddresses:
    handler500 = urls.handler500
    urlpatterns = [path("api/v1/broken/", Broken.as_view()), path("broken/", Broken.as_view())]


@override_settings(ROOT_URLCONF=BrokenAddresses)
def test_it_says_a_fault_of_ours_as_a_problem(world: World):
    client = Client(raise_request_exception=False, headers={"Authorization": f"Api-Key {make_key(world.host)}"})

    answer, page = client.get("/api/v1/broken/"), client.get("/broken/")

    assert (answer.status_code, page.status_code) == (500, 500)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 500
    assert page.headers["Content-Type"].startswith("text/html")


def test_it_flattens_errors_with_their_paths():
    found = problems.flatten_errors({"a": [{}, {"b": ["bad"]}], "non_field_errors": ["worse"]})

    assert list(found) == [{"path": "a[1].b", "message": "bad"}, {"path": "", "message": "worse"}]


@pytest.mark.parametrize("body", ["[" * 5000, "[" * 2000 + "]" * 2000, '{"uid":' * 2000 + "1" + "}" * 2000])
def test_a_body_that_nests_without_end_is_refused(callers: Callers, body: str):
    answer = callers.owner.client.post("/api/v1/tokens/", body, content_type="application/json")

    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("tokens/", {"uid": "04A1B2C3D4", "group": "residents"}),
        ("tokens/", {"uid": "04A1B2C3D4", "group": "no-such"}),
        ("tokens/", {}),
        ("webhook-endpoints/", {"url": "https://example.com/hooks"}),
        ("webhook-endpoints/", {"url": "https://10.0.0.5/"}),
        ("home-invoices/", {}),
        ("properties/sunset-1/units/", {"name": "2B"}),
    ],
)
def test_a_key_whose_maker_may_not_hears_that_before_anything_of_its_body(world: World, address, body):
    """It read “There is no such local group”, or that the address is unknown."""
    key = ApiKey.objects.create_key(name="x", host=world.host, made_by=world.owner)[1]
    world.owner.memberships.update(role="read_only")

    refused = Api(str(key)).post(address, body)

    assert refused.status_code == 403
    assert "owner@example.com made this key and may not do this" in refused.content.decode()


def test_a_key_whose_maker_may_not_hears_that_of_what_it_sees(world: World, paid):
    key = ApiKey.objects.create_key(name="x", host=world.host, made_by=world.owner)[1]
    world.owner.memberships.update(role="read_only")

    for act in ("refunds", "waive"):
        assert Api(str(key)).post(f"sessions/{paid.pk}/{act}/", {}).status_code == 403
