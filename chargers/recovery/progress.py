"""Runs the ladder at each charger: begun, one step at a time, ended. Several workers may run it at once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, assert_never

from django.db import transaction
from django.db.models import F, Prefetch, Q, QuerySet

from chargers.commands import builder, queue
from chargers.commands.builder import Details, OrderError, UsualAction
from chargers.commands.queue import CommandRequest
from chargers.models import (
    Charger,
    ChargerRecoveryPolicy,
    Command,
    Property,
    Recovery,
    RecoveryPolicy,
    RecoveryRecord,
    RecoveryStep,
    StateSpan,
)
from chargers.protocol.frames import Version
from chargers.recovery import blockers, next_step
from chargers.recovery.blockers import IsPaid
from chargers.recovery.next_step import Facts, GiveUp, Kind, Record, Recovered, Step, StepTaken, Take, Trouble, Wait

_LOOKS_EVERY: Final = timedelta(seconds=30)
_A_DAY: Final = timedelta(hours=24)
_MAX_A_DAY: Final = 3
"""For a charger that fails repeatedly: further troubles within a day are handed to people at once."""
_KINDS: Final = {StateSpan.State.FAULTED: Kind.FAULTED, StateSpan.State.OFFLINE: Kind.OFFLINE}
_ACTIONS: Final = {
    Step.TRIGGER: UsualAction.TRIGGER_STATUS,
    Step.RESET_SOFT: UsualAction.RESET_SOFT,
    Step.RESET_HARD: UsualAction.RESET_HARD,
    Step.UNLOCK: UsualAction.UNLOCK,
}
_NOT_DELIVERED: Final = frozenset({Command.State.OFFLINE, Command.State.QUEUED, Command.State.TIMED_OUT, ""})
State, Effect = Recovery.State, RecoveryStep.Effect


def steps_of(property_: Property) -> tuple[Step, ...]:
    """Returns the steps allowed at a property, in the order of the ladder; empty if it is off."""
    return _steps(RecoveryPolicy.objects.filter(property=property_).first()) or ()


def own_steps(charger: Charger) -> tuple[Step, ...] | None:
    """Returns the charger's own allowed steps; empty if it is off there, None to follow the property."""
    return _steps(ChargerRecoveryPolicy.objects.filter(charger=charger).first())


def steps_at(charger: Charger) -> tuple[Step, ...]:
    """Returns the steps allowed at a charger. At most two queries."""
    own = own_steps(charger)
    return steps_of(charger.property) if own is None else own


def _steps(policy: RecoveryPolicy | ChargerRecoveryPolicy | None) -> tuple[Step, ...] | None:
    return None if policy is None else tuple(step for step in Step if step in policy.steps)


def choose(property_: Property, steps: Sequence[Step], *, by: str, now: datetime) -> None:
    """Stores the allowed steps of a property. Call it in a transaction."""
    RecoveryPolicy.objects.update_or_create(property=property_, defaults=_values(steps, by=by, now=now))


def choose_at(charger: Charger, steps: Sequence[Step] | None, *, by: str, now: datetime) -> None:
    """Stores the allowed steps of a charger; None follows the property. Call it in a transaction."""
    if steps is None:
        ChargerRecoveryPolicy.objects.filter(charger=charger).delete()
        return
    ChargerRecoveryPolicy.objects.update_or_create(charger=charger, defaults=_values(steps, by=by, now=now))


def _values(steps: Sequence[Step], *, by: str, now: datetime) -> dict[str, object]:
    return {"steps": [step.value for step in Step if step in steps], "changed_at": now, "changed_by": by}


def chosen_by(charger: Charger) -> str:
    """Returns who set the allowed steps, as named in the audit trail; empty if nobody did."""
    own = ChargerRecoveryPolicy.objects.filter(charger=charger).values_list("changed_by", flat=True).first()
    of_place = RecoveryPolicy.objects.filter(property=charger.property_id).values_list("changed_by", flat=True)
    return own or of_place.first() or ""


def records_of(charger: Charger) -> dict[Step, Record]:
    """Returns the record of each step at the charger's model and firmware. One query."""
    return _records_by_step(_records(charger.vendor, charger.model, charger.firmware_version))


def records_at(property_: Property) -> dict[str, dict[Step, Record]]:
    """Returns the records at each hardware of a property, by its name. One query, plus one per model."""
    rows = property_.chargers.filter(retired_at=None).exclude(vendor="", model="")
    hardware = sorted(set(rows.values_list("vendor", "model", "firmware_version")))
    return {" ".join(filter(None, model)): _records_by_step(_records(*model)) for model in hardware}


def _records(vendor: str, model: str, firmware_version: str) -> "QuerySet[RecoveryRecord]":
    return RecoveryRecord.objects.filter(vendor=vendor, model=model, firmware_version=firmware_version)


def _records_by_step(rows: "QuerySet[RecoveryRecord]") -> dict[Step, Record]:
    return {Step(record.step): Record(record.tried, record.recovered) for record in rows}


def of_charger(charger: Charger, *, limit: int) -> list[Recovery]:
    """Returns the newest ladders first, each with its steps. Two queries."""
    return list(_prefetch_steps(Recovery.objects.filter(charger=charger)).order_by("-began_at")[:limit])


def of_property(property_: Property, *, limit: int) -> list[Recovery]:
    """Returns the newest ladders first, each with its charger and steps. Two queries."""
    rows = _prefetch_steps(Recovery.objects.filter(charger__property=property_)).select_related("charger")
    return list(rows.order_by("-began_at")[:limit])


def _prefetch_steps(rows: "QuerySet[Recovery]") -> "QuerySet[Recovery]":
    return rows.prefetch_related(Prefetch("steps", queryset=RecoveryStep.objects.order_by("taken_at", "pk")))


def begin_due(*, now: datetime) -> None:
    """Begins a ladder for each lasting trouble that has had none."""
    places = RecoveryPolicy.objects.exclude(steps=[]).values("property")
    own = ChargerRecoveryPolicy.objects.exclude(steps=[]).values("charger")
    as_there = Q(charger__property__in=places, charger__recovery_policy=None)
    rows = StateSpan.objects.filter(
        as_there | Q(charger__in=own),
        until=None,
        state__in=_KINDS,
        since__lte=now - next_step.BEGINS_AFTER,
        charger__retired_at=None,
        charger__registration=Charger.Registration.ACCEPTED,
    )
    for span in rows.select_related("charger").order_by("since"):
        recoveries = Recovery.objects.filter(charger=span.charger_id)
        was_tried = Q(ended_at__gte=span.since) & ~Q(state__in=(State.ENDED, State.REPLACED))
        if not recoveries.filter(Q(state=State.OPEN) | was_tried).exists():
            _begin(span, now=now)


def _begin(span: StateSpan, *, now: datetime) -> None:
    """Begins a ladder. A constraint allows one open ladder per charger, so a second worker's row is skipped."""
    charger = span.charger
    row = Recovery(
        charger=charger,
        kind=_KINDS[StateSpan.State(span.state)],
        detail=span.detail,
        vendor=charger.vendor,
        model=charger.model,
        firmware_version=charger.firmware_version,
        since=span.since,
        began_at=now,
        next_look_at=now,
    )
    Recovery.objects.bulk_create([row], ignore_conflicts=True)


def due(*, now: datetime) -> list[int]:
    """Returns the keys of ladders to check now."""
    rows = Recovery.objects.filter(state=State.OPEN, next_look_at__lte=now)
    return list(rows.order_by("next_look_at").values_list("pk", flat=True))


def advance_recovery(pk: int, *, is_paid: IsPaid, now: datetime) -> bool:
    """Checks a ladder and takes at most one step. False if another worker has locked or already checked it."""
    with transaction.atomic():
        rows = Recovery.objects.select_for_update(skip_locked=True, of=("self",))
        row = rows.select_related("charger__property").filter(pk=pk, state=State.OPEN, next_look_at__lte=now).first()
        if row is None:
            return False
        allowed = _allowed_steps(row, now=now)
        if not allowed or row.charger.retired_at is not None:
            return _end(row, State.ENDED, now=now)
        facts = _facts(row, allowed, is_paid=is_paid, now=now)
        match next_step.decide(facts):
            case Recovered(by=step):
                return _end(row, State.RECOVERED, by=step, now=now)
            case GiveUp():
                return _end(row, State.GIVEN_UP, now=now)
            case Take(step=Step.TICKET):
                RecoveryStep.objects.create(recovery=row, charger=row.charger, step=Step.TICKET, taken_at=now)
                return _end(row, State.REPORTED, now=now)
            case Take(step=step):
                return _take_step(row, step, facts, now=now)
            case Wait(until=until, why=why):
                return _wait(row, until, why=why.value if why else "", now=now)
            case _ as never:
                assert_never(never)


def _allowed_steps(row: Recovery, *, now: datetime) -> tuple[Step, ...]:
    steps = steps_at(row.charger)
    before = Recovery.objects.filter(charger=row.charger_id, began_at__gt=now - _A_DAY).exclude(pk=row.pk)
    return steps if before.count() < _MAX_A_DAY else tuple(step for step in steps if step is Step.TICKET)


def _facts(row: Recovery, allowed: Sequence[Step], *, is_paid: IsPaid, now: datetime) -> Facts:
    trouble = _find_trouble(row.charger)
    taken_steps = list(RecoveryStep.objects.filter(recovery=row).order_by("taken_at", "pk"))
    resets = RecoveryStep.objects.filter(
        charger=row.charger_id, step__in=next_step.RESETS, taken_at__gt=now - next_step.RESET_EVERY
    )
    return Facts(
        now=now,
        trouble=trouble,
        allowed=allowed,
        hindrance=blockers.of_charger(row.charger, is_paid=is_paid, now=now) if trouble else None,
        tried=tuple(StepTaken(Step(step.step), step.taken_at) for step in taken_steps),
        resets=frozenset(Step(reset) for reset in resets.values_list("step", flat=True)),
        records=_records_by_step(_records(row.vendor, row.model, row.firmware_version)),
    )


def _find_trouble(charger: Charger) -> Trouble | None:
    """Returns the present trouble; None if the charger is well.

    Offline comes first, because nothing else is known then; else the oldest fault.
    """
    rows = StateSpan.objects.filter(charger=charger, until=None, state__in=_KINDS)
    spans = sorted(rows, key=lambda span: (span.state != StateSpan.State.OFFLINE, span.since))
    if not spans:
        return None
    first = spans[0]
    return Trouble(
        kind=_KINDS[StateSpan.State(first.state)], since=first.since, detail=first.detail, evse_number=first.evse_number
    )


def _take_step(row: Recovery, step: Step, facts: Facts, *, now: datetime) -> bool:
    """Takes a step. Queues the command in the transaction that read the facts."""
    _judge(row, by=None)
    charger, trouble = row.charger, facts.trouble
    version = Version(charger.ocpp_version) if charger.ocpp_version else Version.V16
    evse = trouble.evse_number if trouble else None
    command_id, answer = None, ""
    try:
        order = builder.build(_ACTIONS[step], Details(evse_number=evse), version=version)
    except OrderError:
        answer = Command.State.NOT_SUPPORTED
    else:
        command_request = CommandRequest(action=order.action, payload=order.payload, origin="system")
        command_id = queue.request(charger, command_request, now=now).pk
    RecoveryStep.objects.create(
        recovery=row, charger=charger, step=step, taken_at=now, command_id=command_id, answer=answer
    )
    return _wait(row, now + _LOOKS_EVERY, why="", now=now)


def _wait(row: Recovery, until: datetime, *, why: str, now: datetime) -> bool:
    look_at = min(until, now + _LOOKS_EVERY)
    _copy_command_answers(row)
    return bool(Recovery.objects.filter(pk=row.pk).update(next_look_at=look_at, waits_for=why))


def _end(row: Recovery, state: Recovery.State, *, by: Step | None = None, now: datetime) -> bool:
    _judge(row, by=by)
    return bool(Recovery.objects.filter(pk=row.pk).update(state=state, ended_at=now))


def end_for_replaced(charger: Charger, *, now: datetime) -> None:
    """Ends the ladder of hardware that was replaced: what helps now says nothing about its steps."""
    open_rows = Recovery.objects.filter(charger=charger, state=State.OPEN)
    open_rows.update(state=State.REPLACED, ended_at=now, waits_for="")


def _copy_command_answers(row: Recovery) -> None:
    """Copies the results of commands to their steps, because old commands are deleted."""
    for step in RecoveryStep.objects.filter(recovery=row, command_id__isnull=False, effect=Effect.PENDING):
        state = Command.objects.filter(pk__in=[step.command_id]).values_list("state", flat=True).first()
        if state is not None and state != step.answer:
            RecoveryStep.objects.filter(pk=step.pk).update(answer=state)


def _judge(row: Recovery, *, by: Step | None) -> None:
    """Sets the effect of pending steps; those that reached the charger count for its model and firmware."""
    _copy_command_answers(row)
    for step in RecoveryStep.objects.select_for_update().filter(recovery=row, effect=Effect.PENDING):
        did_help = by is not None and step.step == by
        RecoveryStep.objects.filter(pk=step.pk).update(effect=Effect.RECOVERED if did_help else Effect.NONE)
        if step.step != Step.TICKET and (did_help or step.answer not in _NOT_DELIVERED):
            _count(row, Step(step.step), did_help=did_help)


def _count(row: Recovery, step: Step, *, did_help: bool) -> None:
    record, _made = RecoveryRecord.objects.get_or_create(
        vendor=row.vendor, model=row.model, firmware_version=row.firmware_version, step=step
    )
    RecoveryRecord.objects.filter(pk=record.pk).update(tried=F("tried") + 1, recovered=F("recovered") + int(did_help))


def list_unreported() -> "QuerySet[Recovery]":
    """Returns ladders handed to people that have no ticket yet."""
    rows = Recovery.objects.filter(state=State.REPORTED, ticket_label="")
    return _prefetch_steps(rows).select_related("charger__property__host").order_by("ended_at")


def store_ticket(row: Recovery, *, label: str) -> bool:
    """Stores the ticket; False if another worker has opened one. Call it in the transaction that opens it."""
    return bool(Recovery.objects.filter(pk=row.pk, ticket_label="").update(ticket_label=label))
