"""The state of each charging profile at its charger: requested, confirmed or refused, retried, removed.

A profile counts only after the charger accepted it; a restart of the charger makes it unknown again.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from chargers.commands import queue
from chargers.commands.queue import CommandRequest
from chargers.models import Charger, Command, PowerOutlet, SentProfile
from chargers.power import profiles
from chargers.power.power_outlets import MeteredOutlet
from chargers.power.profiles import Profile, Purpose, Unit
from chargers.sentences import stored
from chargers.sentences.upkeep import UpkeepCode

ORIGIN: Final = "power limit"
TRY_AGAIN_AFTER: Final = timedelta(minutes=15)
"""When to retry after a refusal, because the charger's firmware or settings may have changed."""
_UNDER_WAY: Final = frozenset((Command.State.QUEUED, Command.State.SENT))
_REFUSED: Final = frozenset((Command.State.REJECTED, Command.State.ERROR, Command.State.NOT_SUPPORTED))


def settle(outlets: Iterable[MeteredOutlet], *, minimum_a: Decimal, now: datetime) -> None:
    """Handles the chargers' answers and restarts. One query, and one for each change."""
    sent = [
        (metered_outlet, profile)
        for metered_outlet in outlets
        for profile in list((metered_outlet.profiles or {}).values())
    ]
    command_ids = {profile.command_id for _, profile in sent if profile.command_id}
    answers = {command.pk: command for command in Command.objects.filter(pk__in=command_ids)}
    for metered_outlet, profile in sent:
        if profile.command_id:
            _apply_reply(metered_outlet, profile, answers.get(profile.command_id), minimum_a=minimum_a, now=now)
        _forget_if_restarted(metered_outlet, profile)
        if profile.refused_at and now - profile.refused_at >= TRY_AGAIN_AFTER:
            profile.refused_at, profile.refusal_sentences, profile.tried_units = None, (), ""
            profile.save()


def send(metered_outlet: MeteredOutlet, purpose: Purpose, amps: Decimal, *, now: datetime) -> bool:
    """Sends a profile, unless one is pending or refused, or the charger is offline. True if it was sent."""
    row = metered_outlet.profile(purpose) or SentProfile(outlet=metered_outlet.row, purpose=purpose.value)
    if row.command_id or row.refusal_sentences or not metered_outlet.charger.is_online():
        return False
    unit = Unit(row.tried_units).other if len(row.tried_units) == 1 else metered_outlet.unit
    phase_count = len(metered_outlet.phases) if purpose is Purpose.TRANSACTION else len(metered_outlet.wired_phases)
    profile = Profile(
        evse_number=metered_outlet.evse.number,
        purpose=purpose,
        amps=amps,
        unit=unit,
        phases=phase_count,
        voltage_v=metered_outlet.voltage_v,
        stack_level=metered_outlet.stack_level,
        transaction_id=metered_outlet.transaction.transaction_id
        if metered_outlet.transaction and purpose is Purpose.TRANSACTION
        else "",
    )
    payload = profiles.set_payload(profile, version=metered_outlet.charger.ocpp_version or "1.6")
    row.command_id = _request(metered_outlet, "SetChargingProfile", payload, now=now)
    row.asked_a, row.asked_unit, row.asked_at = amps, unit.value, now
    if (
        purpose is Purpose.TRANSACTION
        and metered_outlet.transaction
        and row.transaction_id != metered_outlet.transaction.pk
    ):
        row.transaction, row.in_force_a, row.confirmed_at = metered_outlet.transaction, None, None
    row.save()
    metered_outlet.profiles = {**(metered_outlet.profiles or {}), purpose.value: row}
    return True


def clear(metered_outlet: MeteredOutlet, purpose: Purpose, *, now: datetime) -> None:
    """Removes a profile from its charger; the row is deleted once the charger has confirmed it."""
    row = metered_outlet.profile(purpose)
    if row is None or row.command_id:
        return
    if row.in_force_a is None and row.asked_a is None:
        forget(metered_outlet, row)
    elif metered_outlet.charger.is_online():
        version = metered_outlet.charger.ocpp_version or "1.6"
        payload = profiles.clear_payload(purpose, evse_number=metered_outlet.evse.number, version=version)
        row.command_id = _request(metered_outlet, "ClearChargingProfile", payload, now=now)
        row.asked_a, row.asked_at = None, now
        row.save()


def forget(metered_outlet: MeteredOutlet, row: SentProfile) -> None:
    """Deletes a profile that ended with its transaction (OCPP 1.6 3.13.1), or that its charger no longer has."""
    row.delete()
    metered_outlet.profiles = {
        purpose: profile for purpose, profile in (metered_outlet.profiles or {}).items() if profile is not row
    }


def forget_all(charger: Charger) -> int:
    """Forgets the profiles and the unit of hardware that was replaced: the new one is sent its own. Returns how many
    profiles it held.
    """
    PowerOutlet.objects.filter(evse__charger=charger).update(unit="")
    return SentProfile.objects.filter(outlet__evse__charger=charger).delete()[0]


def _request(metered_outlet: MeteredOutlet, action: str, payload: profiles.Payload, *, now: datetime) -> uuid.UUID:
    command = CommandRequest(action=action, payload=payload, origin=ORIGIN, evse_number=metered_outlet.evse.number)
    return queue.request(metered_outlet.charger, command, now=now).pk


def _apply_reply(
    metered_outlet: MeteredOutlet, row: SentProfile, command: Command | None, *, minimum_a: Decimal, now: datetime
) -> None:
    """Applies the reply; a deleted command counts as one without an answer."""
    if command and command.state in _UNDER_WAY:
        return
    row.command_id = None
    state = command.state if command else Command.State.UNKNOWN
    if row.asked_a is None:
        if (
            state == Command.State.ACCEPTED or state in _REFUSED
        ):  # a refusal means that it has none, which is the wanted result
            forget(metered_outlet, row)
            return
    elif command and state == Command.State.ACCEPTED:
        row.in_force_a, row.refusal_sentences, row.tried_units, row.refused_at = row.asked_a, (), "", None
        # In favour of the guest: power counts as withheld from the request on, and as restored with the confirmation.
        withheld = row.asked_a < minimum_a
        row.confirmed_at = (command.sent_at if withheld else command.answered_at) or now
        if metered_outlet.row.unit != row.asked_unit:
            metered_outlet.row.unit = row.asked_unit
            metered_outlet.row.save(update_fields=["unit"])
    elif command and state in _REFUSED:
        row.tried_units = "".join(sorted({*row.tried_units, row.asked_unit}))
        if len(row.tried_units) > 1 or state == Command.State.NOT_SUPPORTED:
            row.refusal_sentences = command.outcome_sentences or stored.build_sentence(UpkeepCode.PROFILE_REFUSED)
            row.refused_at = now
    elif row.in_force_a is not None and (command is None or command.sent_at):
        row.in_force_a = max(row.in_force_a, row.asked_a)  # the charger may have obeyed or not
    row.save()


def _forget_if_restarted(metered_outlet: MeteredOutlet, row: SentProfile) -> None:
    booted = metered_outlet.charger.last_boot_at
    answered_at = max((at for at in (row.confirmed_at, row.refused_at) if at), default=None)
    if row.pk and booted and answered_at and booted > answered_at and not row.command_id:
        row.in_force_a, row.confirmed_at = None, None
        row.refusal_sentences, row.refused_at, row.tried_units = (), None, ""
        row.save()
