"""Events of property systems: `/webhooks/guesty/…` and `/webhooks/hospitable/…`. An event is a reason to read again."""

import logging

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from authorization.models import PmsConnection
from authorization.people.request import TooLongError, body, now
from authorization.pms import connections
from authorization.pms.parsing import signatures
from chargers.lib.secrets import UnreadableSecretError

logger = logging.getLogger(__name__)
_LONGEST_BODY = 262_144
Kind = PmsConnection.Kind


@csrf_exempt
@require_POST
def guesty_event(request: HttpRequest, key: str) -> HttpResponse:
    """Signed (standardwebhooks.com) with the secret that Guesty shows for the subscription."""
    connection = _found(key, kind=Kind.GUESTY)
    try:
        raw = body(request, most=_LONGEST_BODY)
    except TooLongError:
        return _too_long()
    headers = {name.lower(): value for name, value in request.headers.items()}
    secret = _secret(connection)
    if not secret or not signatures.is_standard(headers, raw, secret=secret, now=now()):
        return _unsigned(connection)
    connections.event_came(connection, now=now())
    return HttpResponse(status=204)


@csrf_exempt
@require_POST
def hospitable_event(request: HttpRequest, key: str) -> HttpResponse:
    """At an address that nobody can guess; signed where the secret is known here."""
    connection = _found(key, kind=Kind.HOSPITABLE)
    try:
        raw = body(request, most=_LONGEST_BODY)
    except TooLongError:
        return _too_long()
    secret = _secret(connection)
    if secret and not signatures.is_hex(request.headers.get("Signature", ""), raw, secret=secret):
        return _unsigned(connection)
    connections.event_came(connection, now=now())
    return HttpResponse(status=204)


def _found(key: str, *, kind: Kind) -> PmsConnection:
    connection = PmsConnection.objects.filter(webhook_key=key, kind=kind).first()
    if connection is None:
        raise Http404
    return connection


def _too_long() -> HttpResponse:
    return HttpResponse("The body is too long.", status=413, content_type="text/plain")


def _secret(connection: PmsConnection) -> str:
    try:
        return connections.credentials(connection).get("webhook_secret", "")
    except UnreadableSecretError:
        return ""


def _unsigned(connection: PmsConnection) -> HttpResponse:
    logger.warning("An event for the connection %s was refused: its signature is wrong", connection.key)
    return HttpResponse("The signature is wrong or too old.", status=401, content_type="text/plain")
