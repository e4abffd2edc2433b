"""JSON-RPC 2.0 for the Model Context Protocol: reads messages, writes responses and errors. No tools here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

VERSIONS: Final = ("2025-11-25", "2025-06-18", "2025-03-26")
"""Supported revisions, newest first."""
PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
UNSUPPORTED_VERSION: Final = -32022


class RpcError(Exception):
    """A JSON-RPC error: its code, a sentence, and further data for the caller."""

    def __init__(self, code: int, message: str, **data: Any) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A request, or a notification (`id` is None), which gets no response."""

    id: str | int | None
    method: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_notification(self) -> bool:
        return self.id is None


def read(body: Any) -> Message | None:
    """Reads the message; None for a response, because this server sends no requests. Raises RpcError."""
    if isinstance(body, list):
        raise RpcError(INVALID_REQUEST, "Send one message at a time: batches are not part of this protocol any more.")
    if not isinstance(body, Mapping) or body.get("jsonrpc") != "2.0":
        raise RpcError(INVALID_REQUEST, 'A message is an object with "jsonrpc": "2.0".')
    if "method" not in body and ("result" in body or "error" in body):
        return None
    method, params = body.get("method"), body.get("params", {})
    if not isinstance(method, str):
        raise RpcError(INVALID_REQUEST, "“method” is a text.")
    if not isinstance(params, Mapping):
        raise RpcError(INVALID_PARAMS, "“params” is an object.")
    if "id" not in body:
        return Message(id=None, method=method, params=params)
    message_id = body["id"]
    if isinstance(message_id, bool) or not isinstance(message_id, str | int):
        raise RpcError(INVALID_REQUEST, "“id” is a text or a whole number.")
    return Message(id=message_id, method=method, params=params)


def id_of(body: Any) -> str | int | None:
    """Returns the id to which an error belongs, if it is readable."""
    message_id = body.get("id") if isinstance(body, Mapping) else None
    return message_id if isinstance(message_id, str | int) and not isinstance(message_id, bool) else None


def answer(request_id: str | int, result: Mapping[str, Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": request_id, "result": dict(result)}


def error(request_id: str | int | None, problem: RpcError) -> dict[str, Any]:
    """Returns an error response; `id` is null if the request's own could not be read (JSON-RPC 2.0, 5)."""
    facts = {"code": problem.code, "message": problem.message}
    return {"jsonrpc": "2.0", "id": request_id, "error": facts | ({"data": problem.data} if problem.data else {})}


def negotiate_version(params: Mapping[str, Any]) -> str:
    """Returns the revision for a client that initializes: its own if supported, else the newest."""
    requested_version = params.get("protocolVersion")
    return requested_version if requested_version in VERSIONS else VERSIONS[0]


def check_version(header: str) -> None:
    """Checks `MCP-Protocol-Version` of a request; a missing one means 2025-03-26. Raises RpcError."""
    if header and header not in VERSIONS:
        raise RpcError(
            UNSUPPORTED_VERSION,
            f"This server speaks {', '.join(VERSIONS)}.",
            supported=list(VERSIONS),
            requested=header[:40],
        )
