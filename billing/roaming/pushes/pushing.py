"""Sends partners the objects marked for them. Uses the network: never inside a transaction.

One worker at a time serves a partner. A partner that does not answer is retried after growing delays, up to a quarter
of an hour, and each object has only one mark: when the partner is back, it gets the current state.
"""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from authorization.roaming.transport import routing
from authorization.roaming.transport.routing import Route, party
from billing.models import RoamingConnection, RoamingObject, RoamingShare
from billing.roaming.calling import calls
from billing.roaming.calling.calls import Call, Outcome
from billing.roaming.cdrs import publishing as cdrs
from billing.roaming.commands import results
from billing.roaming.locations import rendering as locations
from billing.roaming.partners import connections
from billing.roaming.publication import objects
from billing.roaming.pushes import plan
from billing.roaming.pushes.plan import Message
from billing.roaming.sessions import rendering as sessions
from billing.roaming.tariffs import rendering as tariffs
from billing.roaming.versions import catalogue

Kind = RoamingObject.Kind
MODULES: Final = {Kind.LOCATION: "locations", Kind.TARIFF: "tariffs", Kind.SESSION: "sessions", Kind.CDR: "cdrs"}
LEASE: Final = timedelta(minutes=2)
_LONGEST_WAIT: Final = timedelta(minutes=15)
_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_RETRY: Final = timedelta(hours=6)
_MAX_DOUBLINGS: Final = 12
_MAX_AT_ONCE: Final = 500
_ENDS_AFTER: Final = timedelta(seconds=60)
_AWAY_FROM: Final = 500
_BUSY: Final = 429


def due(*, now: datetime) -> list[int]:
    """Returns partners with marked objects whose turn it is; each is given to one caller, for two minutes."""
    waiting = RoamingConnection.objects.filter(
        Q(next_push_at=None) | Q(next_push_at__lte=now), registered_at__isnull=False
    )
    is_marked = Q(shares__dirty_at__isnull=False, shares__next_try_at__lte=now)
    marked = waiting.filter(is_marked | Q(pk__in=results.due(now=now))).distinct()
    return [
        pk
        for pk, turn in marked.values_list("pk", "next_push_at")
        if RoamingConnection.objects.filter(pk=pk, next_push_at=turn).update(next_push_at=now + LEASE)
    ]


def run(connection_pk: int, *, now: datetime) -> int:
    """Pushes what is due to one partner, and returns how many objects it accepted.

    Stops at the first sign that it is unavailable.
    """
    connection = RoamingConnection.objects.select_related("msp").get(pk=connection_pk)
    if not connection.is_registered:
        return 0
    results.send_due(connection, now=now)
    accepted_count, wait, until = 0, None, datetime.now(tz=UTC) + _ENDS_AFTER
    for share in _filter_due_shares(connection, now=now)[:_MAX_AT_ONCE]:
        outcome = push(connection, share)
        if outcome is None or outcome.is_success:
            accepted_count += 1
        elif is_away(outcome):
            wait = outcome
            break
        if datetime.now(tz=UTC) > until:
            break
    _note_turn(connection, wait)
    return accepted_count


def push(connection: RoamingConnection, share: RoamingShare) -> Outcome | None:
    """Pushes the current state of one object. None if the partner has no use for it."""
    row = share.object
    updated_at = row.last_updated
    address = connections.endpoint(connection, MODULES[Kind(row.kind)], "RECEIVER")
    if not address or (row.ended_at is not None and row.kind == Kind.TARIFF and share.held is None):
        _settle(share, updated_at=updated_at, held_body=None, failure="" if address else "has no endpoint for it")
        return None
    if row.kind == Kind.CDR:
        return _push_cdr(connection, share, address=address)
    body = render_object(row, connection)
    outcome = _send_all(connection, row, _messages(row, body, held_body=share.held), address=address)
    if outcome.is_success:
        _settle(share, updated_at=updated_at, held_body=body)
    elif not is_away(outcome):
        _note_refusal(share, outcome)
    return outcome


def render_object(row: RoamingObject, connection: RoamingConnection) -> dict[str, Any]:
    """Returns the object as sent to this partner."""
    version = catalogue.get_version(connection.version)
    match Kind(row.kind):
        case Kind.LOCATION:
            return locations.location(row.body, version=version, providers=objects.provider_keys(connection))
        case Kind.TARIFF:
            return tariffs.tariff(row.body, version=version)
        case Kind.SESSION:
            embedded = objects.embedded_locations([row], version=version)
            return sessions.session(row.body, version=version, location=embedded.get(row.pk))
        case Kind.CDR:
            embedded = objects.embedded_locations([row], version=version)
            return cdrs.render_cdr(row, connection, version=version, location=embedded.get(row.pk))


def is_away(outcome: Outcome) -> bool:
    """Whether the partner itself is unavailable, rather than this object refused."""
    return outcome.http is None or outcome.http >= _AWAY_FROM or outcome.http in {_BUSY, 401, 403}


def reconcile(connection: RoamingConnection, *, now: datetime) -> int:
    """Marks shared objects that were never sent, because the partner registered after they were published, or was
    blocked then.
    """
    rows = RoamingObject.objects.filter(host__in=connections.hosts(connection)).exclude(shares__connection=connection)
    shared = objects.shared_with(connection, rows).filter(Q(ended_at=None) | ~Q(kind=Kind.TARIFF))
    if connection.cdrs_from is not None:
        shared = shared.exclude(Q(created_at__lt=connection.cdrs_from) & Q(kind=Kind.SESSION))
    marks = [
        RoamingShare(connection=connection, object_id=pk, dirty_at=now, next_try_at=now)
        for pk in shared.values_list("pk", flat=True)[:_MAX_AT_ONCE]
    ]
    return len(RoamingShare.objects.bulk_create(marks, ignore_conflicts=True))


def mark_everything(connection: RoamingConnection, *, kinds: Collection[str], now: datetime) -> int:
    """Marks everything to be sent in full again, at a person's request. Accepted CDRs stay as they are."""
    shares = connection.shares.filter(object__kind__in=kinds).exclude(object__kind=Kind.CDR)
    return shares.update(held=None, dirty_at=now, next_try_at=now, tries=0) + reconcile(connection, now=now)


def _filter_due_shares(connection: RoamingConnection, *, now: datetime) -> QuerySet[RoamingShare]:
    """Returns marked objects: tariffs before locations that refer to them, then CDRs, and ended tariffs last."""
    order = Case(
        When(object__kind=Kind.TARIFF, object__ended_at=None, then=Value(0)),
        When(object__kind=Kind.LOCATION, then=Value(1)),
        When(object__kind=Kind.SESSION, then=Value(2)),
        When(object__kind=Kind.CDR, then=Value(3)),
        default=Value(4),
        output_field=IntegerField(),
    )
    marked = connection.shares.filter(dirty_at__isnull=False, next_try_at__lte=now)
    return marked.select_related("object__host", "object__msp").order_by(order, "object_id")


def _messages(row: RoamingObject, body: dict[str, Any], *, held_body: dict[str, Any] | None) -> list[Message]:
    if row.kind == Kind.LOCATION:
        return plan.of_location(body, held_body=held_body)
    if row.kind == Kind.TARIFF and row.ended_at is not None:
        return plan.deletion(body)
    return plan.of_object(body)


def _send_all(connection: RoamingConnection, row: RoamingObject, messages: list[Message], *, address: str) -> Outcome:
    """Returns the last outcome, or the first failure. After a failed PATCH, GETs the object and PUTs all of it."""
    outcome = _send(connection, row, messages[0], address=address)
    for message in messages[1:]:
        if not outcome.is_success:
            break
        outcome = _send(connection, row, message, address=address)
    if outcome.is_success or is_away(outcome):
        return outcome
    if messages[0].method == "PATCH":
        full_message = plan.of_object(render_object(row, connection))[0]
        _send(connection, row, Message("GET", full_message.parts), address=address)
        return _send(connection, row, full_message, address=address)
    if messages[0].method == "DELETE" and outcome.http == 404:
        return Outcome(exchange=outcome.exchange, http=outcome.http)  # it is gone already, as intended
    return outcome


def _send(connection: RoamingConnection, row: RoamingObject, message: Message, *, address: str) -> Outcome:
    own = connections.party_of(row.host)
    url = routing.join(address, own.country_code, own.party_id, *message.parts)
    return calls.send(
        connection,
        Call(
            method=message.method,
            url=url,
            module=MODULES[Kind(row.kind)],
            body=message.body,
            route=_route(row, connection),
        ),
    )


def _push_cdr(connection: RoamingConnection, share: RoamingShare, *, address: str) -> Outcome | None:
    """POSTs a CDR once, as far as possible: if an earlier attempt may have arrived, the partner is queried first."""
    row, module, route = share.object, MODULES[Kind.CDR], _route(share.object, connection)
    if share.tries or share.sent_at is not None:
        url = share.stored_url or routing.join(address, row.key)
        lookup = calls.send(connection, Call(method="GET", url=url, module=module, route=route))
        if lookup.is_success and isinstance(lookup.data, dict) and _is_same(lookup.data.get("id"), row.key):
            _settle(share, updated_at=row.last_updated, held_body=render_object(row, connection))
            return lookup
        if is_away(lookup):
            return lookup
    RoamingShare.objects.filter(pk=share.pk).update(sent_at=datetime.now(tz=UTC), tries=F("tries") + 1)
    body = render_object(row, connection)
    outcome = calls.send(connection, Call(method="POST", url=address, module=module, body=body, route=route))
    if not outcome.is_success and _misses_end(outcome, body):
        connection.wants_end_date_time = True
        connection.save(update_fields=["wants_end_date_time"])
        body = render_object(row, connection)
        outcome = calls.send(connection, Call(method="POST", url=address, module=module, body=body, route=route))
    if outcome.is_success:
        _settle(share, updated_at=row.last_updated, held_body=body, stored_url=outcome.location)
    elif not is_away(outcome):
        _note_refusal(share, outcome)
    return outcome


def _route(row: RoamingObject, connection: RoamingConnection) -> Route:
    """Returns the route to the object's provider, or else to the partner itself: a hub forwards what is for
    everyone.
    """
    receiver = connections.partner_party(connection)
    if row.msp is not None:
        receiver = party(row.msp.country_code, row.msp.party_id)
    return Route(sender=connections.party_of(row.host), receiver=receiver)


def _misses_end(outcome: Outcome, body: dict[str, Any]) -> bool:
    """Whether it refused a CDR for lack of a field that its version does not have, but others do."""
    return "end_date_time" not in body and outcome.http is not None and "end_date_time" in outcome.exchange.answer


def _is_same(received_id: object, key: str) -> bool:
    return str(received_id).casefold() == key.casefold()


def _settle(
    share: RoamingShare,
    *,
    updated_at: datetime,
    held_body: dict[str, Any] | None,
    failure: str = "",
    stored_url: str = "",
) -> None:
    """Records that the partner holds it. The mark stays if the object changed while it was sent."""
    at = datetime.now(tz=UTC)
    values: dict[str, Any] = {"held": held_body, "failure": failure, "tries": 0, "sent_at": at}
    if stored_url:
        values["stored_url"] = stored_url[:2000]
    RoamingShare.objects.filter(pk=share.pk).update(**values)
    unchanged = RoamingObject.objects.filter(pk=share.object_id, last_updated=updated_at).exists()
    if unchanged:
        RoamingShare.objects.filter(pk=share.pk).update(dirty_at=None, next_try_at=None)


def _note_refusal(share: RoamingShare, outcome: Outcome) -> None:
    """Delays further attempts for this object; others continue."""
    wait = min(_FIRST_WAIT * 2 ** min(share.tries + 3, _MAX_DOUBLINGS), _LONGEST_RETRY)
    RoamingShare.objects.filter(pk=share.pk).update(
        failure=outcome.failure[:500],
        tries=F("tries") + (0 if share.object.kind == Kind.CDR else 1),
        next_try_at=datetime.now(tz=UTC) + wait,
    )


def _note_turn(connection: RoamingConnection, away: Outcome | None) -> None:
    """Sets the partner's next turn: at once if it accepted what it got, after growing delays if it is unavailable."""
    at = datetime.now(tz=UTC)
    row = RoamingConnection.objects.filter(pk=connection.pk)
    if away is None:
        row.update(next_push_at=None, silent_since=None, failures=0)
        return
    wait = min(_FIRST_WAIT * 2 ** min(connection.failures, _MAX_DOUBLINGS), _LONGEST_WAIT)
    if away.retry_after_s is not None:
        wait = timedelta(seconds=away.retry_after_s)
    row.update(next_push_at=at + wait, failures=F("failures") + 1, silent_since=connection.silent_since or at)


def list_refused_shares(connection: RoamingConnection) -> Iterator[RoamingShare]:
    """Yields what the partner refused, newest first, for its page."""
    refused = connection.shares.filter(dirty_at__isnull=False).exclude(failure="")
    yield from refused.select_related("object").order_by("-object_id")[:50]
