"""Derives why a car does not charge, or stopped, from what the charger reported of one transaction. Pure.

Sources: OCPP 1.6 7.6 (ChargePointErrorCode), 7.7 (ChargePointStatus) and 7.36 (Reason); OCPP 2.0.1 part 2,
ChargingStateEnumType and ReasonEnumType. A 2.x charging state is read as the 1.6 status of the same meaning.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any, Final

from billing.charts.power_curve import PowerReading, Span

STALLED_AFTER: Final = timedelta(minutes=3)
"""A car that may charge counts as stalled after this time without energy."""
_SUSPENDED_FOR: Final = timedelta(minutes=1)
"""The same time if car or charger reports that it pauses."""
FLOWS_W: Final = 200
"""Lower power is only the electronics of charger and car."""
SOON: Final = timedelta(minutes=5)
"""A transaction that ends within this time "stops after a few minutes"."""
_FULL_SOC: Final = 80
_TAPERED: Final = 0.5
"""A battery that fills up draws less and less: the last power as a share of the highest."""
_NEAR: Final = timedelta(minutes=2)
_FLAPS: Final = 3
_PAUSED: Final = frozenset(("SuspendedEV", "SuspendedEVSE", "Finishing"))


class Cause(StrEnum):
    """The reason that the car does not charge."""

    CHARGER_FAULT = "charger_fault"
    CABLE = "cable"
    CAR_FULL = "car_full"
    CAR_PAUSED = "car_paused"
    CAR_STOPPED = "car_stopped"
    OUR_LIMIT = "our_limit"
    LIMIT_ELSEWHERE = "limit_elsewhere"
    AUTHORIZATION_LOST = "authorization_lost"
    NETWORK = "network"
    STOP_NOT_REPORTED = "stop_not_reported"
    POWER_LOST = "power_lost"
    RESTARTED = "restarted"
    RESTARTING = "restarting"
    EMERGENCY_STOP = "emergency_stop"
    LIMIT_REACHED = "limit_reached"
    UNPLUGGED = "unplugged"
    STOPPED_BY_PERSON = "stopped_by_person"
    NOT_PLUGGED_IN = "not_plugged_in"


class Certainty(IntEnum):
    """How certain a cause is, given the evidence."""

    POSSIBLE = 1
    LIKELY = 2
    CERTAIN = 3


class Clue(StrEnum):
    """A kind of evidence; its values are times, numbers and OCPP's own words."""

    STOP_REASON = "stop_reason"
    NO_STOP = "no_stop"
    FAULT = "fault"
    STATUS = "status"
    NO_ENERGY = "no_energy"
    NEVER_ANY = "never_any"
    TAPERED = "tapered"
    SOC = "soc"
    WITHHELD = "withheld"
    SILENT = "silent"
    OFFLINE = "offline"
    RESET_SENT = "reset_sent"
    FLAPPED = "flapped"
    REPEATED = "repeated"
    LIGHT_ON = "light_on"
    NO_LIGHT = "no_light"
    SIGN_SEEN = "sign_seen"
    SIGN_NOT_SEEN = "sign_not_seen"
    BEEP_HEARD = "beep_heard"
    BEEP_NOT_HEARD = "beep_not_heard"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One stored fact in favour of a cause."""

    clue: Clue
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A cause, how certain it is, and why."""

    cause: Cause
    certainty: Certainty
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedStatus:
    """A status that the connector reported, as in OCPP 1.6."""

    at: datetime
    status: str
    error_code: str = ""
    vendor_error_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeFacts:
    """What is known of one transaction. Readings and statuses are in order of time."""

    now: datetime
    started_at: datetime | None
    stopped_at: datetime | None = None
    stop_reason: str = ""
    is_never_stopped: bool = False
    is_refused: bool = False
    """Whether the start was refused without energy, so that no end is expected."""
    is_online: bool = True
    offline_since: datetime | None = None
    """Since when the charger is offline; None if it is connected, or never was."""
    reset_sent_at: datetime | None = None
    """When we restarted it, if that was minutes ago and it is not back yet."""
    energy_wh: int = 0
    soc_pct: int | None = None
    readings: tuple[PowerReading, ...] = ()
    statuses: tuple[ReportedStatus, ...] = ()
    withheld: tuple[Span, ...] = ()
    gaps: tuple[Span, ...] = ()
    short_ones: int = 0
    """How many transactions of the last two hours at this outlet ended within five minutes."""

    @property
    def end(self) -> datetime:
        """The end of the curve."""
        return self.stopped_at or self.now

    @property
    def status(self) -> ReportedStatus | None:
        """The newest status."""
        return self.statuses[-1] if self.statuses else None


def find_causes(facts: ChargeFacts) -> list[Finding]:
    """Returns the causes that the facts support, most certain first; none if the car charges, or ended as agreed."""
    rules = _ENDED if facts.stopped_at or facts.is_never_stopped else _RUNNING
    findings: dict[Cause, Finding] = {}
    for rule in rules:
        for finding in rule(facts):
            earlier = findings.get(finding.cause)
            findings[finding.cause] = finding if earlier is None else _merge_findings(earlier, finding)
    return sorted(findings.values(), key=lambda finding: -finding.certainty)


def _merge_findings(first: Finding, second: Finding) -> Finding:
    """Merges two findings of the same cause: the greater certainty, and all evidence once."""
    new = tuple(evidence for evidence in second.evidence if evidence not in first.evidence)
    return Finding(
        cause=first.cause, certainty=max(first.certainty, second.certainty), evidence=(*first.evidence, *new)
    )


def is_flowing(facts: ChargeFacts) -> bool:
    """Whether the newest reading of a running transaction is recent and shows charging power."""
    if facts.stopped_at is not None or not facts.readings:
        return False
    last = facts.readings[-1]
    return last.power_w >= FLOWS_W and facts.now - last.at < STALLED_AFTER


def _stalled_since(facts: ChargeFacts) -> datetime | None:
    """Returns since when no energy has flowed; None while it flows, or has not stopped for long enough."""
    if facts.started_at is None:
        return None
    flowed = [reading.at for reading in facts.readings if reading.power_w >= FLOWS_W]
    since = flowed[-1] if flowed else facts.started_at
    pauses = facts.status is not None and facts.status.status in {"SuspendedEV", "SuspendedEVSE"}
    return since if facts.now - since >= (_SUSPENDED_FOR if pauses else STALLED_AFTER) else None


# Rules for why it ended.


def _infer_from_stop_reason(facts: ChargeFacts) -> Iterator[Finding]:
    """The reason that the charger gave."""
    cause = _REASONS.get(facts.stop_reason)
    if cause is None or _is_loose_plug(facts):
        return
    evidence = [Evidence(Clue.STOP_REASON, {"reason": facts.stop_reason, "at": facts.stopped_at})]
    evidence += [Evidence(Clue.FAULT, _build_fault_values(status)) for status in _faults_near_end(facts)[-1:]]
    if facts.short_ones > 1:
        evidence.append(Evidence(Clue.REPEATED, {"count": facts.short_ones}))
    if cause is Cause.CAR_STOPPED and (full := _looks_full(facts)):
        cause, evidence = Cause.CAR_FULL, [*evidence, *full]
    yield Finding(cause=cause, certainty=Certainty.CERTAIN, evidence=tuple(evidence))


def _infer_from_end_fault(facts: ChargeFacts) -> Iterator[Finding]:
    """A fault around the end, whatever reason the charger gave."""
    for status in _faults_near_end(facts)[-1:]:
        cause = FAULTS.get(status.error_code, Cause.CHARGER_FAULT)
        yield Finding(
            cause=cause, certainty=Certainty.LIKELY, evidence=(Evidence(Clue.FAULT, _build_fault_values(status)),)
        )


def _infer_from_loose_plug(facts: ChargeFacts) -> Iterator[Finding]:
    """Unplugged again and again without a stop: the plug is loose, or does not lock."""
    if _is_loose_plug(facts):
        evidence = (
            Evidence(Clue.STOP_REASON, {"reason": facts.stop_reason, "at": facts.stopped_at}),
            Evidence(Clue.REPEATED, {"count": facts.short_ones}),
        )
        yield Finding(cause=Cause.CABLE, certainty=Certainty.CERTAIN, evidence=evidence)


def _is_loose_plug(facts: ChargeFacts) -> bool:
    """Whether the plug is loose.

    If energy flowed, or car or charger had paused or finished, a person took the plug out.
    """
    if facts.stop_reason != "EVDisconnected" or facts.short_ones < 2 or facts.energy_wh > 0:
        return False
    began_at = facts.started_at or facts.end
    return not any(status.status in _PAUSED and began_at <= status.at <= facts.end for status in facts.statuses)


def _infer_from_missing_stop(facts: ChargeFacts) -> Iterator[Finding]:
    """The end was never reported: the charger lost its power or its connection, or continued without reporting it."""
    if not facts.is_never_stopped or facts.is_refused:
        return
    if facts.reset_sent_at is not None:
        yield _restarting(facts.reset_sent_at)
        return
    last = facts.readings[-1].at if facts.readings else facts.started_at
    evidence = [Evidence(Clue.NO_STOP, {"at": last})]
    went_on = next((status for status in facts.statuses if last and status.at > last), None)
    if went_on is not None and facts.is_online:
        evidence.append(Evidence(Clue.STATUS, {"status": went_on.status, "at": went_on.at}))
        yield Finding(cause=Cause.STOP_NOT_REPORTED, certainty=Certainty.CERTAIN, evidence=tuple(evidence))
        return
    if not facts.is_online:
        evidence.append(Evidence(Clue.OFFLINE))
    yield Finding(cause=Cause.NETWORK, certainty=Certainty.LIKELY, evidence=tuple(evidence))
    yield Finding(cause=Cause.POWER_LOST, certainty=Certainty.POSSIBLE, evidence=tuple(evidence))


# Rules for why nothing flows now.


def _infer_from_present_fault(facts: ChargeFacts) -> Iterator[Finding]:
    last = facts.status
    if last is not None and _is_fault(last):
        cause = FAULTS.get(last.error_code, Cause.CHARGER_FAULT)
        certainty = Certainty.CERTAIN if last.status == "Faulted" else Certainty.LIKELY
        yield Finding(cause=cause, certainty=certainty, evidence=(Evidence(Clue.FAULT, _build_fault_values(last)),))


def _infer_from_lost_contact(facts: ChargeFacts) -> Iterator[Finding]:
    """Nothing is known since the charger went offline; the car may be charging."""
    if facts.is_online:
        return
    if facts.reset_sent_at is not None:
        yield _restarting(facts.reset_sent_at)
        return
    last = facts.readings[-1].at if facts.readings else facts.started_at
    evidence = (Evidence(Clue.OFFLINE), *([Evidence(Clue.SILENT, {"since": last})] if last else []))
    yield Finding(cause=Cause.NETWORK, certainty=Certainty.LIKELY, evidence=evidence)
    yield Finding(cause=Cause.POWER_LOST, certainty=Certainty.POSSIBLE, evidence=evidence)


def _restarting(sent_at: datetime) -> Finding:
    """The charger is offline because we restarted it, so neither network nor power is to blame yet."""
    evidence = (Evidence(Clue.OFFLINE), Evidence(Clue.RESET_SENT, {"at": sent_at}))
    return Finding(cause=Cause.RESTARTING, certainty=Certainty.CERTAIN, evidence=evidence)


def _infer_from_own_limit(facts: ChargeFacts) -> Iterator[Finding]:
    """Our own load management withholds power now."""
    running = [span for span in facts.withheld if span.start <= facts.now <= span.end + _NEAR]
    if running and _stalled_since(facts) is not None:
        evidence = (Evidence(Clue.WITHHELD, {"since": running[-1].start}),)
        yield Finding(cause=Cause.OUR_LIMIT, certainty=Certainty.CERTAIN, evidence=evidence)


def _infer_from_suspension(facts: ChargeFacts) -> Iterator[Finding]:
    """The charger (SuspendedEVSE) or the car (SuspendedEV) has paused."""
    last, since = facts.status, _stalled_since(facts)
    if last is None or since is None or not facts.is_online:
        return
    evidence = [
        Evidence(Clue.STATUS, {"status": last.status, "at": last.at}),
        Evidence(Clue.NO_ENERGY, {"since": since}),
    ]
    if last.status == "SuspendedEVSE" and not any(span.end + _NEAR >= facts.now for span in facts.withheld):
        yield Finding(cause=Cause.LIMIT_ELSEWHERE, certainty=Certainty.LIKELY, evidence=tuple(evidence))
    if last.status != "SuspendedEV":
        return
    if full := _looks_full(facts):
        yield Finding(cause=Cause.CAR_FULL, certainty=Certainty.LIKELY, evidence=(*evidence, *full))
    else:
        yield Finding(cause=Cause.CAR_PAUSED, certainty=Certainty.LIKELY, evidence=tuple(evidence))


def _infer_from_no_energy(facts: ChargeFacts) -> Iterator[Finding]:
    """The transaction runs without any energy: the plug is loose, or the car is not ready."""
    since = _stalled_since(facts)
    if since is None or facts.energy_wh > 0 or not facts.is_online:
        return
    if facts.status is not None and facts.status.status in {"SuspendedEVSE", "SuspendedEV", "Faulted"}:
        return
    evidence = [Evidence(Clue.NEVER_ANY, {"since": since})]
    if facts.status is not None:
        evidence.append(Evidence(Clue.STATUS, {"status": facts.status.status, "at": facts.status.at}))
    yield Finding(cause=Cause.CABLE, certainty=Certainty.POSSIBLE, evidence=tuple(evidence))
    yield Finding(cause=Cause.CAR_PAUSED, certainty=Certainty.POSSIBLE, evidence=tuple(evidence))


def _infer_from_flapping(facts: ChargeFacts) -> Iterator[Finding]:
    """Energy comes and goes: the car stops again and again."""
    charging = [
        reported_status
        for reported_status in facts.statuses
        if reported_status.status == "Charging" and reported_status.at > facts.now - timedelta(hours=1)
    ]
    suspended = [
        status
        for status in facts.statuses
        if status.status == "SuspendedEV" and status.at > facts.now - timedelta(hours=1)
    ]
    if len(charging) >= _FLAPS and len(suspended) >= _FLAPS:
        evidence = (Evidence(Clue.FLAPPED, {"count": len(suspended)}),)
        yield Finding(cause=Cause.CAR_PAUSED, certainty=Certainty.LIKELY, evidence=evidence)


def _infer_from_available_status(facts: ChargeFacts) -> Iterator[Finding]:
    """Nothing has started: no car was detected at the outlet."""
    if facts.started_at is None and facts.status is not None and facts.status.status == "Available":
        evidence = (Evidence(Clue.STATUS, {"status": "Available", "at": facts.status.at}),)
        yield Finding(cause=Cause.NOT_PLUGGED_IN, certainty=Certainty.CERTAIN, evidence=evidence)


Rule = Callable[[ChargeFacts], Iterator[Finding]]
_ENDED: Final[tuple[Rule, ...]] = (
    _infer_from_missing_stop,
    _infer_from_loose_plug,
    _infer_from_stop_reason,
    _infer_from_end_fault,
)
_RUNNING: Final[tuple[Rule, ...]] = (
    _infer_from_available_status, _infer_from_present_fault, _infer_from_lost_contact, _infer_from_own_limit,
    _infer_from_suspension, _infer_from_no_energy, _infer_from_flapping,
)  # fmt: skip
_REASONS: Final = {
    "DeAuthorized": Cause.AUTHORIZATION_LOST,
    "EmergencyStop": Cause.EMERGENCY_STOP,
    "EnergyLimitReached": Cause.LIMIT_REACHED,
    "EVDisconnected": Cause.UNPLUGGED,
    "GroundFault": Cause.CHARGER_FAULT,
    "HardReset": Cause.RESTARTED,
    "ImmediateReset": Cause.RESTARTED,
    "Local": Cause.STOPPED_BY_PERSON,
    "LocalOutOfCredit": Cause.LIMIT_REACHED,
    "MasterPass": Cause.STOPPED_BY_PERSON,
    "MaxEnergyReached": Cause.LIMIT_REACHED,
    "OvercurrentFault": Cause.CHARGER_FAULT,
    "PowerLoss": Cause.POWER_LOST,
    "PowerQuality": Cause.CHARGER_FAULT,
    "Reboot": Cause.RESTARTED,
    "Remote": Cause.STOPPED_BY_PERSON,
    "ReqEnergyTransferRejected": Cause.CAR_STOPPED,
    "SOCLimitReached": Cause.CAR_FULL,
    "SoftReset": Cause.RESTARTED,
    "StoppedByEV": Cause.CAR_STOPPED,
    "TimeLimitReached": Cause.LIMIT_REACHED,
    "Timeout": Cause.CAR_PAUSED,
    "UnlockCommand": Cause.STOPPED_BY_PERSON,
}
FAULTS: Final = {
    "ConnectorLockFailure": Cause.CABLE,
    "EVCommunicationError": Cause.CABLE,
    "UnderVoltage": Cause.POWER_LOST,
    "WeakSignal": Cause.NETWORK,
}
"""Error codes that are not the charger's own fault; all other codes are."""


def _is_fault(status: ReportedStatus) -> bool:
    return status.status == "Faulted" or status.error_code not in {"", "NoError"}


def _faults_near_end(facts: ChargeFacts) -> list[ReportedStatus]:
    end = facts.end
    return [status for status in facts.statuses if _is_fault(status) and abs(status.at - end) <= _NEAR]


def _build_fault_values(status: ReportedStatus) -> dict[str, Any]:
    code = status.error_code if status.error_code != "NoError" else ""
    return {
        "code": code or status.vendor_error_code or status.status,
        "vendor": status.vendor_error_code,
        "at": status.at,
    }


def _looks_full(facts: ChargeFacts) -> tuple[Evidence, ...]:
    """Returns evidence of a full battery: a high state of charge, or power that fell before the end."""
    if facts.soc_pct is not None and facts.soc_pct >= _FULL_SOC:
        return (Evidence(Clue.SOC, {"soc": facts.soc_pct}),)
    flowing = [reading.power_w for reading in facts.readings if reading.power_w >= FLOWS_W]
    if len(flowing) >= 3 and flowing[-1] <= _TAPERED * max(flowing):
        return (Evidence(Clue.TAPERED, {"most_w": max(flowing), "last_w": flowing[-1]}),)
    return ()
