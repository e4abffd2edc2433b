"""The API and its OpenAPI document say the same: requests are made from the document, answers held against it."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import openapi_spec_validator
import pytest
from django.db import transaction
from rest_framework import serializers

from authorization.rest.keys import KeyThrottle
from billing.models import Session
from tests.kit import from_schema
from tests.kit.callers import Callers
from tests.kit.from_schema import ABSENT, KNOWN, Draw, Operation, Sent
from tests.kit.sampling import sampled
from tests.kit.world import World, tap

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KeyThrottle, "THROTTLE_RATES", {"api-reads": None, "api-writes": None})


NEVER = "0199e5a0-0000-7000-8000-000000000000"
VALID_EACH = 4
INVALID_EACH = 14
"""Of each operation, drawn by its name: what bodies have in common need not be asked of all."""
REFUSED_FOR = {
    "it names what is not there": r"There is no such|There is no \w+ “|has no (such )?\w+|Say whose rate",
    "a moment has an order, to now or to another, and a year from 1 to 9999 in UTC": (
        r"This must be later|cannot begin in the past|Datetime value out of range|must end after it begins|"
        r"It is over already|choose a time that lies ahead|may last 30 days|may lie a year ahead"
    ),
    "one field needs another, or goes without it": (
        r"Say why|Say what changes|Name at least one field|Give both coord|"
        r"Give lines, or|Give the difference|Say how much|A connector belongs|"
        r"belongs to|only with|Say which setting"
    ),
    "a text or an object has a language of its own": (
        r"energy is missing|is not a time of day|must name the columns|is missing: add it|is no(t a)? day|"
        r"This is no (address|base64|time zone|country|picture)|Write the number as|This is neither CAMT|"
        r"begin with a letter or digit|Begin with wss|where this country's numbers|is a client certificate"
    ),
    "an amount has bounds: decimals are texts, and what banks bear depends on the currency": (
        r"Ensure this value is (greater|less) than|Most guests' banks|So little is used up|"
        r"needs a second person|at least one session's limit"
    ),
    "the charger's OCPP version has limits of its own": r"characters: write at most",
    "a UID has letters and digits of ASCII only, whatever stands between them": (
        r"Latin letter|a UID has only|number of a card has only|type the number by hand"
    ),
    "what is there does not allow it": (
        r"are still in service here|Name each picture|not as you read them|is in use by|has a property|has a unit|"
        r"is offline|not held|No stop came late|can still be given back|our support decide|not over yet|nothing to|"
        r"money has moved"
    ),
}
"""What a schema cannot say, for which a request that it admits is answered 400, and how the API puts it."""


def test_it_answers_what_its_schema_says_to_requests_made_from_it(world: World, paid: Session, callers: Callers):
    tap(world.charger, "04A1B2C3D4")

    wrong = [
        f"{operation.name}: {found} ({sent.fault or 'valid'}: {sent})"[:600]
        for operation, sent in requests(world, paid)
        if (found := against(operation, sent, *send(callers, operation, sent)))
    ]

    assert wrong == [], "\n".join(wrong)


def test_its_document_is_valid_openapi():
    openapi_spec_validator.validate(from_schema.document())

    assert [path for path, value in defaults(from_schema.document(), "") if value == "" and "email" in path] == []


def defaults(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every default of an e-mail address, with where it stands."""
    match node:
        case {"format": "email", "default": value}:
            yield f"{path} (email)", value
        case dict():
            for name, below in node.items():
                yield from defaults(below, f"{path}/{name}")
        case list():
            for below in node:
                yield from defaults(below, path)


@pytest.mark.parametrize("list_name", ["chargers/CP1/messages/", "decisions/", "receipts/", "sessions/"])
@pytest.mark.parametrize("since", ["0957-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_it_lists_since_any_moment_of_the_calendar(callers: Callers, list_name: str, since: str):
    assert callers.owner.get(list_name, since=since).status_code == 200


def test_it_refuses_a_start_at_a_connector_beyond_every_charger(callers: Callers):
    answer = callers.owner.post("chargers/CP1/starts/", {"uid": "04A1B2C3D4", "connector": 10194722506})

    assert answer.status_code == 400
    assert [error["path"] for error in answer.json()["errors"]] == ["connector"]


@pytest.mark.parametrize(
    ("address", "body", "at"),
    [
        ("chargers/CP1/starts/", {"uid": "04A1B2C3D4", "connector": "1"}, "connector"),
        ("chargers/CP1/decide/", {"uid": 5}, "uid"),
        ("token-groups/", {"name": "Staff", "enabled": "yes"}, "enabled"),
        ("token-groups/", {"name": "Staff", "chargers": [7]}, "chargers[0]"),
        ("plans/", {"name": "Basic", "fee_minor": 900, "tax_pct": 8.5}, "tax_pct"),
    ],
)
def test_it_takes_no_value_of_another_type_for_the_one_declared(callers: Callers, address, body, at):
    answer = callers.owner.post(address, body)

    assert answer.status_code == 400
    assert [error["path"] for error in answer.json()["errors"]] == [at]


def test_it_declares_null_wherever_the_database_may_answer_it():
    undeclared = [
        f"{one.__name__}.{name}"
        for one in _models_of_the_api(serializers.ModelSerializer)
        for name, declared in one().fields.items()
        if not declared.allow_null and _may_be_null(one.Meta.model, declared)
    ]

    assert undeclared == []


def test_it_declares_the_empty_text_wherever_an_address_may_be_missing():
    undeclared = [
        f"{one.__name__}.{name}"
        for one in _models_of_the_api(serializers.ModelSerializer)
        for name, declared in one().fields.items()
        if isinstance(declared, serializers.EmailField) and not declared.allow_blank
        if one.Meta.model._meta.get_field(declared.source).blank
    ]

    assert undeclared == []


def _models_of_the_api(base: type[Any]) -> Iterator[type[Any]]:
    for one in base.__subclasses__():
        if "api" in one.__module__.split("."):
            yield one
        yield from _models_of_the_api(one)


def _may_be_null(model: Any, declared: Any) -> bool:
    if declared.default is not serializers.empty:
        return declared.default is None
    for part in declared.source.split("."):
        if model is None:
            return False
        found = next((one for one in model._meta.get_fields() if one.name == part), None)
        if found is None or found.many_to_many or found.one_to_many:
            return False
        if found.null:
            return True
        model = found.related_model
    return False


def requests(world: World, paid: Session) -> Iterator[tuple[Operation, Sent]]:
    places = _places(world, paid)
    for operation in sampled(from_schema.operations(), of="schema", share=4):
        draw = Draw(operation.name, known=KNOWN)
        path = re.sub(r"\{(\w+)\}", lambda found: str(places.get(found[1], 1)), operation.path)
        for _ in range(VALID_EACH):
            yield operation, draw.valid(operation, path)
        wrong = list(draw.invalid(operation, path))
        yield from ((operation, sent) for sent in draw.some(wrong, INVALID_EACH))


def send(callers: Callers, operation: Operation, sent: Sent) -> tuple[int, Any]:
    """The status and the body; what the request changed is undone."""
    client = callers.owner.client
    client.raise_request_exception = False
    body = {} if sent.body is ABSENT else {"data": json.dumps(sent.body), "content_type": "application/json"}
    address = f"{sent.path}?{urlencode(sent.query)}" if sent.query else sent.path
    with transaction.atomic():
        answer = getattr(client, operation.method)(address, **body)
        found = answer.getvalue()
        transaction.set_rollback(True)
    if answer.streaming or (found and "json" not in answer.headers["Content-Type"]):
        return answer.status_code, found.decode("latin-1")  # a file
    return answer.status_code, json.loads(found) if found else None


def against(operation: Operation, sent: Sent, status: int, body: Any) -> str:
    """What is wrong with an answer, in one line; empty where nothing is."""
    if status >= 500:
        return str(status)
    if str(status) not in operation.spec["responses"]:
        return f"{status} is not declared"
    if sent.fault and status < 300:
        return "accepted"
    if status >= 400 and not isinstance(body, dict):
        return f"{status} is no problem document: {body!r}"[:300]
    if not sent.fault and status == 400 and not _is_explained(body):
        return f"refused: {body.get('errors') or body['detail']}"[:300]
    content = operation.spec["responses"][str(status)].get("content", {})
    wrong = [one for kind in content.values() for one in from_schema.faults(from_schema.resolved(kind["schema"]), body)]
    return f"{status} against its schema: {wrong[:3]}" if wrong else ""


def _is_explained(problem: Any) -> bool:
    messages = [error["message"] for error in problem.get("errors", [])]
    return bool(messages) and all(re.search("|".join(REFUSED_FOR.values()), message) for message in messages)


def _places(world: World, paid: Session) -> dict[str, Any]:
    return {
        "charger_id": "CP1",
        "session_id": paid.pk,
        "slug": "sunset-1",
        "subject": "charger:CP1",
        "token_id": world.member.pk,
        "group_id": world.group.pk,
        "receipt_id": paid.receipts.get().pk,
        "rate_id": paid.rate_version.rate_id,
        "host": "sunset",
        "language": "en",
        "currency": "USD",
        "month": f"{paid.settled_at:%Y-%m}",
        "message_id": NEVER,
        "command_id": NEVER,
        "decision_id": paid.decision_id,
    }


def test_every_write_refuses_fields_that_it_does_not_know(world: World, paid: Session, callers: Callers):
    places, silent = _places(world, paid), []
    writes = [one for one in from_schema.operations() if one.method != "get"]
    for operation in writes:
        unknown = {
            one["name"]: NEVER for one in operation.spec.get("parameters", []) if one["schema"].get("format") == "uuid"
        }
        path = re.sub(r"\{(\w+)\}", lambda found: str((unknown | places).get(found[1], 1)), operation.path)  # noqa: B023
        schema = operation.body or {"type": "object", "additionalProperties": False}
        body = Draw(operation.name, known=KNOWN).whole(schema)
        paths = set(from_schema.spoil(schema, body, path=""))
        status, answer = send(callers, operation, Sent(path, body=body))
        named = {error["path"] for error in answer["errors"]} if status == 400 else set()
        if "no_such_field" not in paths or named != paths:
            silent.append(f"{operation.name}: {status} names {named}, not {paths}")

    assert len(writes) >= 150
    assert silent == [], "\n".join(silent)


def test_it_names_the_fields_that_there_are(callers: Callers):
    answer = callers.owner.post("token-groups/", {"name": "Staff", "enable": True})

    [error] = answer.json()["errors"]
    assert error["path"] == "enable"
    assert error["message"].startswith("There is no such field here. Known: ")
    assert "enabled, " in error["message"]
