"""The view of an OCPI URL: authenticated by the partner's token, answered in the envelope, recorded in the journal.

Once a request is parsed, authenticated and addressed there is no HTTP error: errors in its content are HTTP 200 with a
status of OCPI that names the field (4.1.8).
"""

import logging
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

import orjson
from django.core.exceptions import RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from authorization.people import rate_limit
from authorization.rest import problems
from authorization.roaming.transport import envelope, routing
from authorization.roaming.transport.envelope import Reply, Status
from authorization.roaming.transport.routing import FUNCTIONAL, Party, Route
from billing.models import RoamingConnection
from billing.roaming.exchange_journal import journal
from billing.roaming.exchange_journal.journal import Exchange
from billing.roaming.partners import connections, partner_tokens
from billing.roaming.partners.partner_tokens import Caller
from billing.roaming.versions.entry import KnownVersion
from chargers.models import Host

logger = logging.getLogger(__name__)
_STRANGERS_A_MINUTE: Final = 30
"""How many requests without a valid token are recorded from one address: enough to notice a wrong one."""


class FaultError(Exception):
    """The request cannot be fulfilled; the reply gives the reason."""

    def __init__(self, message: str, *, status: int = Status.INVALID_PARAMETERS, http: int = 200) -> None:
        super().__init__(message)
        self.reply = Reply(status=status, message=message, http=http)


class AbsentError(FaultError):
    """There is no such object, or it belongs to another party: HTTP 404."""

    def __init__(self, message: str, *, status: int = Status.INVALID_PARAMETERS) -> None:
        super().__init__(message, status=status, http=404)


class OcpiView(APIView):
    """Methods of subclasses return a Reply or a Response, and raise FaultError."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = ()
    throttle_classes = ()
    schema = None
    module: ClassVar[str] = ""
    is_open_to_registering: ClassVar[bool] = False
    """Whether token A is valid here: versions and credentials only."""

    caller: Caller | None = None
    begun: float = 0.0
    raw: bytes = b""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        self.begun = time.monotonic()
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Raises NotAuthenticated (HTTP 401) for a missing, unknown or spent token."""
        super().initial(request, *args, **kwargs)
        try:
            self.raw = request._request.body
        except RequestDataTooBig as exc:
            raise FaultError("The body is too large.", http=413) from exc
        self.caller = partner_tokens.recognise(request.headers.get("Authorization", ""))
        if self.caller is None:
            raise exceptions.NotAuthenticated("The Authorization header shows no token that is good here.")
        if self.caller.is_registering and not self.may_register(request):
            raise exceptions.NotAuthenticated("A token A is good for versions and credentials only.")
        if not self.is_open_to_registering and not self.connection.is_registered:
            raise exceptions.NotAuthenticated("You are not registered.")
        partner_tokens.note_use(self.caller, now=_now())

    def may_register(self, request: Request) -> bool:
        """Whether the token A is valid for this request."""
        return self.is_open_to_registering and not self.connection.is_registered

    @property
    def connection(self) -> RoamingConnection:
        assert self.caller is not None
        return self.caller.connection

    @property
    def version(self) -> KnownVersion:
        version: KnownVersion = self.kwargs["version"]
        return version

    def body(self) -> Any:
        """Returns the JSON of the request. Raises FaultError with HTTP 400 for anything else."""
        try:
            return orjson.loads(self.raw)
        except orjson.JSONDecodeError as exc:
            raise FaultError("The body is no JSON.", http=400) from exc

    def read(self, serializer: type[serializers.Serializer[Any]], data: Any = None) -> dict[str, Any]:
        """Returns the body as the serializer reads it; unknown fields are ignored. Raises FaultError with the field."""
        value = self.body() if data is None else data
        if not isinstance(value, Mapping):
            raise FaultError("A JSON object is expected.")
        fields = serializer(data=value)
        if not fields.is_valid():
            raise FaultError(first_error(fields.errors))
        return dict(fields.validated_data)

    @property
    def route(self) -> Route:
        return routing.read(self.request.headers)

    def addressed_hosts(self) -> list[Host]:
        """Returns the addressed hosts: by OCPI-to, else all of the connection.

        Raises AbsentError for hosts of others.
        """
        receiver = self.route.receiver
        if receiver is None or self.module not in FUNCTIONAL:
            return connections.hosts(self.connection)
        host = connections.host_by_party(self.connection, receiver)
        if host is None:
            raise AbsentError(f"{receiver} is none of our parties on this connection.", status=Status.CLIENT_ERROR)
        return [host]

    def addressed_host(self) -> Host:
        """Returns the single addressed host. Raises FaultError if there are several, and none is named."""
        hosts = self.addressed_hosts()
        if len(hosts) != 1:
            raise FaultError(
                "OCPI-to-country-code, OCPI-to-party-id: name the party that is meant.", status=Status.NOT_ENOUGH
            )
        return hosts[0]

    def require_own(self, country_code: str, party_id: str) -> Party:
        """Returns the party if it is one of the partner's. Raises AbsentError for others."""
        requested_party = routing.party(country_code, party_id)
        if not connections.has_party(self.connection, requested_party):
            raise AbsentError(f"{requested_party} is not a party of this connection.", status=Status.CLIENT_ERROR)
        return requested_party

    def handle_exception(self, exc: Exception) -> Response:
        match exc:
            case FaultError():
                reply = exc.reply
            case exceptions.NotAuthenticated():
                reply = Reply(status=Status.CLIENT_ERROR, message=str(exc.detail), http=401)
            case exceptions.MethodNotAllowed():
                reply = Reply(status=Status.CLIENT_ERROR, message=str(exc.detail), http=405)
            case Http404():
                reply = Reply(status=Status.CLIENT_ERROR, message="There is nothing at this address.", http=404)
            case _:
                caller_label = self.caller.connection if self.caller else "nobody"
                logger.error("An OCPI request of %s failed", caller_label, exc_info=exc)
                reply = Reply(status=Status.SERVER_ERROR, message="Something went wrong here; it is logged.", http=500)
        return self.respond(reply)

    def respond(self, reply: Reply, **headers: str) -> Response:
        response = Response(envelope.build_body(reply, now=_now()), status=reply.http)
        for name, value in headers.items():
            response[name.replace("_", "-")] = value
        if reply.http == 401:
            response["WWW-Authenticate"] = "Token"
        return response

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        if isinstance(response, Reply):
            response = self.respond(response)
        for name in ("X-Request-ID", "X-Correlation-ID"):
            if header_value := routing.message_id(request.headers.get(name, "")):
                response[name] = header_value
        if self.module in FUNCTIONAL and self.version.has_roles:
            for name, value in self._answer_route().headers().items():
                response[name] = value
        final_response = super().finalize_response(request, response, *args, **kwargs)
        final_response.render()
        self._write(request, final_response)
        return final_response

    def _answer_route(self) -> Route:
        return routing.read(self.request.headers).back

    def _write(self, request: Request, response: Response) -> None:
        """Records every request in the journal; of unknown callers only some, so that nobody can fill it."""
        if self.caller is None and rate_limit.too_often(
            "ocpi-stranger", subject=str(request.META.get("REMOTE_ADDR")), limit=_STRANGERS_A_MINUTE, within_s=60
        ):
            return
        data = response.data if isinstance(response.data, dict) else {}
        journal.write(
            Exchange(
                direction=journal.Direction.IN,
                method=str(request.method),
                url=request.get_full_path(),
                module=self.module,
                version=self._version_name(),
                request_id=routing.message_id(request.headers.get("X-Request-ID", "")),
                correlation_id=routing.message_id(request.headers.get("X-Correlation-ID", "")),
                headers=dict(request.headers),
                token_form=self._describe_token(),
                answer_headers=dict(response.items()),
                request=self.raw,
                http_status=response.status_code,
                ocpi_status=data.get("status_code"),
                answer=response.rendered_content,
                failure="" if data.get("status_code") == Status.SUCCESS else str(data.get("status_message", "")),
                took_ms=round((time.monotonic() - self.begun) * 1000),
            ),
            self.caller.connection if self.caller else None,
            now=_now(),
        )

    def _version_name(self) -> str:
        """Returns the version in the URL; empty without one."""
        version = self.kwargs.get("version")
        return version.name if isinstance(version, KnownVersion) else ""

    def _describe_token(self) -> str:
        """Returns how the request showed its token; empty for unknown callers."""
        if self.caller is None:
            return ""
        return f"{self.caller.form}, token A" if self.caller.is_registering else str(self.caller.form)


class NothingThere(OcpiView):
    """Any other URL under /ocpi/: 404 in the envelope, after authentication."""

    def get(self, request: Request, **_: Any) -> Reply:
        raise Http404

    post = put = patch = delete = get


def first_error(errors: object) -> str:
    """Returns the first error of a serializer, with the path of its field."""
    first = next(problems.flatten_errors(errors))
    return f"{first['path'] or 'body'}: {first['message']}"


def _now() -> datetime:
    return datetime.now(tz=UTC)
