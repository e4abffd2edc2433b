"""What the tests of mcp.endpoint, mcp.protocol and mcp.tools share."""

import json
from typing import Any

from django.test import Client


def rpc(key: str | None, method: str, params: Any = None, **headers: str) -> Any:
    body = {"jsonrpc": "2.0", "id": 7, "method": method} | ({"params": params} if params is not None else {})
    return sent(key, json.dumps(body), **headers)


def sent(key: str | None, body: str, **headers: str) -> Any:
    known = {"Authorization": f"Bearer {key}"} if key else {}
    client = Client(headers={**known, "Accept": "application/json, text/event-stream", **headers})
    return client.post("/api/mcp/", body, content_type="application/json")


def called(key: str, tool: str, **arguments: Any) -> Any:
    answer = rpc(key, "tools/call", {"name": tool, "arguments": arguments})
    assert answer.status_code == 200, answer.content
    return answer.json()["result"]
