"""The envelope of every response, and its status codes (OCPI 2.2.1 4.1.7, 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

import orjson

from authorization.roaming.transport import times


class Status(IntEnum):
    """OCPI status codes; 4xxx come from hubs only."""

    SUCCESS = 1000
    CLIENT_ERROR = 2000
    INVALID_PARAMETERS = 2001
    NOT_ENOUGH = 2002
    UNKNOWN_LOCATION = 2003
    UNKNOWN_TOKEN = 2004
    SERVER_ERROR = 3000
    NOT_REACHABLE = 3001
    NO_COMMON_VERSION = 3002
    NO_ENDPOINT = 3003


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Our response: OCPI data and status, and the HTTP status if it is not 200."""

    data: Any = None
    status: int = Status.SUCCESS
    message: str = ""
    http: int = 200


def build_body(reply: Reply, *, now: datetime) -> dict[str, Any]:
    """Returns the envelope as JSON.

    `data` is left out if there is none; a success has no message unless it has its own.
    """
    body: dict[str, Any] = {"status_code": int(reply.status), "timestamp": times.text(now)}
    if reply.data is not None:
        body["data"] = reply.data
    message = reply.message or ("Success" if reply.status == Status.SUCCESS else "")
    return body | ({"status_message": message[:255]} if message else {})


def read(body: bytes) -> Mapping[str, Any] | None:
    """Returns a response's envelope; None if it has none. Some partners wrap it in a list of one."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    value = unwrap_single(value)
    return value if isinstance(value, Mapping) else None


def unwrap_single(value: object) -> object:
    """Returns the object in a list of one; other values are returned unchanged."""
    match value:
        case [Mapping() as only]:
            return only
        case _:
            return value
