"""User actions on jobs over many chargers: start, cancel, resume and retry."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Max, Q, QuerySet

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from authorization.people.access import Viewer
from authorization.people.roles import Right
from chargers.jobs import plans, waves
from chargers.jobs.plans import Plan
from chargers.lib import ids
from chargers.models import Charger, Job, JobItem
from chargers.sentences import stored
from chargers.sentences.jobs import JobCode

LASTS: Final = {
    Job.Kind.COMMAND: timedelta(hours=1),
    Job.Kind.SETTING: timedelta(days=2),
    Job.Kind.TEMPLATE: timedelta(days=2),
    Job.Kind.FIRMWARE: timedelta(days=7),
    Job.Kind.RATE: timedelta(hours=1),
    Job.Kind.LICENCE: timedelta(hours=1),
}
"""How long a job waits for chargers that are offline or in use."""
LIMIT: Final = 10_000
_AT_ONCE: Final = 1000


class JobError(ValueError):
    """The job is not possible; the message is a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOrder:
    """What to do at which chargers (primary keys, in this order)."""

    plan: Plan
    chargers: Sequence[int]
    wave_size: int | None = None
    stops_at_pct: int = 100
    waits_for_idle: bool = False
    once: uuid.UUID | None = None
    """The id of the submitted form: a repeated submission returns the job made by the first."""


def list_visible(viewer: Viewer) -> QuerySet[Job]:
    """Returns the jobs with a charger that the viewer may see."""
    items = JobItem.objects.filter(charger__in=access.chargers(viewer))
    return Job.objects.filter(pk__in=items.values("job"))


OFFLINE_TOO: Final = frozenset((Job.Kind.RATE, Job.Kind.LICENCE))
"""Kinds of jobs that change only our data, so that chargers may be offline."""


def right_for(kind: str) -> Right:
    """Returns the right that a kind of job needs. Licences are also limited to agents (`is_open_to`)."""
    return Right.MANAGE if kind in OFFLINE_TOO else Right.OPERATE


def is_open_to(viewer: Viewer, kind: str) -> bool:
    """Whether this viewer may start such jobs at all: licences are for agents and their keys."""
    return kind != Job.Kind.LICENCE or (isinstance(viewer, User | ApiKey) and viewer.is_agent)


def chargers_with_right(viewer: Viewer, right: Right) -> QuerySet[Charger]:
    """Returns the chargers at which the viewer has this right."""
    return access.filter_permitted(
        Charger.objects.all(),
        viewer,
        host="property__host_id",
        property_="property_id",
        charger="pk",
        right=right,
    )


def may_steer(job: Job, viewer: Viewer) -> bool:
    """Whether the viewer has the job's right at every charger of the job. One query."""
    beyond = job.items.exclude(charger__in=chargers_with_right(viewer, right_for(job.kind)))
    return is_open_to(viewer, job.kind) and not beyond.exists()


def start(order: JobOrder, *, by: User | ApiKey, now: datetime) -> Job:
    """Starts a job; permission is checked again at each charger's turn. Raises NotAllowedError and JobError."""
    if order.once and (existing_job := _find_own_job(order.once, by)):
        return existing_job
    kind = plans.kind_of(order.plan)
    chargers = _filter_allowed_chargers(order.chargers, by, kind)
    job = Job(
        id=order.once or ids.generate(now=now),
        kind=kind,
        plan=plans.as_json(order.plan),
        origin=audit.actor(by),
        user_number=by.pk if isinstance(by, User) else None,
        created_at=now,
        wave_size=order.wave_size,
        stops_at_pct=order.stops_at_pct,
        waits_for_idle=order.waits_for_idle,
        gives_up_at=now + LASTS[Job.Kind(kind)],
    )
    items = [
        JobItem(job=job, charger_id=pk, wave=waves.wave_of(position, size=order.wave_size))
        for position, pk in enumerate(chargers)
    ]
    try:
        with transaction.atomic():
            job.save(force_insert=True)
            JobItem.objects.bulk_create(items, batch_size=_AT_ONCE)
            _write("job.started", job, by=by, now=now, after={"plan": order.plan.words, "chargers": len(items)})
    except IntegrityError:  # the same form was submitted twice at the same moment
        if order.once and (existing_job := _find_own_job(order.once, by)):
            return existing_job
        raise
    return job


def cancel(job: Job, *, by: User | ApiKey, now: datetime) -> bool:
    """Cancels a job: unsent items are skipped, sent ones continue. False if it had ended. Raises NotAllowedError."""
    _require_steer(job, by)
    with transaction.atomic():
        is_live = Q(state__in=(Job.State.RUNNING, Job.State.PAUSED))
        if not Job.objects.filter(is_live, pk=job.pk).update(state=Job.State.CANCELLED, ended_at=now):
            return False
        why = stored.build_sentence(JobCode.CANCELLED, who=audit.name(audit.actor(by)))
        job.items.filter(state=JobItem.State.QUEUED).update(
            state=JobItem.State.SKIPPED, ended_at=now, reason_sentences=why
        )
        _write("job.cancelled", job, by=by, now=now)
    return True


def resume(job: Job, *, by: User | ApiKey, now: datetime) -> bool:
    """Resumes a job that stopped itself, accepting its failures.

    False if it had not stopped. Raises NotAllowedError.
    """
    _require_steer(job, by)
    ended = job.items.filter(state__in=(JobItem.State.DONE, JobItem.State.FAILED))
    wave = ended.aggregate(last=Max("wave"))["last"] or 0
    with transaction.atomic():
        paused = Job.objects.filter(pk=job.pk, state=Job.State.PAUSED)
        if not paused.update(state=Job.State.RUNNING, waves_allowed=wave):
            return False
        _write("job.resumed", job, by=by, now=now, after={"wave": wave})
    return True


def retry(job: Job, *, by: User | ApiKey, now: datetime) -> int:
    """Queues the failed items again and returns their number. Raises NotAllowedError."""
    _require_steer(job, by)
    with transaction.atomic():
        locked = Job.objects.select_for_update().get(pk=job.pk)
        if locked.state == Job.State.CANCELLED:
            return 0
        failed = list(job.items.filter(state=JobItem.State.FAILED).values_list("pk", flat=True))
        if not failed:
            return 0
        JobItem.commands.through.objects.filter(jobitem__in=failed).delete()
        JobItem.objects.filter(pk__in=failed).update(
            state=JobItem.State.QUEUED, sent_at=None, ended_at=None, reason_sentences=()
        )
        Job.objects.filter(pk=job.pk).update(
            state=Job.State.RUNNING, ended_at=None, gives_up_at=now + LASTS[Job.Kind(job.kind)]
        )
        _write("job.retried", job, by=by, now=now, after={"chargers": len(failed)})
    return len(failed)


def _find_own_job(job_id: uuid.UUID, by: User | ApiKey) -> Job | None:
    return Job.objects.filter(pk=job_id, origin=audit.actor(by)).first()


def _filter_allowed_chargers(chargers: Sequence[int], by: User | ApiKey, kind: str) -> list[int]:
    """Returns the visible chargers, in order.

    Raises JobError if they are none or too many, and NotAllowedError if the viewer lacks the right at all of them.
    """
    if not is_open_to(by, kind):
        raise access.NotAllowedError
    visible = set(access.chargers(by).filter(pk__in=chargers, retired_at=None).values_list("pk", flat=True))
    allowed = [pk for pk in dict.fromkeys(chargers) if pk in visible]
    if not allowed:
        raise JobError("Choose at least one charger.")
    if len(allowed) > LIMIT:
        raise JobError(f"At most {LIMIT} chargers at once.")
    if not chargers_with_right(by, right_for(kind)).filter(pk__in=allowed).exists():
        raise access.NotAllowedError
    return allowed


def _require_steer(job: Job, by: User | ApiKey) -> None:
    if not may_steer(job, by):
        raise access.NotAllowedError


def _write(verb: str, job: Job, *, by: User | ApiKey, now: datetime, after: object = None) -> None:
    first = job.items.select_related("charger__property__host").first()
    host = first.charger.property.host if first else None
    subject = audit.Subject("job", job.pk, plans.read(job.kind, job.plan).words, host)
    audit.write(verb, subject, user=by, now=now, after=after)
