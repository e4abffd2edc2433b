"""The queue of commands to chargers, from the request to the effect.

A command is stored first and nudged second; the gateway that holds the connection sends it when no other CALL is
pending. Nothing is ever sent twice: whatever was in flight when a connection died ends as `unknown`.
"""

import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection, transaction

from chargers.lib import ids, nudges, secrets
from chargers.models import Charger, Command
from chargers.sentences import stored
from chargers.sentences.commands import CommandCode
from chargers.sentences.stored import Sentences
from chargers.text import masking

ANSWER_TIMEOUT = timedelta(seconds=30)
START_ORDER_VALID = timedelta(minutes=3)
START_REMEMBERED = timedelta(days=30)
SINGLE_USE_VALID = timedelta(days=1)
"""For tokens made for a single order: unless withdrawn, their start belongs to that order."""
STOP_REMEMBERED = timedelta(minutes=1)
"""How long a stop waits for an offline charger; after that, the user decides again."""
EFFECT_VISIBLE = timedelta(minutes=15)
START_ACTIONS = ("RemoteStartTransaction", "RequestStartTransaction")
STOP_ACTIONS = ("RemoteStopTransaction", "RequestStopTransaction")
BY_BUDGET = "system:budget"
"""The origin of a stop because the budget of the session's card was used up."""
ANSWERED_BY_REPLY = frozenset(
    ("GetConfiguration", "ChangeConfiguration", "GetVariables", "SetVariables", "GetBaseReport", "GetReport",
     "GetLocalListVersion", "SendLocalList", "ClearCache", "GetCompositeSchedule", "SetChargingProfile",
     "ClearChargingProfile", "GetTransactionStatus", "CertificateSigned")
)  # fmt: skip
"""Orders whose whole effect is in their answer, or in a report that is expected much later."""

State = Command.State


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """A command to send: an action of the charger's version, its OCPP payload, and who requested it.

    `origin` is `user:<e-mail>`, `api:<key prefix>`, `guest`, `system` or BY_BUDGET. For a start, `id_token` and
    `evse_number` tell for whom and where, so that the charger's own authorization request is accepted.
    """

    action: str
    payload: dict[str, Any]
    origin: str
    id_token: str = ""
    evse_number: int | None = None
    remote_start_id: int | None = None
    secret_encrypted: str = ""
    """Replaces `masking.HIDDEN` in the payload, only on the wire: see `hide`."""
    items_per_message: int | None = None
    """How many of its entries the charger accepts in one message: see `splitting`."""
    id: uuid.UUID | None = None
    """Set by a form, so that submitting it twice sends one command; otherwise a new id."""


def hide(payload: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Returns the payload without passwords for storing, and its passwords encrypted (empty if it has none)."""
    passwords = masking.secrets_in(payload)
    return masking.conceal(payload), secrets.encrypt(json.dumps(passwords)) if passwords else ""


def request(charger: Charger, command_request: CommandRequest, *, now: datetime) -> Command:
    """Stores the command and nudges the charger's gateway. For an offline charger it ends at once as `offline`.

    The caller has checked the payload against the charger's version.
    """
    online = Charger.objects.filter(pk=charger.pk, connection_id__isnull=False).exists()
    command = _create_command(charger, command_request, online=online, now=now)
    if online:
        transaction.on_commit(partial(nudge, charger.pk))
    return command


def queue(charger: Charger, command_request: CommandRequest, *, now: datetime) -> Command:
    """Only stores a command, for a connected charger: its gateway finds it with its next poll.

    For flows, which may only write rows.
    """
    return _create_command(charger, command_request, online=True, now=now)


def _create_command(charger: Charger, command_request: CommandRequest, *, online: bool, now: datetime) -> Command:
    return Command.objects.create(
        id=command_request.id or ids.generate(now=now),
        charger=charger,
        action=command_request.action,
        payload=command_request.payload,
        origin=command_request.origin[:100],
        id_token=command_request.id_token[:255],
        evse_number=command_request.evse_number,
        remote_start_id=command_request.remote_start_id,
        items_per_message=command_request.items_per_message,
        secret_encrypted=command_request.secret_encrypted if online else "",
        state=State.QUEUED if online else State.OFFLINE,
        created_at=now,
        expires_at=now + ANSWER_TIMEOUT,
        outcome_sentences=() if online else stored.build_sentence(CommandCode.OFFLINE),
    )


def live_start(charger: Charger, *, id_token: str, now: datetime) -> Command | None:
    """Returns the start ordered for this token that may still happen: queued, sent, or accepted and not yet begun."""
    commands = Command.objects.filter(
        charger=charger,
        id_token=id_token,
        action__in=START_ACTIONS,
        effect_seen_at=None,
        withdrawn_at=None,
        state__in=(State.QUEUED, State.SENT, State.ACCEPTED),
        created_at__gt=now - START_ORDER_VALID,
    )
    return commands.order_by("-created_at").first()


def has_live_start(charger: Charger, *, now: datetime) -> bool:
    """Whether a start was ordered for anybody that may still happen."""
    starts = Command.objects.filter(
        charger=charger,
        action__in=START_ACTIONS,
        effect_seen_at=None,
        withdrawn_at=None,
        state__in=(State.QUEUED, State.SENT, State.ACCEPTED),
    )
    return starts.filter(created_at__gt=now - START_ORDER_VALID).exists()


def withdraw_starts(charger: Charger, *, id_token: str, now: datetime) -> None:
    """Withdraws starts: queued ones are not sent, and a start that begins anyway is refused.

    OCPP has no message to take back a sent start.
    """
    starts = Command.objects.filter(charger=charger, id_token=id_token, action__in=START_ACTIONS, withdrawn_at=None)
    unsent = starts.filter(state=State.QUEUED)
    why = stored.build_sentence(CommandCode.WITHDRAWN)
    unsent.update(state=State.TIMED_OUT, outcome_sentences=why, withdrawn_at=now)
    starts.update(withdrawn_at=now)


def nudge(charger_pk: int) -> None:
    """Wakes the gateway that holds this charger. A lost nudge is repaired by the gateway's periodic poll."""
    nudges.to_gateways({"type": "waiting", "charger": charger_pk})


def hang_up(charger_pk: int) -> None:
    """Ends the charger's connection on any gateway, because its credentials are no longer valid."""
    nudges.to_gateways({"type": "hang.up", "charger": charger_pk})


def take_next(charger: Charger, *, connection_id: uuid.UUID, now: datetime) -> Command | None:
    """Takes the oldest waiting command and marks it as `sent` on this connection with a new message id."""
    waiting = Command.objects.filter(charger=charger, state=State.QUEUED, expires_at__gt=now)
    for command in waiting.order_by("created_at", "id")[:5]:
        message_id = str(uuid.uuid4())
        updated_count = Command.objects.filter(pk=command.pk, state=State.QUEUED).update(
            state=State.SENT,
            sent_at=now,
            message_id=message_id,
            connection_id=connection_id,
            expires_at=now + ANSWER_TIMEOUT,
        )
        if updated_count:
            command.refresh_from_db()
            return command
    return None


def forget_secret(command: Command) -> None:
    """Deletes a command's secret once its frame is made. No statement if there is none."""
    if command.secret_encrypted:
        Command.objects.filter(pk=command.pk).update(secret_encrypted="")


def close(command_id: uuid.UUID, *, state: str, outcome: Sentences, reply: Any, now: datetime) -> bool:
    """Ends a sent command with the charger's answer; False if it had already ended.

    Without a reply, the stored answers of earlier parts remain.
    """
    replied = {} if reply is None else {"reply": reply}
    return bool(
        Command.objects.filter(pk=command_id, state=State.SENT).update(
            state=state, outcome_sentences=outcome, answered_at=now, secret_encrypted="", **replied
        )
    )


def send_rest(command_id: uuid.UUID, *, answered_items: int, reply: Any, now: datetime) -> bool:
    """Queues the command again for its next entries after a part was answered. False if it had ended."""
    return bool(
        Command.objects.filter(pk=command_id, state=State.SENT).update(
            state=State.QUEUED, answered_items=answered_items, reply=reply, expires_at=now + ANSWER_TIMEOUT
        )
    )


def overdue(*, connection_id: uuid.UUID, message_id: str) -> Command | None:
    """Returns the command of that message id if it timed out on this connection before its answer came."""
    sent_here = Command.objects.filter(connection_id=connection_id, message_id=message_id)
    return sent_here.filter(state=State.TIMED_OUT).first()


def reopen(command: Command) -> bool:
    """Reopens a timed-out command for its late answer, so that `close` accepts it."""
    unchanged_rows = Command.objects.filter(pk=command.pk, state=command.state)
    return bool(unchanged_rows.update(state=State.SENT, outcome_sentences=(), answered_at=None))


def connection_ended(charger: Charger, *, connection_id: uuid.UUID, now: datetime) -> None:
    """Ends commands in flight on the connection as `unknown`."""
    Command.objects.filter(charger=charger, connection_id=connection_id, state=State.SENT).update(
        state=State.UNKNOWN,
        answered_at=now,
        outcome_sentences=stored.build_sentence(CommandCode.CONNECTION_ENDED),
    )


def drop_for_replaced(charger: Charger, *, now: datetime) -> int:
    """Ends what waits for, or was sent to, hardware that hangs there no longer. Returns their number.

    Skips commands that a gateway is sending at this moment: they end with its connection.
    """
    unfinished = Command.objects.filter(charger=charger, state__in=(State.QUEUED, State.SENT))
    keys = list(unfinished.select_for_update(skip_locked=True).values_list("pk", flat=True))
    outcome = stored.build_sentence(CommandCode.HARDWARE_REPLACED)
    ended = {"outcome_sentences": outcome, "secret_encrypted": "", "withdrawn_at": now}
    rows = Command.objects.filter(pk__in=keys)
    unsent = rows.filter(state=State.QUEUED).update(state=State.TIMED_OUT, **ended)
    return unsent + rows.filter(state=State.SENT).update(state=State.UNKNOWN, answered_at=now, **ended)


def waiting() -> list[int]:
    """Returns the primary keys of the chargers with a command to send."""
    return list(Command.objects.filter(state=State.QUEUED).values_list("charger_id", flat=True).distinct())


def recall_stops(charger_pks: Collection[int], *, now: datetime) -> None:
    """Sends the stops ordered in the last minute while these chargers seemed to be offline."""
    waiting_stops = Command.objects.filter(
        charger_id__in=charger_pks,
        state=State.OFFLINE,
        action__in=STOP_ACTIONS,
        created_at__gt=now - STOP_REMEMBERED,
    )
    newest = waiting_stops.order_by("charger_id", "action", "payload", "-created_at").distinct(
        "charger_id", "action", "payload"
    )
    recalled = Command.objects.filter(pk__in=list(newest.values_list("pk", flat=True)))
    if recalled.update(state=State.QUEUED, expires_at=now + ANSWER_TIMEOUT, outcome_sentences=()):
        for charger_pk in charger_pks:
            transaction.on_commit(partial(nudge, charger_pk))


def sweep(*, now: datetime) -> int:
    """Ends commands without an answer within the timeout. Returns their number."""
    late = Command.objects.filter(expires_at__lte=now)
    unsent = late.filter(state=State.QUEUED).update(
        state=State.TIMED_OUT,
        secret_encrypted="",
        outcome_sentences=stored.build_sentence(CommandCode.NOT_SENT_IN_TIME),
    )
    unanswered = late.filter(state=State.SENT).update(
        state=State.TIMED_OUT, outcome_sentences=stored.build_sentence(CommandCode.NOT_ANSWERED)
    )
    return unsent + unanswered


def effect_seen(
    charger: Charger,
    *,
    actions: Sequence[str],
    now: datetime,
    evse_number: int | None = None,
    id_token: str = "",
    part: Mapping[str, Any] | None = None,
    max_age: timedelta = EFFECT_VISIBLE,
) -> None:
    """Marks on the newest matching order that its effect was seen (a start, a stop, a boot).

    `part` must be contained in the order's payload, such as its requestId.
    """
    values: dict[str, Any] = {
        "charger": charger.pk,
        "part": json.dumps(part or {}),
        "actions": ",".join(actions),
        "since": now - max_age,
        "uid": id_token,
        "evse": evse_number,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_EFFECT_SQL, values)


def effect_withdrawn(charger: Charger, *, actions: Sequence[str], part: Mapping[str, Any], since: datetime) -> None:
    """Removes the effect from the newest matching order, because the charger reported a failure after all."""
    fitting = Command.objects.filter(
        charger=charger, action__in=actions, created_at__gt=since, payload__contains=dict(part)
    )
    newest = fitting.exclude(state__in=(State.QUEUED, State.OFFLINE)).order_by("-created_at").values("pk")[:1]
    Command.objects.filter(pk__in=newest, effect_seen_at__isnull=False).update(effect_seen_at=None)


def was_ordered(charger: Charger, actions: Collection[str], *, part: Mapping[str, Any], since: datetime) -> bool:
    """Whether such an order was sent since then. One query."""
    sent = Command.objects.filter(charger=charger, action__in=actions, created_at__gt=since, sent_at__isnull=False)
    return sent.filter(payload__contains=dict(part)).exists()


def start_named(charger: Charger, *, remote_start_id: int, now: datetime) -> Command | None:
    """Returns the start that we ordered with this remoteStartId within a month, obeyed or not (OCPP 2.0.1 F01)."""
    sent = Command.objects.filter(charger=charger, action__in=START_ACTIONS, sent_at__gt=now - START_REMEMBERED)
    commands = sent.filter(remote_start_id=remote_start_id, created_at__gt=now - START_REMEMBERED)
    return commands.order_by("-created_at").first()


def ordered_start(
    charger: Charger,
    *,
    uid: str,
    evse_number: int | None,
    at: datetime,
    now: datetime,
    valid: timedelta = START_ORDER_VALID,
) -> Command | None:
    """Returns the start ordered for this token (and EVSE): the newest in force at `at`, else at `now`.

    `at` is the charger's time, which only decides between several orders; `valid` is longer for single-use tokens.
    """
    values: dict[str, Any] = {
        "charger": charger.pk,
        "actions": ",".join(START_ACTIONS),
        "since": min(at, now) - valid,
        "from": at - valid,
        "at": at,
        "uid": uid,
        "evse": evse_number,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ORDERED_SQL, values)
        row = cursor.fetchone()
    return Command.objects.get(pk=row[0]) if row else None


_MAY_HAVE_EFFECT = ", ".join(f"'{state}'" for state in (State.SENT, State.ACCEPTED, State.UNKNOWN, State.TIMED_OUT))

# Runs for every card and every start: plain SQL, because the ORM takes five times as long to build it.
_FITTING = f"""
    charger_id = %(charger)s AND created_at > %(since)s
    AND action = ANY(string_to_array(%(actions)s, ',')) AND state IN ({_MAY_HAVE_EFFECT})
    AND (%(evse)s::int IS NULL OR evse_number IS NULL OR evse_number = %(evse)s::int)
"""
_ORDERED_SQL = f"""
    SELECT id FROM chargers_command WHERE {_FITTING} AND upper(id_token) = upper(%(uid)s) AND withdrawn_at IS NULL
    ORDER BY created_at > %(from)s AND created_at <= %(at)s DESC, created_at DESC LIMIT 1
"""  # noqa: S608 - made of constants
_EFFECT_SQL = f"""
    UPDATE chargers_command SET effect_seen_at = %(now)s WHERE effect_seen_at IS NULL AND id = (
        SELECT id FROM chargers_command WHERE {_FITTING} AND effect_seen_at IS NULL
        AND payload @> %(part)s::jsonb
        AND (%(uid)s = '' OR upper(id_token) = upper(%(uid)s)) ORDER BY created_at DESC LIMIT 1)
"""  # noqa: S608 - made of constants
