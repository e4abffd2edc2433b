"""Events of property systems, received at an address with the connection's key.

An event only causes another reading.
"""

import logging

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from authorization.models import PmsConnection
from authorization.people.request import TooLongError, body, now
from authorization.pms import connections
from authorization.pms.systems import catalogue
from authorization.pms.systems.source import Event
from chargers.lib.secrets import UnreadableSecretError

logger = logging.getLogger(__name__)
_LONGEST_BODY = 262_144


@csrf_exempt
@require_POST
def event(request: HttpRequest, key: str, kind: str = "") -> HttpResponse:
    """Receives an event at an address that cannot be guessed; the connection's system checks whether it is genuine.

    `kind` comes from addresses given out before there was one address for all systems.
    """
    connection = _connection_of(key, kind=kind)
    source = catalogue.ALL[connection.kind].events
    if source is None:
        raise Http404
    try:
        raw = body(request, max_bytes=_LONGEST_BODY)
    except TooLongError:
        return HttpResponse("The body is too long.", status=413, content_type="text/plain")
    headers = {name.lower(): value for name, value in request.headers.items()}
    if not source.is_genuine(Event(headers=headers, body=raw, secret=_secret(connection)), now=now()):
        logger.warning("An event for the connection %s was refused: its signature is wrong", connection.key)
        return HttpResponse("The signature is wrong or too old.", status=401, content_type="text/plain")
    connections.event_came(connection, now=now())
    return HttpResponse(status=204)


def _connection_of(key: str, *, kind: str) -> PmsConnection:
    rows = PmsConnection.objects.filter(webhook_key=key, kind__in=catalogue.ALL)
    connection = (rows.filter(kind=kind) if kind else rows).first()
    if connection is None:
        raise Http404
    return connection


def _secret(connection: PmsConnection) -> str:
    try:
        return connections.credentials(connection).get("webhook_secret", "")
    except UnreadableSecretError:
        return ""
