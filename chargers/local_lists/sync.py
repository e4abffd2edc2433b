"""Synchronises chargers' local lists and caches with the cards that may charge there.

A run computes what each charger should have, handles the result of the last command, and sends the next one. It is one
transaction per host that only writes rows; commands are sent after it. It may run twice, late or concurrently.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q

from authorization.identifiers import uids
from authorization.tokens import local_lists
from chargers.commands import queue, sending
from chargers.commands.forms import local_list
from chargers.commands.queue import CommandRequest
from chargers.local_lists import list_plan, list_state
from chargers.local_lists.list_plan import Differences, Limits, ListPlan
from chargers.models import CardMemory, Charger, Command, LocalList, Transaction, Variable
from chargers.protocol.frames import Payload, Version
from chargers.sentences import stored
from chargers.sentences.upkeep import UpkeepCode

LOOK_EVERY: Final = timedelta(minutes=1)
"""Needed because validity begins and ends by itself, and not every change sends a signal."""
_SETTLED_IN: Final = timedelta(seconds=3)
_ASK_AGAIN: Final = timedelta(days=1)
_TRY_AGAIN: Final = timedelta(hours=1)
_USED_WITHIN: Final = timedelta(days=180)
_MAX_AT_ONCE: Final = 500
_MAX_SILENCES: Final = 2
_UNDER_WAY: Final = (Command.State.QUEUED, Command.State.SENT)
_NO_ANSWER: Final = (Command.State.TIMED_OUT, Command.State.UNKNOWN, Command.State.OFFLINE)
State = CardMemory.State


@dataclass(slots=True)
class LocalListStatus:
    """The local list that a charger should hold, and what is known of the one that it holds.

    `row` is the stored state, `plan` the list that it should hold, `holds` the list that it last accepted, and
    `commands` are the latest commands about lists and caches, by their id.
    """

    row: CardMemory
    plan: ListPlan
    limits: Limits
    holds: LocalList | None
    commands: Mapping[uuid.UUID, Command]

    @property
    def charger(self) -> Charger:
        return self.row.charger

    @property
    def version(self) -> Version:
        return sending.version_of(self.charger)

    @property
    def is_kept(self) -> bool:
        return list_state.is_kept(self.row)

    @property
    def entries(self) -> Mapping[str, Payload] | None:
        """Returns the charger's entries if they are ours; None if unknown."""
        if self.holds is None or self.row.version is None or self.holds.version != self.row.version:
            return None
        return dict(self.holds.entries)

    @property
    def differences(self) -> Differences:
        return list_plan.differences(self.plan, self.entries or {})

    @property
    def is_as_before(self) -> bool:
        """Whether the charger already has exactly this list, so that nothing needs to be read."""
        row = self.row
        is_ours = self.holds is not None and self.holds.version == row.version
        return row.state == State.IN_STEP and row.command_id is None and is_ours and row.digest == self.plan.digest


def due(*, now: datetime) -> dict[int, list[int]]:
    """Returns the memories to check by host: at once after a change, an answer or a connection, else every minute.

    One query.
    """
    under_way = Command.objects.filter(state__in=_UNDER_WAY)
    answered = Q(command_id__isnull=False) & ~Exists(under_way.filter(pk=OuterRef("command_id")))
    cleared = Q(cache_command_id__isnull=False) & ~Exists(under_way.filter(pk=OuterRef("cache_command_id")))
    online = Q(charger__connection_id__isnull=False, charger__connected_at__lt=now - _SETTLED_IN)
    is_back = online & (Q(looked_at=None) | Q(looked_at__lt=F("charger__connected_at") + _SETTLED_IN))
    clears = online & Q(cache_due_at__isnull=False, cache_command_id=None)
    news = Q(is_due=True) | answered | cleared | is_back | clears | Q(looked_at__lte=now - LOOK_EVERY)
    concerned = list_state.IS_KEPT | Q(synced_at__isnull=False) | Q(cache_due_at__isnull=False)
    concerned |= Q(command_id__isnull=False) | Q(cache_command_id__isnull=False)
    rows = CardMemory.objects.filter(concerned, charger__retired_at=None).filter(news)
    by_host = defaultdict[int, list[int]](list)
    for host_pk, pk in rows.order_by("looked_at", "pk").values_list("charger__property__host_id", "pk"):
        by_host[host_pk].append(pk)
    return {host_pk: pks[:_MAX_AT_ONCE] for host_pk, pks in by_host.items()}


def complete() -> None:
    """Creates rows for chargers added to properties that keep lists."""
    list_state.complete(Charger.objects.filter(property__keeps_lists=True, retired_at=None))


@transaction.atomic
def keep(pks: Collection[int], *, now: datetime) -> None:
    """Checks these memories, all of one host. Skips those that another run has locked."""
    rows = CardMemory.objects.filter(pk__in=pks).select_related("charger__property")
    rows = rows.select_for_update(of=("self",), skip_locked=True)
    memories = list(rows)
    before = {row.pk: _facts(row) for row in memories}
    for status in load_statuses(memories, now=now):
        _sync_charger(status, now=now)
    CardMemory.objects.filter(pk__in=before).update(is_due=False, looked_at=now)
    for row in memories:
        if _facts(row) != before[row.pk]:
            row.is_due, row.looked_at = False, now
            row.save()


def _facts(row: CardMemory) -> dict[str, object]:
    """Returns the fields that a sync may update."""
    return {name: value for name, value in vars(row).items() if name not in {"_state", "is_due", "looked_at"}}


def load_statuses(rows: Collection[CardMemory], *, now: datetime) -> list[LocalListStatus]:
    """Loads the status of each row's charger. About a dozen queries, for any number of rows."""
    chargers = [row.charger for row in rows]
    tokens = local_lists.tokens_by_charger(chargers, now=now)
    reported = _sent_entries(chargers)
    lists_by_charger = {row.charger_id: row for row in LocalList.objects.filter(charger__in=chargers).defer("entries")}
    commands_by_id = Command.objects.in_bulk(
        [key for row in rows for key in (row.command_id, row.cache_command_id) if key]
    )
    limits = {charger.pk: list_plan.limits(reported[charger.pk]) for charger in chargers}
    crowded = [
        charger.pk
        for charger in chargers
        if (max_cards := limits[charger.pk].capacity) is not None and len(tokens[charger.pk].cards) > max_cards
    ]
    used = _load_last_uses(crowded, now=now)
    plans: dict[object, ListPlan] = {}
    statuses = [
        LocalListStatus(
            row=row,
            plan=_plan(row, tokens[row.charger_id], limits[row.charger_id], used[row.charger_id], plans),
            limits=limits[row.charger_id],
            holds=lists_by_charger.get(row.charger_id),
            commands=commands_by_id,
        )
        for row in rows
    ]
    _read_entries([status.holds for status in statuses if status.holds is not None and not status.is_as_before])
    return statuses


def _read_entries(lists: Sequence[LocalList]) -> None:
    """Loads the entries, which are long texts, only where they are needed. One query."""
    entries = dict(LocalList.objects.filter(pk__in=[row.pk for row in lists]).values_list("pk", "entries"))
    for row in lists:
        row.entries = entries.get(row.pk, {})


def _plan(
    row: CardMemory,
    tokens: local_lists.LocalTokens,
    limits: Limits,
    used: Mapping[str, datetime],
    plans: dict[object, ListPlan],
) -> ListPlan:
    """Plans the list. Chargers with the same cards and limits share a plan, unless not all cards fit."""
    if not list_state.is_kept(row):
        return ListPlan()
    version = sending.version_of(row.charger)
    if used:
        return _build_plan(tokens, limits, version, used)
    key = (id(tokens), limits, version)
    if key not in plans:
        plans[key] = _build_plan(tokens, limits, version, used)
    return plans[key]


def _build_plan(
    tokens: local_lists.LocalTokens, limits: Limits, version: Version, used: Mapping[str, datetime]
) -> ListPlan:
    entries = [
        local_list.Entry(card.uid, type=card.type, parent=card.parent, expires_at=card.expires_at)
        for card in tokens.cards
    ]
    hours = [hour.uid for hour in tokens.by_hours]
    return list_plan.plan(entries, by_hours=hours, limits=limits, version=version, used_at=_used_at(used))


def _sent_entries(chargers: Collection[Charger]) -> dict[int, dict[tuple[str, str, str], str | None]]:
    rows = Variable.objects.filter(charger__in=chargers, name__in=list_plan.SETTINGS)
    reported = defaultdict[int, dict[tuple[str, str, str], str | None]](dict)
    for pk, *key, value in rows.values_list("charger_id", "component", "name", "attribute", "value"):
        reported[pk][key[0], key[1], key[2]] = value
    return reported


def _load_last_uses(charger_pks: Collection[int], *, now: datetime) -> dict[int, dict[str, datetime]]:
    """Returns when each card last charged at chargers where not all cards fit. No query if all fit."""
    used = defaultdict[int, dict[str, datetime]](dict)
    if charger_pks:
        recent_transactions = Transaction.objects.filter(charger__in=charger_pks, started_at__gt=now - _USED_WITHIN)
        for pk, uid, at in recent_transactions.values_list("charger_id", "id_token").annotate(last=Max("started_at")):
            used[pk][uids.from_wire(uid) or uid] = at
    return used


def _used_at(used: Mapping[str, datetime]) -> Callable[[str], datetime | None]:
    return lambda uid: used.get(uids.from_wire(uid) or uid)


def _sync_charger(status: LocalListStatus, *, now: datetime) -> None:
    row = status.row
    row.cards, row.left_out = len(status.plan.entries), len(status.plan.left_out)
    _keep_cache(status, now=now)
    if status.is_as_before and not _must_read_version(status, now=now):
        return
    if status.is_kept or row.synced_at is not None or row.command_id is not None:
        _keep_list(status, now=now)
    else:
        row.state = State.OFF


def _keep_cache(status: LocalListStatus, *, now: datetime) -> None:
    """Sends one ClearCache after a card was revoked; repeats it only if it cannot have arrived."""
    row = status.row
    command = _find_ended_command(status, row.cache_command_id)
    if command is not None:
        row.cache_command_id = None
        arrived = command.state not in _NO_ANSWER or _is_silence(command)
        if arrived and row.cache_due_at and command.created_at >= row.cache_due_at:
            row.cache_due_at = None
        accepted = command.state == Command.State.ACCEPTED
        row.cache_cleared_at = now if accepted else row.cache_cleared_at
        row.cache_problem_sentences = () if accepted else command.outcome_sentences
    if row.cache_due_at and row.cache_command_id is None and status.charger.is_online():
        row.cache_command_id = _request(status, "ClearCache", {}, now=now)


def _keep_list(status: LocalListStatus, *, now: datetime) -> None:
    row = status.row
    if row.command_id is not None:
        command = _find_ended_command(status, row.command_id)
        if command is None:
            return
        row.command_id = None
        _settle(status, command, now=now)
    if not status.is_kept and row.synced_at is None:
        row.state = State.OFF
        return
    if row.state in {State.REFUSED, State.NOT_SUPPORTED} and not _tries_again(row, now=now):
        return
    payload = _next(status)
    if payload is None and not _must_read_version(status, now=now):
        _mark_in_step(row)
        row.digest = status.plan.digest
        return
    row.state = State.PENDING if payload is not None else row.state
    if not status.charger.is_online():
        return
    if _must_read_version(status, now=now):
        row.command_id = _request(status, "GetLocalListVersion", {}, now=now)
    elif payload is not None:
        row.sent_version = payload.get("listVersion", payload.get("versionNumber"))
        row.command_id = _request(status, "SendLocalList", payload, now=now)


def _mark_in_step(row: CardMemory) -> None:
    row.tries, row.problem_sentences = 0, ()
    row.state = State.IN_STEP
    if not list_state.is_kept(row):
        row.state, row.synced_at, row.version = State.OFF, None, None


def _next(status: LocalListStatus) -> Payload | None:
    row = status.row
    newest = max(
        row.version or 0, row.reported_version or 0, row.sent_version or 0, status.holds.version if status.holds else 0
    )
    return list_plan.next_message(
        status.plan, holds=status.entries, number=newest, limits=status.limits, version=status.version
    )


def _must_read_version(status: LocalListStatus, *, now: datetime) -> bool:
    """Whether the charger's version must be read first: after each connection, and once a day."""
    reported_at, since = status.row.reported_at, status.charger.connected_at
    if not status.charger.is_online():
        return False
    return reported_at is None or reported_at <= now - _ASK_AGAIN or (since is not None and reported_at < since)


def _tries_again(row: CardMemory, *, now: datetime) -> bool:
    """Whether to try again after a refusal: at the next change, or after an hour.

    Chargers without list support are not tried again.
    """
    if row.state == State.NOT_SUPPORTED:
        return False
    if row.is_due or row.refused_at is None or row.refused_at <= now - _TRY_AGAIN:
        row.tries, row.state, row.reported_at = 0, State.PENDING, None
        return True
    return False


def _settle(status: LocalListStatus, command: Command, *, now: datetime) -> None:
    """Handles the result of the last command about the list."""
    row = status.row
    if command.state == Command.State.NOT_SUPPORTED:
        row.state, row.refused_at = State.NOT_SUPPORTED, now
        row.problem_sentences = command.outcome_sentences
    elif command.state in _NO_ANSWER:
        row.reported_at = None
        row.tries += _is_silence(command)
        if row.tries > _MAX_SILENCES:
            row.state, row.refused_at = State.REFUSED, now
            row.problem_sentences = stored.build_sentence(UpkeepCode.LIST_NOT_ANSWERED, tries=row.tries)
    elif command.state != Command.State.ACCEPTED:
        _handle_refusal(row, command, now=now)
    elif command.action == "GetLocalListVersion":
        _handle_reported_version(status, command, now=now)
    else:
        number = command.payload.get("listVersion", command.payload.get("versionNumber"))
        row.version = row.reported_version = number
        row.reported_at = row.synced_at = now
        row.tries, row.problem_sentences, row.state = 0, (), State.PENDING
        status.holds = LocalList.objects.filter(charger=status.charger).first()


def _is_silence(command: Command) -> bool:
    """Whether the command was sent on a lasting connection and not answered."""
    return command.state == Command.State.TIMED_OUT and command.sent_at is not None


def _handle_refusal(row: CardMemory, command: Command, *, now: datetime) -> None:
    """Handles a refusal: the full list is tried once, then the refusal is shown."""
    row.tries += 1
    row.version, row.problem_sentences = None, command.outcome_sentences
    if row.tries > 1:
        row.state, row.refused_at = State.REFUSED, now
        row.problem_sentences = (*command.outcome_sentences, *stored.build_sentence(UpkeepCode.LIST_REFUSED_TWICE))


def _handle_reported_version(status: LocalListStatus, command: Command, *, now: datetime) -> None:
    row = status.row
    reply = command.reply if isinstance(command.reply, dict) else {}
    reported = int(reply.get("listVersion", reply.get("versionNumber")) or 0)
    expected_version, row.reported_version, row.reported_at = row.version, reported, now
    status.holds = LocalList.objects.filter(charger=status.charger).first()
    if expected_version is None or reported == expected_version:
        return
    row.version = None
    if reported != row.sent_version:
        row.drifted_at = now
        row.drift_sentences = (
            stored.build_sentence(UpkeepCode.LIST_EMPTIED, ours=expected_version)
            if reported == 0
            else stored.build_sentence(UpkeepCode.LIST_CHANGED, reported=reported, ours=expected_version)
        )


def _request(status: LocalListStatus, action: str, payload: Payload, *, now: datetime) -> uuid.UUID:
    command_request = CommandRequest(action=action, payload=sending.convert_for_json(payload), origin="system")
    return queue.request(status.charger, command_request, now=now).pk


def _find_ended_command(status: LocalListStatus, command_id: uuid.UUID | str | None) -> Command | None:
    """Returns the command if it is no longer pending."""
    command = status.commands.get(uuid.UUID(str(command_id))) if command_id else None
    return command if command is not None and command.state not in _UNDER_WAY else None
