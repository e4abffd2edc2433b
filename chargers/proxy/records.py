"""Stores the exchanges with a back office: log rows, ids, verdicts. Work for the journal's thread."""

import json
import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from authorization.models import Opinion
from chargers.commands import builder, queue, sending
from chargers.commands.builder import OrderError
from chargers.journal.group_commit import MessageRow, WorkResult
from chargers.lib import ids
from chargers.models import Charger, Message, UpstreamId
from chargers.protocol import fields, frames, replies
from chargers.protocol.frames import CallError, Payload, Version
from chargers.proxy import verdicts
from chargers.proxy.call_values import LeaderReply, UpstreamAnswer
from chargers.upstreams import roles, translation
from chargers.upstreams.plan import UpstreamFacts
from chargers.upstreams.roles import UpstreamRefusal, UpstreamRole
from chargers.upstreams.translation import Ids, Kind

FIRST_ID = 1_000_000_000
"""The first of the numbers under which the charger knows a back office's requests, profiles and reservations."""
_REUSED = frozenset((Kind.PROFILE, Kind.RESERVATION))


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamScope:
    """The charger's primary key and version, and the back office of an exchange."""

    charger_pk: int
    version: Version
    facts: UpstreamFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamExchange:
    """A forwarded call with its reply; `request` is the text that was sent.

    `forward_id` is the id of a stored message, which is then delivered. `late`: the charger already had its answer.
    """

    message_id: str
    action: str
    payload: Payload
    request: str
    sent_at: datetime
    reply: LeaderReply | None
    transaction_ref: str = ""
    decision_id: uuid.UUID | None = None
    forward_id: uuid.UUID | None = None
    late: bool = False
    note: str = ""


def log_exchange(scope: UpstreamScope, exchange: UpstreamExchange, *, now: datetime) -> WorkResult:
    """Logs the exchange. Needs statements only for ids, and for decisions that have to be looked up."""
    row, opinions = _row(scope, exchange, now=now), list[Opinion]()
    if isinstance(exchange.reply, UpstreamAnswer) and not isinstance(exchange.reply.frame, CallError):
        _store_upstream_id(scope, exchange, exchange.reply.frame.payload, now=now)
        if roles.asks_about_card(exchange.action, exchange.payload):
            row.decision_id = _find_decision_id(scope, exchange)
            opinions = _build_opinions(scope, exchange, row.decision_id, row.verdict, now=now)
    delivered = [] if exchange.forward_id is None else [exchange.forward_id]
    return WorkResult(messages=[row], opinions=opinions, delivered=delivered)


def _row(scope: UpstreamScope, exchange: UpstreamExchange, *, now: datetime) -> MessageRow:
    row = MessageRow(
        id=ids.generate(now=exchange.sent_at),
        charger_id=scope.charger_pk,
        direction=Message.Direction.IN.value,
        ocpp_version=scope.version.value,
        request_at=exchange.sent_at,
        request=exchange.request,
        message_type=2,
        message_id=exchange.message_id,
        action=exchange.action[:60],
        evse_number=_outlet(exchange.payload),
        uid=_card(exchange.payload)[:255],
        transaction_ref=exchange.transaction_ref[:255],
        upstream=scope.facts.name,
        fault=exchange.note,
    )
    if isinstance(exchange.reply, UpstreamAnswer):
        frame = exchange.reply.frame
        row.answer, row.answer_at = frames.dump(frame), now
        row.answer_type = 4 if isinstance(frame, CallError) else 3
        row.is_error = isinstance(frame, CallError)
        row.verdict = (frame.code if isinstance(frame, CallError) else replies.status_in(frame.payload))[:60]
        if exchange.late:
            row.fault = f"{scope.facts.name} answered when the charger had its answer already."
    elif exchange.reply is not None:
        row.is_error, row.fault = True, f"{scope.facts.name} {exchange.reply.cause}."
    return row


def _store_upstream_id(scope: UpstreamScope, exchange: UpstreamExchange, answer: Payload, *, now: datetime) -> None:
    """Stores the id that the back office gave to a 1.6 transaction."""
    external_id, own_id = fields.integer(answer.get("transactionId")), fields.integer(exchange.transaction_ref)
    if (
        exchange.action != "StartTransaction"
        or scope.version is not Version.V16
        or external_id is None
        or own_id is None
    ):
        return
    UpstreamId.objects.update_or_create(
        charger_id=scope.charger_pk,
        upstream_id=scope.facts.pk,
        kind=Kind.TRANSACTION,
        ours=own_id,
        defaults={"theirs": external_id, "at": now},
    )


def _find_decision_id(scope: UpstreamScope, exchange: UpstreamExchange) -> uuid.UUID | None:
    if exchange.decision_id is not None or not exchange.transaction_ref:
        return exchange.decision_id
    return verdicts.decision_id_of(scope.charger_pk, transaction_ref=exchange.transaction_ref)


def _build_opinions(
    scope: UpstreamScope,
    exchange: UpstreamExchange,
    decision_id: uuid.UUID | None,
    status: str,
    *,
    now: datetime,
) -> list[Opinion]:
    """Returns a follower's verdict, or a Leader's verdict that came too late to count."""
    is_leader = scope.facts.role is UpstreamRole.LEADER
    if decision_id is None or not status or (is_leader and not exchange.late):
        return []
    voice = Opinion.Voice.LEADER if is_leader else Opinion.Voice.FOLLOWER
    return [
        verdicts.build_opinion(
            decision_id, voice=voice, name=scope.facts.name, status=status, at=now, late=exchange.late
        )
    ]


def _card(payload: Payload) -> str:
    if "idTag" in payload:
        return fields.text(payload.get("idTag"))
    return fields.text(fields.section(payload, "idToken").get("idToken"))


def _outlet(payload: Payload) -> int | None:
    number = payload.get("connectorId", payload.get("evseId"))
    if number is None or "evse" in payload:
        number = fields.section(payload, "evse").get("id")
    return fields.count(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamCommand:
    """A command of a back office with its text, and the answer to it."""

    message_id: str
    action: str
    payload: Payload
    request: str
    at: datetime
    answer: str | None
    status: str
    is_error: bool
    fault: str


def log_command(scope: UpstreamScope, command: UpstreamCommand, *, now: datetime) -> WorkResult:
    """Logs a back office's command and our reply to it."""
    row = MessageRow(
        id=ids.generate(now=command.at),
        charger_id=scope.charger_pk,
        direction=Message.Direction.OUT.value,
        ocpp_version=scope.version.value,
        request_at=command.at,
        request=command.request,
        message_type=2,
        message_id=command.message_id[:255],
        action=command.action[:60],
        evse_number=_outlet(command.payload),
        uid=_card(command.payload)[:255],
        transaction_ref=fields.text(command.payload.get("transactionId"))[:255],
        upstream=scope.facts.name,
        origin=origin_of(scope.facts.name),
        answer=command.answer,
        answer_at=now if command.answer is not None else None,
        answer_type=None if command.answer is None else (4 if command.is_error else 3),
        verdict=command.status[:60],
        is_error=command.is_error,
        fault=command.fault,
    )
    return WorkResult(messages=[row])


def log_stray(scope: UpstreamScope, *, text: str, fault: str, now: datetime) -> WorkResult:
    """Logs a message of a back office that belongs to nothing."""
    row = MessageRow(
        id=ids.generate(now=now),
        charger_id=scope.charger_pk,
        direction=Message.Direction.OUT.value,
        ocpp_version=scope.version.value,
        request_at=now,
        request=text[:4000],
        upstream=scope.facts.name,
        is_error=True,
        fault=fault,
    )
    return WorkResult(messages=[row])


def origin_of(name: str) -> str:
    """Returns `Command.origin` for a back office's command."""
    return f"upstream:{name}"[:100]


def commanded_by_upstream(
    scope: UpstreamScope, *, action: str, payload: Payload, upstream_ids: Ids, now: datetime
) -> WorkResult:
    """Queues a permitted command for the charger; the value is its id, or a Refusal."""

    def allot(kind: Kind, external_id: int) -> int:
        if kind in _REUSED and (own_id := upstream_ids.ours(kind, external_id)) is not None:
            return own_id
        own_id = _allot_own_id(scope, kind, external_id, now=now)
        upstream_ids.learn(kind, own_id=own_id, external_id=external_id)
        return own_id

    translated = translation.downward(action, payload, version=scope.version, ids=upstream_ids, allot=allot)
    if isinstance(translated, UpstreamRefusal):
        return WorkResult(value=translated)
    try:
        order = builder.check(action, sending.convert_for_json(translated), version=scope.version)
    except OrderError as exc:
        return WorkResult(value=UpstreamRefusal(str(exc)))
    command = sending.request_of(order, origin=origin_of(scope.facts.name))
    charger = Charger.objects.get(pk=scope.charger_pk)
    return WorkResult(value=queue.queue(charger, command, now=now).pk)


def _allot_own_id(scope: UpstreamScope, kind: Kind, external_id: int, *, now: datetime) -> int:
    row = UpstreamId.objects.create(
        charger_id=scope.charger_pk,
        upstream_id=scope.facts.pk,
        kind=kind,
        ours=None,
        theirs=external_id,
        at=now,
    )
    own_id = FIRST_ID + row.pk % FIRST_ID
    UpstreamId.objects.filter(pk=row.pk).update(ours=own_id)
    return own_id


def mark_connected(scope: UpstreamScope, *, now: datetime) -> WorkResult:
    """Stores that the back office was reached."""
    return _update_link(scope, connected_at=now)


def mark_disconnected(scope: UpstreamScope, *, cause: str, now: datetime, next_try_at: datetime | None) -> WorkResult:
    """Stores a failed or ended connection; `next_try_at` None: there are no more attempts."""
    return _update_link(scope, next_try_at=next_try_at, failed_at=now if cause else None, error=cause[:300])


_LINK = """
    INSERT INTO chargers_upstreamlink AS link
        (charger_id, upstream_id, connected_at, next_try_at, failed_at, error, dropped)
    SELECT %(charger)s, id, %(connected_at)s, %(next_try_at)s, %(failed_at)s, %(error)s, 0
    FROM chargers_upstream WHERE id = %(upstream)s
    ON CONFLICT (charger_id, upstream_id) DO UPDATE SET
        connected_at = EXCLUDED.connected_at,
        next_try_at = EXCLUDED.next_try_at,
        failed_at = COALESCE(EXCLUDED.failed_at, link.failed_at),
        error = CASE WHEN EXCLUDED.failed_at IS NULL THEN link.error ELSE EXCLUDED.error END
"""


def _update_link(
    scope: UpstreamScope,
    *,
    connected_at: datetime | None = None,
    next_try_at: datetime | None = None,
    failed_at: datetime | None = None,
    error: str = "",
) -> WorkResult:
    """Updates the link with one statement, unless the back office was disconnected meanwhile."""
    values = {
        "charger": scope.charger_pk,
        "upstream": scope.facts.pk,
        "connected_at": connected_at,
        "next_try_at": next_try_at,
        "failed_at": failed_at,
        "error": error,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LINK, values)
    return WorkResult()


def parse_payload(text: str) -> Payload:
    """Returns the payload of a stored message, as the charger wrote it."""
    payload: Payload = json.loads(text)
    return payload
