"""Answers to commands in OCPI 2.1.1 (12.3): no timeout, no message, and fewer results. Pure."""

from typing import Any, Final

Body = dict[str, Any]
_FEWER: Final = {
    "FAILED": "REJECTED",
    "EVSE_OCCUPIED": "REJECTED",
    "EVSE_INOPERATIVE": "REJECTED",
    "UNKNOWN_RESERVATION": "REJECTED",
    "CANCELED_RESERVATION": "ACCEPTED",
}


def response(result: str, _timeout_s: int, _message: str) -> Body:
    return {"result": result}


def result(result: str, _message: str) -> Body:
    """Returns the result, which is a CommandResponse, too."""
    return {"result": _FEWER.get(result, result)}
