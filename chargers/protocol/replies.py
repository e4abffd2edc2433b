"""Answers to chargers in every version: payloads from replies, checked against the schema."""

from types import ModuleType

from chargers.protocol import schemas
from chargers.protocol.events import Reply
from chargers.protocol.frames import Payload, Version
from chargers.protocol.schemas import PayloadPart
from chargers.protocol.versions import v16, v21, v201

_TRANSLATORS: dict[Version, ModuleType] = {Version.V16: v16, Version.V201: v201, Version.V21: v21}
INTERNAL = "The central system could not handle this message; the fault is ours. It was stored."


class NonconformingAnswerError(Exception):
    """Our own answer would violate the schema of its version: a fault of ours, never sent."""


def translator(version: Version) -> ModuleType:
    """Returns the module that reads this version's calls and writes its answers."""
    return _TRANSLATORS[version]


def payload_of(reply: Reply, *, action: str, version: Version) -> Payload:
    """Returns the payload of our answer. Raises NonconformingAnswerError."""
    payload: Payload = _TRANSLATORS[version].answer(reply)
    violation = schemas.violation(version=version, action=action, part=PayloadPart.RESPONSE, payload=payload)
    if violation:
        raise NonconformingAnswerError(f"{action}: {violation.sentence}")
    return payload


def status_in(payload: Payload) -> str:
    """Returns the status in an answer; "" if it has none."""
    for part in (payload, payload.get("idTagInfo"), payload.get("idTokenInfo")):
        if isinstance(part, dict) and isinstance(part.get("status"), str):
            return str(part["status"])
    return ""
