"""Charging schedules for display: steps over time, from a reply or a profile of any version. Pure."""

from dataclasses import dataclass
from datetime import datetime

from chargers.protocol import fields
from chargers.protocol.frames import Payload

_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Step:
    """A step from `begins_s` after the start until `ends_s`, limited to `limit` in the schedule's unit; None means no
    stated limit.
    """

    begins_s: int
    ends_s: int
    limit: float | None
    phases: int | None

    @property
    def lasts_s(self) -> int:
        return self.ends_s - self.begins_s


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule. `starts_at` is None if it starts with a session. `unit` is A or W."""

    unit: str
    starts_at: datetime | None
    steps: tuple[Step, ...]

    @property
    def lasts_s(self) -> int:
        return self.steps[-1].ends_s

    @property
    def most(self) -> float:
        return max((step.limit or 0 for step in self.steps), default=0)


def of_command(action: str, payload: Payload, reply: Payload | None) -> Schedule | None:
    """Returns the schedule that a command requests or sets; None if there is none."""
    if action == "GetCompositeSchedule" and reply:
        composite_schedule = fields.section(reply, "schedule") or fields.section(reply, "chargingSchedule")
        start = (
            composite_schedule.get("scheduleStart")
            or reply.get("scheduleStart")
            or composite_schedule.get("startSchedule")
        )
        return _schedule(composite_schedule, start=start, lasts_s=fields.count(payload.get("duration")))
    if action == "SetChargingProfile":
        profile = fields.section(payload, "csChargingProfiles") or fields.section(payload, "chargingProfile")
        schedules = fields.entries(profile.get("chargingSchedule"))
        return _schedule(schedules[0], start=schedules[0].get("startSchedule"), lasts_s=None) if schedules else None
    return None


def _schedule(schedule: Payload, *, start: object, lasts_s: int | None) -> Schedule | None:
    periods = [
        (begins, period)
        for period in fields.entries(schedule.get("chargingSchedulePeriod"))
        if (begins := fields.count(period.get("startPeriod"))) is not None
    ]
    if not periods:
        return None
    periods.sort(key=lambda row: row[0])
    last = periods[-1][0]
    end = fields.count(schedule.get("duration")) or lasts_s or (last + max(last // 2, 3600) if last else _DAY_S)
    ends = [begins for begins, _ in periods[1:]] + [max(end, last + 60)]
    steps = tuple(
        Step(begins, until, _limit(period), fields.count(period.get("numberPhases")))
        for (begins, period), until in zip(periods, ends, strict=True)
    )
    return Schedule(
        unit=fields.text(schedule.get("chargingRateUnit"), 1) or "A",
        starts_at=fields.instant(fields.text(start)) if start else None,
        steps=steps,
    )


def _limit(period: Payload) -> float | None:
    limit = fields.number(period.get("limit") if not isinstance(period.get("limit"), float) else str(period["limit"]))
    return None if limit is None else float(limit)
