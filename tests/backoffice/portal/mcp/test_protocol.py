"""JSON-RPC 2.0 as the Model Context Protocol uses it: messages read, answers and errors written. No tools here."""

import pytest
from django.test import Client

from tests.kit.callers import make_key
from tests.kit.endpoint import called, rpc, sent
from tests.kit.world import World


@pytest.mark.django_db
def test_it_answers_the_protocol_by_the_book(world: World):
    key = make_key(world.host)

    assert rpc(None, "ping").status_code == 401
    assert rpc(None, "ping").headers["WWW-Authenticate"] == "Bearer"
    assert rpc("nokey000.x", "ping").status_code == 401
    assert Client(headers={"Authorization": f"Api-Key {key}"}).get("/api/mcp/").status_code == 405
    with_api_key = Client(headers={"Authorization": f"Api-Key {key}"}).post(
        "/api/mcp", '{"jsonrpc": "2.0", "id": "a", "method": "ping"}', content_type="application/json"
    )
    assert with_api_key.json() == {"jsonrpc": "2.0", "id": "a", "result": {}}
    assert int(with_api_key.headers["RateLimit-Remaining"]) < int(with_api_key.headers["RateLimit-Limit"])
    asked = rpc(key, "initialize", {"protocolVersion": "2025-06-18", "capabilities": {}}).json()["result"]
    assert (asked["protocolVersion"], list(asked["capabilities"])) == ("2025-06-18", ["tools"])
    assert rpc(key, "initialize", {"protocolVersion": "1999-01-01"}).json()["result"]["protocolVersion"] == "2025-11-25"
    noted = sent(key, '{"jsonrpc": "2.0", "method": "notifications/initialized"}')
    assert (noted.status_code, noted.content) == (202, b"")
    assert sent(key, '{"jsonrpc": "2.0", "id": 1, "result": {}}').status_code == 202
    for tool in rpc(key, "tools/list").json()["result"]["tools"]:
        assert tool["inputSchema"]["additionalProperties"] is False
        assert tool["annotations"]["readOnlyHint"] is True


@pytest.mark.django_db
def test_it_refuses_what_it_cannot_read_and_says_what(world: World):
    key = make_key(world.host)

    for body, code in (
        ("{", -32700), ("[]", -32600), ('[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]', -32600), ("5", -32600),
        ("{}", -32600), ('{"jsonrpc": "2.0", "id": {}, "method": "ping"}', -32600),
        ('{"jsonrpc": "2.0", "id": 1, "method": 5}', -32600),
        ('{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}', -32602),
    ):  # fmt: skip
        answer = sent(key, body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, code), body
    foreign = rpc(key, "ping", **{"MCP-Protocol-Version": "2030-01-01"})
    assert (foreign.status_code, foreign.json()["error"]["data"]["supported"][0]) == (400, "2025-11-25")
    assert rpc(key, "ping", Origin="https://evil.example").status_code == 403
    assert rpc(key, "ping", Origin="http://testserver").status_code == 200
    assert rpc(key, "resources/list").json()["error"]["code"] == -32601
    assert rpc(key, "tools/call", {"name": "delete_everything"}).json()["error"]["code"] == -32602
    assert rpc(key, "tools/call", {"name": ["find"]}).json()["error"]["code"] == -32602
    assert rpc(key, "tools/call", {"name": "find", "arguments": [1]}).json()["error"]["code"] == -32602
    for tool, arguments, named in (
        ("find", {}, "query"), ("find", {"query": 5}, "query"), ("find", {"query": "a\u0000b"}, "query"),
        ("find", {"query": "x", "as": "agent"}, "as"), ("session", {"session": "1; DROP"}, "session"),
        ("charger_state", {"charger": "CP1", "hours": 10**9}, "hours"), ("decisions", {"limit": 51}, "limit"),
        ("decisions", {"since": "2026-01-01T00:00:00"}, "since"), ("why_refused", {}, "decision"),
        ("rates_of", {"charger": "CP1", "audience": "king"}, "audience"),
    ):  # fmt: skip
        result = called(key, tool, **arguments)
        assert result["isError"], (tool, arguments)
        assert named in result["content"][0]["text"]
