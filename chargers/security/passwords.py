"""New passwords of chargers, from the request to their first use; the old one is valid until then.

A charger has at most one pending change. The command's row has the password encrypted, and hidden in its payload; the
gateway inserts it on the wire only (see `chargers.commands.queue`).
"""

from datetime import datetime
from enum import Enum
from typing import Any

from django.db import transaction

from chargers.commands import queue
from chargers.commands.queue import CommandRequest
from chargers.lib import batch
from chargers.models import Charger, Command, PasswordChange
from chargers.security import keys
from chargers.sentences import stored
from chargers.sentences.credentials import CredentialCode
from chargers.sentences.stored import Sentences

State = PasswordChange.State


class ChangeUnderWayError(Exception):
    """Another new password is on its way to the charger. The message is a sentence for the user."""


class OfflineError(Exception):
    """The charger cannot be sent a new password because it is offline. The message is a sentence for the user."""


class Answer(Enum):
    """The charger's reply to the new password."""

    TAKEN = "taken"
    REFUSED = "refused"
    UNSURE = "unsure"


def begin(charger: Charger, *, origin: str, now: datetime) -> PasswordChange:
    """Sends the charger a new password. Raises ChangeUnderWayError and OfflineError."""
    password = keys.generate()
    with transaction.atomic():
        locked = _free(charger)
        if not locked.is_online():
            raise OfflineError("The charger is offline, so it cannot be sent a new password: set one by hand.")
        keys.announce(locked, password)
        locked.save(update_fields=["next_key_hash"])
        command = queue.request(locked, _command(locked, password, origin=origin), now=now)
        return PasswordChange.objects.create(
            charger=locked, state=State.WAITING, origin=origin[:100], command=command, created_at=now
        )


def set_by_hand(charger: Charger, *, origin: str, now: datetime) -> str:
    """Makes a new password to be typed into the charger, and returns it; it is not stored in clear.

    The old one is valid until the charger connects with the new one. Raises ChangeUnderWayError.
    """
    password = keys.generate()
    with transaction.atomic():
        locked = _free(charger)
        keys.announce(locked, password)
        locked.save(update_fields=["next_key_hash"])
        PasswordChange.objects.create(charger=locked, state=State.BY_HAND, origin=origin[:100], created_at=now)
    return password


def replace_at_once(charger: Charger, *, origin: str, now: datetime) -> str:
    """Like `set_by_hand`, but the old password is invalid at once, and a pending change ends."""
    password = keys.generate()
    with transaction.atomic():
        locked = Charger.objects.select_for_update().get(pk=charger.pk)
        _end(locked, State.WITHDRAWN, stored.build_sentence(CredentialCode.PASSWORD_REPLACED), now=now)
        keys.set_generated(locked, password)
        locked.passwordless_until = None
        locked.save(update_fields=["key_kind", "key_hash", "next_key_hash", "passwordless_until"])
        PasswordChange.objects.create(
            charger=locked,
            state=State.PROVED,
            origin=origin[:100],
            created_at=now,
            ended_at=now,
            outcome_sentences=stored.build_sentence(CredentialCode.PASSWORD_SET_AT_ONCE),
        )
    return password


def withdraw(charger: Charger, *, now: datetime) -> bool:
    """Withdraws the new password, so that only the old one is valid; False if none was pending."""
    with transaction.atomic():
        locked = Charger.objects.select_for_update().get(pk=charger.pk)
        return _end(locked, State.WITHDRAWN, stored.build_sentence(CredentialCode.PASSWORD_WITHDRAWN), now=now)


def record_reply(command_id: Any, *, answer: Answer, outcome: Sentences, now: datetime) -> None:
    """Records the reply to the command with the new password, or its timeout."""
    change = PasswordChange.objects.filter(command_id=command_id, ended_at=None).select_related("charger").first()
    if change is None:
        return
    match answer:
        case Answer.TAKEN:
            _update_state(change, State.ACCEPTED, outcome)
        case Answer.UNSURE:
            _update_state(change, State.UNSURE, outcome)
        case Answer.REFUSED:
            _end(change.charger, State.REFUSED, outcome, now=now)


def promote_next(charger: Charger, *, now: datetime) -> None:
    """Makes the next password the only one, after the charger connected with it."""
    with transaction.atomic():
        locked = Charger.objects.select_for_update().get(pk=charger.pk)
        if not locked.next_key_hash:
            return
        locked.key_kind, locked.key_hash, locked.passwordless_until = (
            Charger.KeyKind.GENERATED,
            locked.next_key_hash,
            None,
        )
        changes = PasswordChange.objects.filter(charger=locked, ended_at=None)
        Command.objects.filter(password_change__in=changes, effect_seen_at=None).update(effect_seen_at=now)
        _end(locked, State.PROVED, (), now=now)
        locked.save(update_fields=["key_kind", "key_hash", "next_key_hash", "passwordless_until"])


def sweep(*, now: datetime) -> int:
    """Handles changes whose command ended without an answer: unsent ones end, others become unsure."""
    ended = PasswordChange.objects.filter(state=State.WAITING, ended_at=None).exclude(
        command__state__in=[Command.State.QUEUED, Command.State.SENT]
    )
    changes = ended.select_related("command")
    return batch.each_of(
        changes, lambda change: _sweep(change, now=now), noun="PasswordChange", failure="could not be ended"
    )


def _sweep(change: PasswordChange, *, now: datetime) -> bool:
    command = change.command
    if command is None or command.state in {Command.State.ACCEPTED, Command.State.REJECTED}:
        return False
    answer = Answer.REFUSED if command.sent_at is None else Answer.UNSURE
    record_reply(command.pk, answer=answer, outcome=command.outcome_sentences, now=now)
    return True


def _free(charger: Charger) -> Charger:
    """Locks and returns the charger's row. Raises ChangeUnderWayError if a change is pending."""
    locked = Charger.objects.select_for_update().get(pk=charger.pk)
    if PasswordChange.objects.filter(charger=locked, ended_at=None).exists():
        raise ChangeUnderWayError("Another new password is on its way to this charger: wait for it, or withdraw it.")
    return locked


def _command(charger: Charger, password: str, *, origin: str) -> CommandRequest:
    """Makes the command.

    OCPP 1.6 security whitepaper A01: the key in hexadecimal; OCPP 2.0.1 A01: SecurityCtrlr.BasicAuthPassword.
    """
    payload: dict[str, Any]
    if charger.ocpp_version in {"", "1.6"}:
        action, payload = "ChangeConfiguration", {"key": "AuthorizationKey", "value": password}
    else:
        setting = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
        action, payload = "SetVariables", {"setVariableData": [{**setting, "attributeValue": password}]}
    concealed, hidden = queue.hide(payload)
    return CommandRequest(action, concealed, origin, secret_encrypted=hidden)


def _update_state(change: PasswordChange, state: PasswordChange.State, outcome: Sentences) -> None:
    PasswordChange.objects.filter(pk=change.pk, ended_at=None).update(state=state, outcome_sentences=outcome)


def _end(charger: Charger, state: PasswordChange.State, outcome: Sentences, *, now: datetime) -> bool:
    """Ends the pending change and deletes its hash; the caller has decided which password stays."""
    ended = PasswordChange.objects.filter(charger=charger, ended_at=None).update(
        state=state, ended_at=now, outcome_sentences=outcome
    )
    charger.next_key_hash = ""
    Charger.objects.filter(pk=charger.pk).update(next_key_hash="")
    return bool(ended)
