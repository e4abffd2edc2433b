"""One call to a partner over the network: never inside a transaction, never in a gateway."""

import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from django.db import connection as database

from authorization.roaming.transport import authorization_header, envelope, paging
from authorization.roaming.transport.authorization_header import TokenForm
from authorization.roaming.transport.routing import FUNCTIONAL, Route
from billing.models import RoamingConnection, RoamingExchange
from billing.roaming.exchange_journal import journal
from billing.roaming.exchange_journal.journal import Exchange
from billing.roaming.partners import connections
from billing.roaming.versions import catalogue
from chargers.lib import outbound, secrets
from chargers.lib.outbound import Limits, NoAnswerError
from chargers.lib.secrets import UnreadableSecretError

_LIMITS: Final = Limits(timeout_s=15, most_bytes=8 * 1024 * 1024)
_REFUSED: Final = frozenset((401, 403))
_MAX_PAGES: Final = 10_000
_MAX_WAIT_S: Final = 3600
_STATUS_END: Final = 10**6


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request. `token` is set only if it is not the connection's own: during a handshake; `encodes_token` only if the
    token's form is neither the version's nor the connection's.
    """

    method: str
    url: str
    module: str
    body: object = None
    route: Route = field(default_factory=Route)
    correlation_id: str = ""
    token: str = ""
    version: str = ""
    encodes_token: bool | None = None
    repeats: uuid.UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of a call.

    `failure` is empty after a success; otherwise it continues a sentence after the partner's name.
    """

    exchange: RoamingExchange
    failure: str = ""
    http: int | None = None
    status: int | None = None
    data: Any = None
    location: str = ""
    link: str = ""
    retry_after_s: int | None = None

    @property
    def is_success(self) -> bool:
        return not self.failure


def send(connection: RoamingConnection, call: Call) -> Outcome:
    """Sends the request and reads the answer.

    If a rotated token is refused, the previous one is tried (OCPI issue 568).
    """
    try:
        token = call.token or secrets.decrypt(connection.outbound_token_encrypted)
        previous = "" if call.token else secrets.decrypt(connection.previous_token_encrypted)
    except UnreadableSecretError:
        return _record_unsent_call(connection, call, "was not called: its token cannot be read, so register it again")
    if not token:
        return _record_unsent_call(connection, call, "was not called: we have no token of it, so connect it first")
    outcome = _send(connection, call, token=token)
    if not previous or outcome.http is None:
        return outcome
    if outcome.http in _REFUSED:
        return _send(connection, call, token=previous)
    RoamingConnection.objects.filter(pk=connection.pk).update(previous_token_encrypted="")
    connection.previous_token_encrypted = ""
    return outcome


def pages(connection: RoamingConnection, call: Call) -> Iterator[Outcome]:
    """Yields every page of a list; the last one failed, or is the end. Links are followed as they are written."""
    url = call.url
    for _ in range(_MAX_PAGES):
        outcome = send(connection, Call(method="GET", url=url, module=call.module, route=call.route, token=call.token))
        yield outcome
        if not outcome.is_success:
            return
        url = paging.next_url(url, outcome.link)
        if not url:
            return
    raise paging.PageError(f"answered with more than {_MAX_PAGES:,} pages")


def _send(connection: RoamingConnection, call: Call, *, token: str) -> Outcome:
    request_id = str(uuid.uuid4())
    correlation_id = call.correlation_id or request_id
    is_encoded = _encodes_token(connection, call)
    headers: dict[bytes | str, bytes | str] = {
        "Authorization": authorization_header.header(token, is_encoded=is_encoded),
        "Accept": "application/json",
        "X-Request-ID": request_id,
        "X-Correlation-ID": correlation_id,
    }
    has_routing = call.module in FUNCTIONAL and catalogue.get_version(call.version or connection.version).has_roles
    route = call.route.headers() if has_routing else {}
    body = None if call.body is None else orjson.dumps(call.body)
    headers.update(route)
    if body is not None:
        headers["Content-Type"] = "application/json"
    _let_go()
    start_s = time.monotonic()
    answer, failure = None, ""
    try:
        answer = outbound.send(call.method, call.url, headers=headers, body=body, limits=_LIMITS)
    except NoAnswerError as exc:
        failure = str(exc)
    took_ms = round((time.monotonic() - start_s) * 1000)
    read = envelope.read(answer.body) if answer is not None else None
    status = read_status(read)
    failure = failure or describe_failure(answer, read, status)
    exchange = journal.write(
        Exchange(
            direction=journal.Direction.OUT,
            method=call.method,
            url=call.url,
            module=call.module,
            version=call.version or connection.version,
            request_id=request_id,
            correlation_id=correlation_id,
            headers=route if body is None else {**route, "Content-Type": "application/json"},
            token_form=TokenForm.BASE64 if is_encoded else TokenForm.PLAIN,
            answer_headers=answer.headers if answer else None,
            request=body or b"",
            http_status=answer.status if answer else None,
            ocpi_status=status,
            answer=answer.body if answer else b"",
            failure=failure,
            took_ms=took_ms,
            repeats=call.repeats,
        ),
        connection,
        now=datetime.now(tz=UTC),
    )
    return Outcome(
        exchange=exchange,
        failure=failure,
        http=answer.status if answer else None,
        status=status,
        data=envelope.unwrap_single(read.get("data")) if read is not None and not failure else None,
        location=answer.location if answer else "",
        link=answer.link if answer else "",
        retry_after_s=_retry_after(answer),
    )


def _encodes_token(connection: RoamingConnection, call: Call) -> bool:
    if call.encodes_token is not None:
        return call.encodes_token
    return connections.encodes_token(connection, version=call.version)


def _let_go() -> None:
    """Releases the database connection while the partner is awaited, because the few connections are shared with other
    waiting workers.
    """
    if not database.in_atomic_block:
        database.close()


def read_status(read: Mapping[str, Any] | None) -> int | None:
    """Returns the status of an envelope; None if it has none that can be stored."""
    status = read.get("status_code") if read is not None else None
    return status if type(status) is int and 0 <= status < _STATUS_END else None


def describe_failure(answer: outbound.Answer | None, read: Mapping[str, Any] | None, status: int | None) -> str:
    """Returns why an answer is not a success, as words that continue a sentence after a name."""
    if answer is None:
        return "did not answer"
    if 300 <= answer.status < 400:
        return f"answered {answer.status}, a redirect to {answer.location[:200] or 'nowhere'}, which is not followed"
    if answer.status in _REFUSED:
        return f"answered {answer.status}: it does not take our token"
    if read is None:
        kind = answer.content_type.partition(";")[0].strip().lower()
        content = "a web page" if kind == "text/html" else "nothing" if not answer.body else "something that is no OCPI"
        if answer.status == 204 or (answer.status < 300 and not answer.body):
            return "" if answer.status == 204 else f"answered {answer.status} with nothing"
        return f"answered {answer.status} with {content}"
    message = str(read.get("status_message") or "")[:200]
    if not 200 <= answer.status < 300 or status is None or not 1000 <= status < 2000:
        return f"answered {answer.status} with OCPI status {status or 'none'}{message and f': {message}'}"
    return ""


def _retry_after(answer: outbound.Answer | None) -> int | None:
    """Returns the seconds; None for a date or no value."""
    if answer is None or not answer.retry_after.isdecimal():
        return None
    return min(int(answer.retry_after), _MAX_WAIT_S)


def _record_unsent_call(connection: RoamingConnection, call: Call, failure: str) -> Outcome:
    exchange = journal.write(
        Exchange(
            direction=journal.Direction.OUT, method=call.method, url=call.url, module=call.module, failure=failure
        ),
        connection,
        now=datetime.now(tz=UTC),
    )
    return Outcome(exchange=exchange, failure=failure)
