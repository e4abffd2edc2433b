"""No form, no parameter, no part of an address and no tool answers 500, whatever stands in it.

The year 957, halves of surrogate pairs, NUL, hosts outside ASCII, numbers beyond every column: see tests.kit.hostile.
What a page reads is found out by reading it; a new parameter is attacked without a word here. A run attacks one in
six of them, `WHOLE=1` all (see tests.kit.sampling).
"""

import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.db import transaction
from django.test import Client

from authorization.rest.keys import KeyThrottle
from backoffice.portal.mcp import tools
from billing.models import Session
from tests.kit import from_schema, hostile
from tests.kit.addresses import API_KEY, SAMPLES, routes
from tests.kit.callers import Callers, paid, rate
from tests.kit.from_schema import Draw, Operation
from tests.kit.portal_pages import addresses
from tests.kit.sampling import sampled
from tests.kit.world import World

__all__ = ["addresses", "paid", "rate"]
pytestmark = pytest.mark.django_db
_PARAMETER = re.compile(r"<(\w+):(\w+)>")
_IN_PATHS = {
    "int": ["9" * 30, "0", "1"],
    "str": ["%ED%A0%80", "a%00b", "b%C3%BCcher", "0957-08", "9" * 30, "%C2%B2"],
    "slug": ["9" * 30, "0957"],
    "ocpi_version": ["%ED%A0%80", "a%00b", "2.2", "9" * 30, "%C2%B2"],
    "path": ["%ED%A0%80", "..%2F..%2Fx", "a%00b"],
    "uuid": ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
}


@pytest.fixture(autouse=True)
def _unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KeyThrottle, "THROTTLE_RATES", {"api-reads": None, "api-writes": None})


@pytest.fixture
def everywhere(addresses: dict[str, str]) -> dict[str, str]:
    """Every address but the API's, with something to see behind its parameters where that is known."""
    others = {route: _with_samples(route) for route in routes() if not route.startswith(API_KEY) and "(?P" not in route}
    return others | addresses


def _with_samples(route: str) -> str:
    return "/" + _PARAMETER.sub(lambda found: SAMPLES.get(f"{found[1]}:{found[2]}", "1"), route)


def sent(client: Client, method: str, address: str, data: Any = None, **options: Any) -> Any:
    """The answer; what the request changed is undone."""
    client.raise_request_exception = False
    with transaction.atomic():
        answer = getattr(client, method)(address, data, **options)
        transaction.set_rollback(True)
    return answer


def client_for(route: str, world: World, client_of: Any) -> Client:
    return client_of(world.agent if route.startswith(("admin/", "books/")) else world.owner)


@pytest.mark.parametrize("method", ["get", "post"])
def test_no_page_fails_for_a_parameter_or_a_field(world, everywhere, client_of, monkeypatch, method: str):
    clients = {kind: client_for(kind, world, client_of) for kind in ("admin/", "")}
    with hostile.failures() as failed:
        for route, address in sampled(everywhere.items(), of="pages", share=10):
            client = clients["admin/" if route.startswith(("admin/", "books/")) else ""]
            with monkeypatch.context() as patch, hostile.names_read(patch) as names:
                sent(client, method, address, {})
            for data in hostile.rotated(sorted(names - {"csrfmiddlewaretoken"})):
                sent(client, method, address, data)

    assert not failed, "\n".join(sorted(set(failed)))


def test_no_form_of_a_page_fails_for_one_bad_field(world, addresses, client_of):
    clients = {kind: client_for(kind, world, client_of) for kind in ("books/", "")}
    done: set[tuple[str, str, tuple[str, ...]]] = set()
    with hostile.failures() as failed:
        for route, address in sampled(addresses.items(), of="forms", share=16):
            client = clients["books/" if route.startswith("books/") else ""]
            page = sent(client, "get", address)
            if page.status_code != HTTPStatus.OK or "html" not in page.headers["Content-Type"]:
                continue
            for form in hostile.forms_of(page.content.decode(), address=address):
                if (key := (form.method, form.action, tuple(form.types))) in done:
                    continue
                done.add(key)
                whole = hostile.filled(form, {"reason": "x", "name": "x"})
                for data in form.attacks(whole):
                    sent(client, form.method, form.action, data)

    assert not failed, "\n".join(sorted(set(failed)))


def test_no_part_of_an_address_fails(world, client_of):
    clients = {kind: client_for(kind, world, client_of) for kind in ("admin/", "")}
    with hostile.failures() as failed:
        for route in sampled(routes(), of="parts of addresses"):
            client = clients["admin/" if route.startswith(("admin/", "books/")) else ""]
            for found in _PARAMETER.finditer(route):
                for value in _IN_PATHS[found[1]]:
                    address = _with_samples(route.replace(found[0], "\x01")).replace("\x01", value)
                    sent(client, "get", address)
                    sent(client, "post", address)

    assert not failed, "\n".join(sorted(set(failed)))


def test_no_operation_of_the_api_fails(world: World, paid: Session, callers: Callers):
    with hostile.failures() as failed:
        for operation in sampled(from_schema.operations(), of="operations", share=10):
            for path, query, body in attacks(operation, world, paid):
                address = f"{path}?{urlencode(query)}" if query else path
                content = {} if body is None else {"content_type": "application/json"}
                data = None if body is None else json.dumps(body)
                sent(callers.owner.client, operation.method, address, data, **content)

    assert not failed, "\n".join(sorted(set(failed)))


def attacks(operation: Operation, world: World, paid: Session) -> Iterator[tuple[str, dict[str, str], Any]]:
    """Each part of the path, each parameter and each field with values that rotate."""
    known = {"charger_id": "CP1", "session_id": paid.pk, "slug": "sunset-1", "rate_id": paid.rate_version.rate_id,
             "token_id": world.member.pk, "group_id": world.group.pk, "host": "sunset", "currency": "USD",
             "subject": "charger:CP1", "month": "2026-03"}  # fmt: skip
    path = re.sub(r"\{(\w+)\}", lambda found: str(known.get(found[1], 1)), operation.path)
    for part in re.findall(r"\{(\w+)\}", operation.path):
        for value in hostile.some(f"{operation.name} {part}"):
            yield re.sub(r"\{(\w+)\}", quote(value.encode("utf-8", "surrogatepass"), safe=""), operation.path), {}, None
    for parameter in operation.query:
        for value in hostile.some(f"{operation.name} {parameter['name']}", most=6):
            yield path, {parameter["name"]: hostile.as_sent(value)}, None
    if operation.body is None:
        return
    draw = Draw(operation.name, known={})
    for name in operation.body.get("properties", {}):
        for value in hostile.some(f"{operation.name} {name}", most=3):
            valid = draw.valid(operation, path).body
            yield path, {}, {**(valid if isinstance(valid, dict) else {}), name: value}
            yield path, {}, {name: [value, {value: value}]}


def test_no_tool_of_assistants_fails(callers: Callers):
    def asked(body: dict[str, Any], **headers: str) -> int:
        answer = sent(
            callers.owner.client,
            "post",
            "/api/mcp/",
            json.dumps(body),
            content_type="application/json",
            headers=headers,
        )
        return int(answer.status_code)

    with hostile.failures() as failed:
        for at, value in enumerate(hostile.VALUES):
            for number, tool in enumerate(tools.ALL.values()):
                if (number + at) % 4:  # each tool meets a quarter of them, and all tools together all
                    continue
                arguments = dict.fromkeys(tool.described()["inputSchema"]["properties"], value)
                asked(_call({"name": tool.described()["name"], "arguments": arguments}))
            asked(_call({"name": value, "arguments": {value: value}}))
            asked(_call({}) | {"id": value})
            asked(_call({}) | {"method": value})
            asked(_call({}), Origin=hostile.as_sent(value), **{"MCP-Protocol-Version": "0957"})

    assert not failed, "\n".join(sorted(set(failed)))


def _call(params: dict[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


def test_half_a_surrogate_pair_is_refused_with_a_sentence(callers: Callers):
    answer = callers.owner.client.post("/api/v1/token-groups/", '{"name": "\\ud800"}', content_type="application/json")

    assert (answer.status_code, "half of a surrogate pair" in answer.json()["detail"]) == (400, True)


def test_a_list_since_an_offset_of_seventeen_hours_is_answered(callers: Callers, paid: Session):
    assert len(callers.owner.get("receipts/", since="0957-08-23T20:55:13-17:57").json()["results"]) == 1
