"""Asks a mobility provider whether its token may charge now (OCPI 2.2.1 12.2.2, real-time authorization).

One HTTP request: never inside a transaction, never in a gateway. Anything but a valid OCPI response (an HTML page,
another format, a failure status) raises NoAnswerError with its cause.
"""

import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson

from authorization.roaming.transport import authorization_header, envelope
from authorization.roaming.transport.routing import Party, Route
from chargers.lib import outbound
from chargers.lib.outbound import Limits, NoAnswerError

STATUSES: Final = ("ALLOWED", "BLOCKED", "EXPIRED", "NO_CREDIT", "NOT_ALLOWED")
"""OCPI 2.2.1 12.4.1 AllowedType."""
UNKNOWN: Final = "UNKNOWN"
"""Our status for OCPI status 2004 and for HTTP 404: the provider does not know its own card."""
MAX_MESSAGE: Final = 255
_UNKNOWN_TOKEN: Final = 2004
_NOT_FOUND: Final = 404
_NOT_ABOUT_THE_TOKEN: Final = frozenset({2002, 2003})
"""Not enough information, unknown location: with these, a 404 is not about the card."""
_SUCCESS: Final = range(1000, 2000)
_SERVER_ERRORS: Final = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a provider is asked. `url`: its tokens endpoint; `token`: the credentials token in clear text."""

    url: str
    token: str = field(repr=False)
    to: Party
    sender: Party | None = None
    is_encoded: bool = True
    """Whether the token is sent in base64; OCPI 2.1.1 sends it as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A card, and where it was presented. `evse_uid` is empty while the outlet is not known (OCPP 1.6 Authorize)."""

    uid: str
    type: str
    location_id: str
    evse_uid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationInfo:
    """The provider's answer (OCPI 2.2.1 12.3.1).

    `answer` is an AllowedType (12.4.1), `message` its text for the driver, `reference` its reference for session and
    CDR.
    """

    answer: str
    message: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderExchange:
    """A request to a provider as it was sent, and its answer; None with the failure without one."""

    endpoint: Endpoint
    method: str
    url: str
    headers: Mapping[bytes | str, bytes | str] = field(repr=False)
    body: bytes = b""
    answer: outbound.Answer | None = None
    failure: str = ""
    took_ms: int = 0


Observe = Callable[[ProviderExchange], None]
"""Gets each exchange with a provider once it is over, for the journal."""


def ignore(_exchange: ProviderExchange) -> None:
    """Observes nothing."""


def authorize(
    endpoint: Endpoint, question: Question, *, timeout_s: float, observe: Observe = ignore
) -> AuthorizationInfo:
    """Sends one request. Raises NoAnswerError (TimedOutError when the time was used up)."""
    body = json.dumps(_location(question)).encode()
    limits = Limits(timeout_s=timeout_s)
    answer = send(endpoint, "POST", _address(endpoint, question), body=body, limits=limits, observe=observe)
    return read(answer, question=question)


def send(
    endpoint: Endpoint, method: str, url: str, *, body: bytes | None, limits: Limits, observe: Observe
) -> outbound.Answer:
    """Sends a request to the provider, and lets it be observed. Raises NoAnswerError."""
    request_headers = headers(endpoint)
    sent = ProviderExchange(endpoint=endpoint, method=method, url=url, headers=request_headers, body=body or b"")
    start_s = time.monotonic()
    try:
        answer = outbound.send(method, url, headers=request_headers, body=body, limits=limits)
    except NoAnswerError as exc:
        observe(replace(sent, failure=str(exc), took_ms=_ms_since(start_s)))
        raise
    observe(replace(sent, answer=answer, took_ms=_ms_since(start_s)))
    return answer


def _ms_since(start_s: float) -> int:
    return round((time.monotonic() - start_s) * 1000)


def read(answer: outbound.Answer, *, question: Question) -> AuthorizationInfo:
    """Reads a response. Raises NoAnswerError if it is not valid OCPI."""
    if answer.status == _NOT_FOUND and (unknown := _not_found(answer)):
        return unknown
    reply = parse_envelope(answer)
    if reply.get("status_code") == _UNKNOWN_TOKEN:
        return _unknown(reply)
    info = envelope.unwrap_single(data_of(answer, reply))
    if not isinstance(info, Mapping):
        raise NoAnswerError("answered without an AuthorizationInfo")
    allowed = info.get("allowed")
    if allowed not in STATUSES:
        raise NoAnswerError(f"answered “{shorten_text(allowed)}”, a word that OCPI does not have")
    return _apply_location_limit(
        info, AuthorizationInfo(answer=allowed, message=_text(info), reference=_reference(info)), question
    )


def _not_found(answer: outbound.Answer) -> AuthorizationInfo | None:
    """Returns what a 404 means: that the token is unknown (OCPI 2.2.1 12.2.2). None if it names another cause.

    The response may have an envelope or not.
    """
    try:
        reply = _object(answer)
    except NoAnswerError as exc:
        return AuthorizationInfo(answer=UNKNOWN, message=f"Unknown token (it {exc})")
    code = reply.get("status_code")
    if type(code) is int and (code in _NOT_ABOUT_THE_TOKEN or code >= _SERVER_ERRORS):
        return None
    return _unknown(reply)


def _unknown(reply: Mapping[str, Any]) -> AuthorizationInfo:
    return AuthorizationInfo(answer=UNKNOWN, message=shorten_text(reply.get("status_message")) or "Unknown token")


def parse_envelope(answer: outbound.Answer) -> Mapping[str, Any]:
    """Returns the response's OCPI envelope (4.1.7). Raises NoAnswerError without one."""
    if 300 <= answer.status < 400:
        raise NoAnswerError(f"answered {answer.status}, a redirect to {shorten_text(answer.location) or 'nowhere'}")
    if answer.status in {401, 403}:
        raise NoAnswerError(f"answered {answer.status}: it does not take our credentials token")
    return _object(answer)


def data_of(answer: outbound.Answer, reply: Mapping[str, Any]) -> object:
    """Returns the data of a successful envelope. Raises NoAnswerError with the status of any other."""
    code, message = reply.get("status_code"), shorten_text(reply.get("status_message"))
    if type(code) is not int or code not in _SUCCESS or not 200 <= answer.status < 300:
        raise NoAnswerError(
            f"answered {answer.status} with OCPI status {shorten_text(code) or 'none'}{message and f': {message}'}"
        )
    return reply.get("data")


def _apply_location_limit(info: Mapping[str, Any], reply: AuthorizationInfo, question: Question) -> AuthorizationInfo:
    """Turns an approval into a refusal if it names outlets and leaves ours out (12.3.1 `location`).

    EVSE uids are CiStrings: some providers return them in lower case.
    """
    location = info.get("location")
    allowed_uids = location.get("evse_uids") if isinstance(location, Mapping) else None
    if reply.answer != "ALLOWED" or not question.evse_uid or not isinstance(allowed_uids, list) or not allowed_uids:
        return reply
    if question.evse_uid.casefold() in {str(uid).casefold() for uid in allowed_uids}:
        return reply
    return AuthorizationInfo(answer="NOT_ALLOWED", message=reply.message or "Allowed, but not at this connector")


def _object(answer: outbound.Answer) -> Mapping[str, Any]:
    try:
        content = orjson.loads(answer.body)
    except orjson.JSONDecodeError as exc:
        kind = answer.content_type.partition(";")[0].strip().lower()
        description = (
            "a web page" if kind == "text/html" else "nothing" if not answer.body else "something that is not JSON"
        )
        raise NoAnswerError(f"answered {answer.status} with {description}") from exc
    content = envelope.unwrap_single(content)
    if not isinstance(content, Mapping):
        raise NoAnswerError(f"answered {answer.status} with JSON that is no OCPI response")
    return content


def _address(endpoint: Endpoint, question: Question) -> str:
    query = urlencode({"type": question.type})
    return f"{endpoint.url.rstrip('/')}/{quote(question.uid, safe='')}/authorize?{query}"


def headers(endpoint: Endpoint) -> dict[bytes | str, bytes | str]:
    """Returns the headers: routing, and the credentials token (4.1.2, 8.2.2)."""
    request_id = str(uuid.uuid4())
    http_headers: dict[bytes | str, bytes | str] = {
        "Authorization": authorization_header.header(endpoint.token, is_encoded=endpoint.is_encoded),
        "Content-Type": "application/json",
        "Accept": "application/json",
        "X-Request-ID": request_id,
        "X-Correlation-ID": request_id,
    }
    http_headers.update(Route(sender=endpoint.sender, receiver=endpoint.to).headers())
    return http_headers


def _location(question: Question) -> dict[str, Any]:
    """Returns the LocationReferences (12.3.3)."""
    evses = {"evse_uids": [question.evse_uid]} if question.evse_uid else {}
    return {"location_id": question.location_id, **evses}


def _text(info: Mapping[str, Any]) -> str:
    display_text = info.get("info")
    return shorten_text(display_text.get("text")) if isinstance(display_text, Mapping) else ""


def _reference(info: Mapping[str, Any]) -> str:
    return shorten_text(info.get("authorization_reference"))[:36]


def shorten_text(value: object) -> str:
    """Returns foreign text as one short line, without characters that a database or a page cannot hold."""
    text = "" if value is None else str(value)
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()[:MAX_MESSAGE]
