"""The test console: a page of tokens, an authorization, a push, a CDR that is not sent. Uses the network."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from authorization.roaming.transport import routing
from authorization.roaming.transport.routing import Route
from billing.models import Rating, RoamingConnection, RoamingExchange, RoamingShare
from billing.roaming.calling import calls
from billing.roaming.calling.calls import Call, Outcome
from billing.roaming.cdrs import check, stored_form
from billing.roaming.cdrs import publishing as cdrs
from billing.roaming.partners import connections
from billing.roaming.publication import bodies, objects
from billing.roaming.pushes import pushing
from billing.roaming.sessions import loading
from chargers.lib import ids

_PAGE: Final = 10
REPEATED: Final = frozenset(("GET", "PUT", "PATCH", "POST", "DELETE"))


class TrialError(Exception):
    """The trial is not possible; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class DryCdr:
    """A CDR as it would be sent, the total by its own tariff, and whether both agree."""

    body: dict[str, Any]
    reckoned: str
    agrees: bool


def pull_tokens(connection: RoamingConnection) -> Outcome:
    """Pulls one page; nothing is stored."""
    url = _endpoint(connection, "tokens", "SENDER")
    return calls.send(
        connection, Call(method="GET", url=f"{url}?limit={_PAGE}&offset=0", module="tokens", route=_route(connection))
    )


def authorize(connection: RoamingConnection, uid: str, *, kind: str) -> Outcome:
    """Asks for real-time authorization of a uid, without a place: no start is allowed by it."""
    url = routing.join(_endpoint(connection, "tokens", "SENDER"), quote(uid, safe=""), "authorize")
    call = Call(method="POST", url=f"{url}?type={quote(kind)}", module="tokens", route=_route(connection))
    return calls.send(connection, call)


def push_location(connection: RoamingConnection, key: str, *, now: datetime) -> Outcome:
    """Pushes the whole location, even if the partner has it."""
    rows = objects.list_pullable(connection, objects.Kind.LOCATION, hosts=connections.hosts(connection))
    row = rows.filter(key__iexact=key.strip()).first()
    if row is None:
        raise TrialError(f"The location {key} is not shared with this partner.")
    share, _ = RoamingShare.objects.get_or_create(
        connection=connection, object=row, defaults={"dirty_at": now, "next_try_at": now}
    )
    share.held = None
    share.object = row
    outcome = pushing.push(connection, share)
    if outcome is None:
        raise TrialError("The partner has no endpoint for locations.")
    return outcome


def dry_cdr(connection: RoamingConnection, session_id: str, *, now: datetime) -> DryCdr:
    """Makes and checks the CDR of a session of this partner, without storing or sending it."""
    key = ids.read(session_id)
    providers = objects.providers(connection)
    session = loading.rows().filter(pk=key, token__msp__in=providers).first() if key else None
    if session is None:
        raise TrialError("This partner has no session with that id.")
    rating = session.ratings.exclude(kind=Rating.Kind.REPLACED).order_by("-id").first()
    facts = cdrs.facts_of(session, rating, key=str(session.pk), now=now) if rating else None
    if facts is None:
        raise TrialError("The session has no price yet, or its location cannot be described.")
    body = stored_form.cdr(facts)
    difference = check.difference(body, time_zone=session.property.time_zone)
    if difference is None:
        return DryCdr(bodies.public(body), "no tariff of it is published", agrees=False)
    return DryCdr(bodies.public(body), f"{float(difference.reckoned):.4f}", agrees=difference.is_none)


def send_again(exchange: RoamingExchange) -> Outcome:
    """Repeats an outgoing request with new ids. Raises TrialError for one that cannot be repeated."""
    connection = exchange.connection
    if connection is None or exchange.direction != RoamingExchange.Direction.OUT:
        raise TrialError("Only what we sent can be sent again.")
    if exchange.module in {"credentials", "versions"} or exchange.method not in REPEATED:
        raise TrialError("A handshake is repeated as a whole: connect the partner again.")
    if exchange.module == "cdrs" and exchange.method == "POST":
        raise TrialError("A CDR is sent once: it is looked up at the partner before it is repeated, by itself.")
    if "characters more)" in exchange.request[-40:]:
        raise TrialError("The request was too long to be kept whole.")
    headers = exchange.headers
    route = routing.read(headers) if isinstance(headers, dict) else Route()
    return calls.send(
        connection,
        Call(
            method=exchange.method,
            url=exchange.url,
            module=exchange.module,
            body=_json(exchange.request),
            route=route,
            correlation_id=exchange.correlation_id,
            repeats=exchange.pk,
        ),
    )


def _json(text: str) -> Any:
    return None if not text else json.loads(text)


def _endpoint(connection: RoamingConnection, module: str, role: str) -> str:
    url = connections.endpoint(connection, module, role)
    if not url:
        raise TrialError(f"The partner offers no {module}.")
    return url


def _route(connection: RoamingConnection) -> Route:
    hosts = connections.hosts(connection)
    sender = connections.party_of(hosts[0]) if hosts else None
    return Route(sender=sender, receiver=connections.partner_party(connection))
