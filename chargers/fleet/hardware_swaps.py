"""Hardware replaced behind its station: what prevents it, what it does, and the former ids.

What belongs to the place stays: the label, rates, groups, sessions, receipts, the licence. What the old hardware
reported, held or proved is cleared, and its id is refused from then on.
"""

import uuid
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Lower

from chargers.commands import queue
from chargers.fleet import registration
from chargers.fleet.lifecycle import BusyError
from chargers.fleet.registration import TakenError
from chargers.models import (
    Charger,
    Command,
    Connector,
    EventStream,
    HardwareSwap,
    Job,
    JobItem,
    LocalList,
    SentProfile,
    Transaction,
    Variable,
)
from chargers.security import certificates, passwords
from chargers.sentences import stored
from chargers.sentences.cases import CaseCode
from chargers.sentences.jobs import JobCode
from chargers.transactions import outlets, recording

IsPaid = Callable[[int], bool]
"""Tells whether a guest has paid at a charger (primary key) but not plugged in yet."""
_WITHOUT_CERTIFICATE: Final = 2
"""The highest security profile that hardware can meet which has no certificate of ours yet."""
_REPORTED: Final = (
    "vendor", "model", "serial_number", "firmware_version", "iccid", "imsi", "meter_type", "meter_serial_number",
    "last_boot_at", "ocpp_version", "connection_id", "gateway_id", "connected_at", "connected_from", "connected_by",
    "connected_with_tls", "clock_offset_s", "clock_measured_at", "status", "error_code", "status_at",
)  # fmt: skip
"""What a charger's row says of the hardware that hangs there."""
SILENT_FOR: Final = timedelta(hours=4)
"""After so long without a message, nobody charges at an offline charger any more; sessions are closed then, too."""
_STATUS_OF_CONNECTOR: Final = ("status", "error_code", "vendor_error_code", "status_info")
_JOBS_OF_OURS: Final = (Job.Kind.RATE, Job.Kind.LICENCE)
"""Jobs that change only our own data, whatever hardware hangs there."""


class ReplacedMeanwhileError(Exception):
    """Somebody else replaced the hardware a moment ago. The message is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Swapped:
    """What was replaced, and the new hardware's password, which is stored nowhere in clear."""

    row: HardwareSwap
    password: str


@dataclass(frozen=True, slots=True)
class Hardware:
    """Hardware as it reported itself; empty strings for what it never did."""

    charger_id: str
    maker: str
    serial_number: str

    @classmethod
    def of_charger(cls, charger: Charger) -> "Hardware":
        return cls(charger.charger_id, _maker(charger.vendor, charger.model), charger.serial_number)

    @classmethod
    def former_of(cls, row: HardwareSwap) -> "Hardware":
        return cls(row.former_id, _maker(row.former_vendor, row.former_model), row.former_serial_number)


@dataclass(frozen=True, slots=True)
class Replacement:
    """A swap with the former and the newer hardware. The newer one's particulars are empty until it has booted."""

    row: HardwareSwap
    former: Hardware
    newer: Hardware


@dataclass(frozen=True, slots=True)
class Preview:
    """What stays and what changes when the hardware is replaced, as sentences."""

    stays: tuple[str, ...]
    changes: tuple[str, ...]


def id_fault(charger: Charger, new_id: str) -> str:
    """Returns why the new hardware cannot have this id, as a sentence; empty if it can. The old one's id is allowed."""
    return registration.id_fault(new_id, hardware_of=charger)


def obstacle(charger: Charger, *, is_paid: IsPaid, now: datetime) -> str:
    """Returns why the hardware cannot be replaced now, as a sentence; empty if it can. At most three queries."""
    if charger.retired_at is not None:
        return "The charger is retired: return it to service first."
    row = None if _has_been_silent(charger, now=now) else outlets.list_running().filter(charger=charger).first()
    if row is not None:
        who = row.id_token or "Somebody"
        hours = SILENT_FOR.seconds // 3600
        way_out = (
            "stop it under Controls first."
            if charger.is_online()
            else f"it counts as over {hours} hours after the last message of the charger, which is offline."
        )
        return f"{who} is charging on connector {row.evse_number or '?'}: {way_out}"
    if is_paid(charger.pk):
        return "A guest pays here, or has paid and is about to plug in: wait until that session has ended or expired."
    if queue.has_live_start(charger, now=now):
        return "A session is being started here: wait until it has begun and ended."
    return ""


def _has_been_silent(charger: Charger, *, now: datetime) -> bool:
    """Whether the hardware was gone for so long that whatever it began is over."""
    heard_at = charger.last_message_at or charger.disconnected_at
    return not charger.is_online() and (heard_at is None or heard_at <= now - SILENT_FOR)


def preview(charger: Charger) -> Preview:
    """Tells what a replacement would do to this charger. At most nine queries."""
    unit = f", unit {charger.unit}" if charger.unit else ""
    stays = (
        f"Station ID {charger.station_id} and its QR code: the label on the wall stays right.",
        f"Where it stands ({charger.property.name}{unit}), its name, and the plugs and power of its outlets.",
        "Rates, groups, tags, the licence, and who may charge.",
        "Sessions, receipts, logs, and everything in the timeline.",
    )
    return Preview(stays=stays, changes=tuple(_changes(charger)))


def replace(charger: Charger, new_id: str, *, reason: str, origin: str, is_paid: IsPaid, now: datetime) -> Swapped:
    """Replaces the hardware, in one transaction that holds the charger's row, so that two people do it one by one.

    What begins in the same moment is not seen: the new hardware's first boot ends it. The caller must end the
    connection after the commit. Raises BusyError, TakenError and ReplacedMeanwhileError.
    """
    with transaction.atomic():
        locked = Charger.objects.select_for_update(of=("self",)).select_related("property", "unit").get(pk=charger.pk)
        if locked.charger_id != charger.charger_id:
            raise ReplacedMeanwhileError(
                f"Somebody replaced the hardware of {locked.station_id} meanwhile: its id is {locked.charger_id} now."
            )
        if sentence := obstacle(locked, is_paid=is_paid, now=now):
            raise BusyError(sentence)
        if fault := id_fault(locked, new_id):
            raise TakenError(fault)
        row = HardwareSwap.objects.create(
            charger=locked,
            former_id=locked.charger_id,
            new_id=new_id,
            former_vendor=locked.vendor,
            former_model=locked.model,
            former_serial_number=locked.serial_number,
            former_firmware_version=locked.firmware_version,
            reason=reason,
            by=origin[:150],
            at=now,
        )
        _forget_hardware(locked, origin=origin, now=now)
        password = passwords.replace_at_once(locked, origin=origin, now=now)
        _store(locked, new_id, now=now)
    return Swapped(row=row, password=password)


def end_charging_of_former(charger: Charger) -> int:
    """Ends what the old hardware began while it was being replaced, because the new one never reports its stop.

    Call it at a boot, before that is recorded: it acts at the new hardware's first one. Returns their number. One
    statement, if the hardware was ever replaced.
    """
    if not charger.first_id:
        return 0
    of_former = Transaction.objects.filter(
        charger=charger, charger__last_boot_at=None, start_received_at__lt=F("charger__connected_at")
    )
    return recording.end_without_stop(of_former, why=CaseCode.HARDWARE_REPLACED)


def list_of(charger: Charger) -> list[Replacement]:
    """Returns the charger's swaps, newest first. One query, if there was any."""
    if not charger.first_id:
        return []
    newer = Hardware.of_charger(charger)
    replacements = []
    for row in charger.hardware_swaps.order_by("-at", "-pk"):
        former = Hardware.former_of(row)
        replacements.append(Replacement(row=row, former=former, newer=newer))
        newer = former
    return replacements


def of_former_id(former_id: str) -> HardwareSwap | None:
    """Returns the swap that took this id out of use, with its charger; None if it never was one, or is one again."""
    rows = HardwareSwap.objects.filter(former_id=former_id).exclude(charger__charger_id=former_id)
    return rows.select_related("charger").order_by("-at", "-pk").first()


def find_by_former_id(chargers: QuerySet[Charger], former_id: str) -> Charger | None:
    """Returns the one of these chargers that had this id before its hardware was replaced. One query."""
    return chargers.filter(pk__in=HardwareSwap.objects.filter(former_id=former_id).values("charger")).first()


def former_ids_among(ids: Collection[str]) -> set[str]:
    """Returns those of these ids (in lower case) that a charger had before its hardware was replaced. One query."""
    rows = HardwareSwap.objects.annotate(id_lower=Lower("former_id")).filter(id_lower__in=ids)
    return set(rows.values_list("id_lower", flat=True))


def connections_of_replaced(since: datetime) -> dict[int, uuid.UUID | None]:
    """Returns the present connection (None: offline) of chargers whose hardware was replaced since then, by primary
    key: an older connection is of hardware that hangs there no longer.
    """
    rows = Charger.objects.filter(hardware_swaps__at__gt=since)
    return dict(rows.values_list("pk", "connection_id"))


def _maker(vendor: str, model: str) -> str:
    return " ".join(filter(None, (vendor, model)))


def _changes(charger: Charger) -> Iterator[str]:
    yield (
        "The new hardware connects with its own id and a new password. "
        f"The old hardware ({charger.charger_id}) is refused."
    )
    if charger.is_online():
        yield "The connection that is live now ends."
    settings_count = Variable.objects.filter(charger=charger).count()
    maker = _maker(charger.vendor, charger.model)
    serial = f" with serial number {charger.serial_number}" if charger.serial_number else ""
    particulars = f"{maker or 'maker and model'}{serial}, firmware, {_count(settings_count, 'setting')}"
    yield f"What the old hardware reported is cleared until the new one reports: {particulars}."
    connectors = Connector.objects.filter(evse__charger=charger).count()
    if connectors:
        stay = "stays" if connectors == 1 else "stay"
        yield f"{_count(connectors, 'connector')} {stay}, with an unknown status until the new hardware reports one."
    if charger.security_profile > _WITHOUT_CERTIFICATE:
        yield (
            f"Security profile {charger.security_profile} becomes {_WITHOUT_CERTIFICATE}: the new hardware has no "
            "certificate of ours. Choose 3 again when it has one."
        )
    if valid := charger.certificates.filter(revoked_at=None).count():
        yield f"{_count(valid, 'certificate')} of the old hardware {'is' if valid == 1 else 'are'} revoked."
    if LocalList.objects.filter(charger=charger).exists():
        yield "The local list is sent to the new hardware from the beginning."
    if SentProfile.objects.filter(outlet__evse__charger=charger).exists():
        yield "The limits of the shared power are sent to the new hardware from the beginning."
    waiting = Command.objects.filter(charger=charger, state__in=(Command.State.QUEUED, Command.State.SENT)).count()
    if waiting:
        yield f"{_count(waiting, 'command')} under way {'is' if waiting == 1 else 'are'} dropped."
    if items := _unfinished_items(charger).count():
        yield f"{_count(items, 'job')} {'leaves' if items == 1 else 'leave'} this charger out."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _forget_hardware(charger: Charger, *, origin: str, now: datetime) -> None:
    """Ends what was under way with the old hardware, and deletes what it reported; the histories stay."""
    queue.drop_for_replaced(charger, now=now)
    certificates.end_for_replaced(charger, origin=origin, now=now)
    why = stored.build_sentence(JobCode.HARDWARE_REPLACED)
    items = _unfinished_items(charger)
    items.filter(state=JobItem.State.QUEUED).update(state=JobItem.State.SKIPPED, ended_at=now, reason_sentences=why)
    items.filter(state=JobItem.State.SENT).update(state=JobItem.State.FAILED, ended_at=now, reason_sentences=why)
    Variable.objects.filter(charger=charger).delete()
    EventStream.objects.filter(charger=charger, closed_at=None).update(closed_at=now)
    nothing = dict.fromkeys(_STATUS_OF_CONNECTOR, "")
    Connector.objects.filter(evse__charger=charger).update(status_at=None, **nothing)


def _unfinished_items(charger: Charger) -> QuerySet[JobItem]:
    unfinished = JobItem.objects.filter(charger=charger, state__in=(JobItem.State.QUEUED, JobItem.State.SENT))
    return unfinished.exclude(job__kind__in=_JOBS_OF_OURS)


def _store(charger: Charger, new_id: str, *, now: datetime) -> None:
    """Stores the new id, and the row as of hardware that has yet to connect. Raises TakenError."""
    changes: dict[str, Any] = {
        **{name: getattr(Charger(), name) for name in _REPORTED},
        "charger_id": new_id,
        "first_id": charger.lasting_id(),
        "security_profile": min(charger.security_profile, _WITHOUT_CERTIFICATE),
        "disconnected_at": now if charger.is_online() else charger.disconnected_at,
    }
    try:
        with transaction.atomic():
            Charger.objects.filter(pk=charger.pk).update(**changes)
    except IntegrityError as exc:
        raise TakenError(registration.describe_taken_id("id", new_id)) from exc
