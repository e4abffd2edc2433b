"""OCPP-J frames: text <-> Call | CallResult | CallError | CallResultError | Send, tolerant of what chargers send.

Pure. Numbers with a fraction are read as Decimal, never as float, and a NUL inside a value becomes U+FFFD (PostgreSQL
cannot store it). Unreadable frames become `Unreadable`, with the answer, if any.
"""

import json
import re
from dataclasses import dataclass, field, replace
from decimal import Decimal, DecimalException
from enum import Enum, IntEnum, StrEnum
from typing import Any, NoReturn

import orjson

Payload = dict[str, Any]

MAX_ID = 255
MAX_DEPTH = 64
MAX_EXPONENT = 308
_MAX_DESCRIPTION = 255
_NO_ID = "-1"

# Matches numbers in compact JSON that are not plain integers of at most 18 digits.
_INEXACT = re.compile(rb"[\[:,]-?\d+(?:[.eE]|\d{18})[\d.eE+-]*[,\]}]")
_HALF = re.compile("[\ud800-\udfff]")
_HEAD = re.compile(r'\s*\[\s*(\d{1,3})\s*,\s*("(?:[^"\\]|\\.)*")\s*[,\]]')


class Version(StrEnum):
    """The supported OCPP versions; the subprotocol is `ocpp` plus the version."""

    V16 = "1.6"
    V201 = "2.0.1"
    V21 = "2.1"


class MessageType(IntEnum):
    CALL = 2
    CALLRESULT = 3
    CALLERROR = 4
    CALLRESULTERROR = 5
    SEND = 6


class Fault(Enum):
    """Why a frame is answered with an error: its code in OCPP 1.6 (OCPP-J 4.2.3) and in 2.x (Part 4, 4.3)."""

    NOT_IMPLEMENTED = ("NotImplemented", "NotImplemented")
    NOT_SUPPORTED = ("NotSupported", "NotSupported")
    INTERNAL = ("InternalError", "InternalError")
    PROTOCOL = ("ProtocolError", "ProtocolError")
    FORMATION = ("FormationViolation", "FormatViolation")
    PROPERTY = ("PropertyConstraintViolation", "PropertyConstraintViolation")
    OCCURRENCE = ("OccurenceConstraintViolation", "OccurrenceConstraintViolation")
    TYPE = ("TypeConstraintViolation", "TypeConstraintViolation")
    SECURITY = ("SecurityError", "SecurityError")
    GENERIC = ("GenericError", "GenericError")
    RPC = ("ProtocolError", "RpcFrameworkError")
    MESSAGE_TYPE = ("ProtocolError", "MessageTypeNotSupported")

    def code(self, version: Version) -> str:
        return self.value[0] if version is Version.V16 else self.value[1]


@dataclass(frozen=True, slots=True)
class Call:
    message_id: str
    action: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class CallResult:
    message_id: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class CallError:
    message_id: str
    code: str
    description: str = ""
    details: Payload = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallResultError:
    """OCPP 2.1 Part 4, 4.2.4: the charger could not process our CALLRESULT."""

    message_id: str
    code: str
    description: str = ""
    details: Payload = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Send:
    """OCPP 2.1 Part 4, 4.2.5: a message that is never answered."""

    message_id: str
    action: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Not a frame: `sentence` is the reason, `answer` the CALLERROR that the version requires (None: no answer).

    An id with half of a surrogate pair is echoed in `answer` as the original escape, and shown with U+FFFD in
    `message_id`.
    """

    message_type: int | None
    message_id: str | None
    fault: Fault
    sentence: str
    answer: CallError | None


Frame = Call | CallResult | CallError | CallResultError | Send
Incoming = Frame | Unreadable


class _UnreadableError(Exception):
    """Internal: carries the sentence out of the JSON reader."""


def parse(text: str, *, version: Version) -> Incoming:
    """Parses one frame; never raises, for any text."""
    text = text.removeprefix("\ufeff").rstrip("\x00 \t\r\n")  # some chargers send the end of a C string, too
    try:
        value = _load(text)
    except _UnreadableError as exc:
        return _broken_text(text, sentence=str(exc), version=version)
    if not isinstance(value, list) or not value:
        return _unreadable(
            None,
            None,
            fault=Fault.RPC,
            sentence="A frame is a JSON array: write [2, id, action, payload].",
            version=version,
        )
    return _frame(value, version=version)


def dump(frame: Frame) -> str:
    """Formats a frame as compact JSON; Decimals are written digit by digit."""
    items: list[Any]
    match frame:
        case Call():
            items = [2, frame.message_id, frame.action, frame.payload]
        case CallResult():
            items = [3, frame.message_id, frame.payload]
        case CallError():
            items = [4, frame.message_id, frame.code, frame.description[:_MAX_DESCRIPTION], frame.details]
        case CallResultError():
            items = [5, frame.message_id, frame.code, frame.description[:_MAX_DESCRIPTION], frame.details]
        case Send():
            items = [6, frame.message_id, frame.action, frame.payload]
    return dump_json(items)


def dump_json(value: Any) -> str:
    """Formats compact JSON of anything that `parse` can return."""
    try:
        return orjson.dumps(value, default=_encode_decimal).decode()
    except TypeError:  # a whole number beyond 64 bits
        return _dump_slowly(value)


def parse_json_text(text: str) -> Any:
    """Parses a JSON text for a JSONField: without Decimals and infinite numbers."""
    return json.loads(text, parse_float=_float)


def refuse(call: Call, *, fault: Fault, sentence: str, version: Version) -> CallError:
    """Returns the CALLERROR to a readable call that cannot be handled."""
    return CallError(call.message_id, fault.code(version), sentence[:_MAX_DESCRIPTION])


def _frame(value: list[Any], *, version: Version) -> Incoming:
    kind = value[0]
    if type(kind) is not int or kind not in _SHAPES or (kind > 4 and version is not Version.V21):
        stated_type = kind if type(kind) is int and abs(kind) < 1000 else None
        return _unreadable(
            stated_type,
            _id_in(value, version=version),
            fault=Fault.MESSAGE_TYPE,
            version=version,
            sentence=f"The message type {dump_json(kind)[:20]} is not known: use 2, 3 or 4.",
        )
    shape, fewest, most = _SHAPES[kind]
    message_id = _id_in(value, version=version)
    if not message_id or len(message_id) > MAX_ID:
        sentence = f"The second element must be the message id: a text of 1 to {MAX_ID} characters."
        return _unreadable(kind, message_id, fault=Fault.RPC, sentence=sentence, version=version)
    if not fewest <= len(value) <= most:
        sentence = f"A {MessageType(kind).name} has {most} elements and this has {len(value)}: write {shape}."
        return _unreadable(kind, message_id, fault=Fault.FORMATION, sentence=sentence, version=version)
    if kind in {MessageType.CALLERROR, MessageType.CALLRESULTERROR}:
        return _error(value, message_id=message_id)
    payload = value[-1]
    if not isinstance(payload, dict):
        sentence = "The payload must be a JSON object: write {} where there is nothing to say."
        return _unreadable(kind, message_id, fault=Fault.FORMATION, sentence=sentence, version=version)
    if kind == MessageType.CALLRESULT:
        return CallResult(message_id, payload)
    action = value[2]
    if not isinstance(action, str) or not action:
        sentence = "The third element must be the name of the action, such as Heartbeat."
        return _unreadable(kind, message_id, fault=Fault.FORMATION, sentence=sentence, version=version)
    return Call(message_id, action, payload) if kind == MessageType.CALL else Send(message_id, action, payload)


_SHAPES = {
    2: ("[2, id, action, payload]", 4, 4),
    3: ("[3, id, payload]", 3, 3),
    4: ("[4, id, code, description, details]", 3, 5),  # chargers omit the last elements
    5: ("[5, id, code, description, details]", 3, 5),
    6: ("[6, id, action, payload]", 4, 4),
}


def _error(value: list[Any], *, message_id: str) -> CallError | CallResultError:
    code, description, details = (value[2:] + ["", "", {}][len(value) - 2 :])[:3]
    parts = (
        code if isinstance(code, str) else dump_json(code),
        description if isinstance(description, str) else dump_json(description),
        details if isinstance(details, dict) else {"details": details},
    )
    return CallError(message_id, *parts) if value[0] == MessageType.CALLERROR else CallResultError(message_id, *parts)


def _id_in(value: list[Any], *, version: Version) -> str | None:
    """Returns the id for the answer; None if there is none.

    Some 1.6 chargers send a number, or nothing (OCPP-J 4.1.4).
    """
    raw_id = value[1] if len(value) > 1 else None
    if version is not Version.V16:
        return raw_id if isinstance(raw_id, str) and raw_id else None
    return str(raw_id) if type(raw_id) is int else raw_id if isinstance(raw_id, str) else None


def _unreadable(
    message_type: int | None, message_id: str | None, *, fault: Fault, sentence: str, version: Version
) -> Unreadable:
    answer = None
    expects_answer = message_type not in {3, 4, 5, 6} or fault is Fault.MESSAGE_TYPE
    if expects_answer and (message_id is not None or version is not Version.V16):
        code = fault.code(version)
        answer = CallError(_NO_ID if message_id is None else message_id, code, sentence[:_MAX_DESCRIPTION])
    return Unreadable(message_type, message_id, fault, sentence, answer)


def _broken_text(text: str, *, sentence: str, version: Version) -> Unreadable:
    """Reads type and id from the beginning of a text that is not JSON."""
    head = _HEAD.match(text)
    if head is None:
        return _unreadable(None, None, fault=Fault.RPC, sentence=sentence, version=version)
    try:
        message_id = json.loads(head[2])
    except ValueError:
        message_id = None
    if not message_id:
        return _unreadable(int(head[1]), None, fault=Fault.RPC, sentence=sentence, version=version)
    unreadable = _unreadable(int(head[1]), message_id, fault=Fault.FORMATION, sentence=sentence, version=version)
    return replace(unreadable, message_id=_HALF.sub("\ufffd", message_id))


def _load(text: str) -> Any:
    """Parses with orjson if that is exact (the text can be reproduced), else with the slow, tolerant reader."""
    try:
        raw = text.encode()
        value = orjson.loads(raw)
    except UnicodeEncodeError as exc:
        raise _UnreadableError("The frame holds half of a surrogate pair: write whole characters.") from exc
    except orjson.JSONDecodeError:
        return _load_slowly(text)
    if raw == orjson.dumps(value) and b"\\u0000" not in raw and _is_shallow(raw) and not _INEXACT.search(raw):
        return value
    return _load_slowly(text)


def _is_shallow(raw: bytes) -> bool:
    return raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH


def _load_slowly(text: str) -> Any:
    try:
        value = json.loads(
            text, parse_float=_decimal, parse_constant=_no_constant, object_pairs_hook=_unique, strict=False
        )
    except RecursionError as exc:
        raise _UnreadableError(f"The frame is nested more than {MAX_DEPTH} deep.") from exc
    except ValueError as exc:
        reason = exc.msg if isinstance(exc, json.JSONDecodeError) else "a whole number has too many digits"
        raise _UnreadableError(f"The frame is not JSON: {reason}.") from exc
    return _sanitize_value(value, depth=0, is_id=False)


def _sanitize_value(value: Any, *, depth: int, is_id: bool) -> Any:
    """Replaces NULs by a visible character; refuses lone surrogates and deep nesting."""
    if depth > MAX_DEPTH:
        raise _UnreadableError(f"The frame is nested more than {MAX_DEPTH} deep.")
    match value:
        case str():
            if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
                raise _UnreadableError("The frame holds half of a surrogate pair: write whole characters.")
            return value if is_id else value.replace("\x00", "\ufffd")
        case list():
            # The message id in the outermost array is returned to the charger unchanged.
            return [_sanitize_value(item, depth=depth + 1, is_id=depth == 0 and n == 1) for n, item in enumerate(value)]
        case dict():
            return {
                _sanitize_value(key, depth=depth, is_id=False): _sanitize_value(item, depth=depth + 1, is_id=False)
                for key, item in value.items()
            }
        case _:
            return value


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except DecimalException as exc:
        raise _UnreadableError(f"The number {text[:20]} is out of range.") from exc
    if number and abs(number.adjusted()) > MAX_EXPONENT:
        raise _UnreadableError(f"The number {text[:20]} is out of range.")
    return number


def _float(text: str) -> float | str:
    number = float(text)
    return number if abs(number) != float("inf") else text


def _no_constant(name: str) -> NoReturn:
    raise _UnreadableError(f"The frame is not JSON: {name} is not a number.")


def _unique(pairs: list[tuple[str, Any]]) -> Payload:
    payload: Payload = {}
    for key, value in pairs:
        if key in payload and payload[key] != value:
            raise _UnreadableError(f"The field {key[:50]!r} stands twice with different values: write it once.")
        payload[key] = value
    return payload


def _encode_decimal(value: Any) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError


def _dump_slowly(value: Any) -> str:
    match value:
        case dict():
            return "{" + ",".join(f"{json.dumps(key)}:{_dump_slowly(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ",".join(map(_dump_slowly, value)) + "]"
        case Decimal():
            return str(value)
        case _:
            return json.dumps(value)
