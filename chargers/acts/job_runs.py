"""Runs jobs: each charger's turn is one transaction, with the rights that the user has at that moment.

Nothing is held in memory between two rounds, and every step is a conditional update: a round that is killed, or that
runs twice at once, sends nothing twice.
"""

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, assert_never

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access
from billing.models import Rate
from billing.pricing.rates.acts import assignments
from billing.pricing.rates.catalogue import AssignmentScope, RateError
from chargers.acts import fleet, jobs
from chargers.commands import forms, sending
from chargers.commands.builder import BuiltCommand, OrderError
from chargers.fleet import history
from chargers.jobs import plans, waves
from chargers.jobs.plans import (
    CommandPlan,
    FirmwarePlan,
    LicencePlan,
    Plan,
    RatePlan,
    SettingPlan,
    TemplatePlan,
)
from chargers.jobs.waves import WaveCounts
from chargers.lib import batch
from chargers.models import Charger, ChargerEvent, Command, Connector, Job, JobItem, SettingTemplate, Transaction
from chargers.sentences import stored
from chargers.sentences.jobs import JobCode
from chargers.sentences.stored import Sentences
from chargers.settings import settings

logger = logging.getLogger(__name__)
State = JobItem.State
_AT_ONCE: Final = 50
"""Chargers that one round sends to, because the gateways have other work too."""
_FIRMWARE_TAKES: Final = timedelta(hours=2)
_UNANSWERED: Final = (Command.State.QUEUED, Command.State.SENT)
_INSTALLED: Final = "Installed"
_FIRMWARE_FAILED: Final = frozenset(
    ("DownloadFailed", "InstallationFailed", "InvalidSignature", "InstallVerificationFailed", "InvalidCertificate",
     "RevokedCertificate", "PublishFailed")
)  # fmt: skip
_PLUGGED_IN: Final = ("Preparing", "Finishing", "SuspendedEV", "SuspendedEVSE", "Occupied")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a charger's turn: it ended, or these commands were sent."""

    state: JobItem.State
    reason: Sentences = ()
    commands: Sequence[Command] = ()


def run_due(*, now: datetime) -> int:
    """Advances every job that is running or waiting for answers. Returns their number."""
    waiting = JobItem.objects.filter(state=State.SENT).values("job")
    due = Job.objects.filter(Q(state=Job.State.RUNNING) | Q(pk__in=waiting))
    return batch.run_for_rows(due, lambda pk: advance(pk, now=now))


def advance(job_id: uuid.UUID, *, now: datetime) -> None:
    """Runs one round of a job."""
    job = Job.objects.get(pk=job_id)
    plan = plans.read(job.kind, job.plan)
    _end_answered_items(job, plan, now=now)
    if job.state != Job.State.RUNNING:
        return
    if now >= job.gives_up_at:
        _end(job.items.filter(state=State.QUEUED), State.SKIPPED, stored.build_sentence(JobCode.GAVE_UP), now=now)
    standing = waves.decide_next_step(_counts(job), stops_at_pct=job.stops_at_pct, accepted=job.waves_allowed)
    running = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING)
    if standing.stopped_at is not None:
        running.update(state=Job.State.PAUSED)
    elif standing.wave is None:
        running.update(state=Job.State.FINISHED, ended_at=now)
    else:
        for pk in _ready(job, standing.wave):
            _run_item(pk, job, plan, now=now)


def _counts(job: Job) -> list[WaveCounts]:
    states = {name: Count("pk", filter=Q(state=name)) for name in ("queued", "sent", "done", "failed")}
    return [WaveCounts(**row) for row in job.items.values("wave").annotate(**states)]


def _ready(job: Job, wave: int) -> list[int]:
    """Returns the items that are ready; stores on the wave's other items what they wait for."""
    waiting = job.items.filter(state=State.QUEUED, wave=wave)
    if job.kind in jobs.OFFLINE_TOO:
        return list(waiting.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])
    offline = Q(charger__connection_id=None, charger__retired_at=None)
    busy = Q(Exists(Transaction.objects.filter(charger=OuterRef("charger"), stopped_at=None)))
    is_blocked = offline
    _set_reason(waiting.filter(offline), JobCode.OFFLINE)
    if job.waits_for_idle:
        _set_reason(waiting.filter(~offline & busy), JobCode.WAITS_FOR_IDLE)
        is_blocked |= busy
    return list(waiting.exclude(is_blocked).order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])


def _set_reason(items: QuerySet[JobItem], code: JobCode) -> None:
    items.exclude(reason_sentences=stored.build_sentence(code)).update(reason_sentences=stored.build_sentence(code))


def _run_item(item_pk: int, job: Job, plan: Plan, *, now: datetime) -> None:
    """Tries one charger. An unexpected error fails only this one."""
    try:
        with transaction.atomic():
            running = Job.objects.select_for_update().filter(pk=job.pk, state=Job.State.RUNNING).first()
            items = JobItem.objects.select_for_update(of=("self",)).select_related("charger__property__host")
            item = items.filter(pk=item_pk, state=State.QUEUED).first() if running else None
            if item is not None:
                _keep(item, _try_charger(item, job, plan, now=now), now=now)
    except Exception:
        logger.exception("JobItem %s could not be tried", item_pk)
        _end(
            JobItem.objects.filter(pk=item_pk, state=State.QUEUED),
            State.FAILED,
            stored.build_sentence(JobCode.BROKE),
            now=now,
        )


def _keep(item: JobItem, outcome: Outcome, *, now: datetime) -> None:
    ended_at = None if outcome.state == State.SENT else now
    JobItem.objects.filter(pk=item.pk).update(
        state=outcome.state,
        reason_sentences=outcome.reason,
        sent_at=now if outcome.state == State.SENT else None,
        ended_at=ended_at,
        firmware_before=item.charger.firmware_version,
    )
    item.commands.add(*outcome.commands)


def _try_charger(item: JobItem, job: Job, plan: Plan, *, now: datetime) -> Outcome:
    """Tries one charger with the current rights of the user who started the job."""
    charger, origin_name = item.charger, audit.name(job.origin)
    by = _actor(job)
    if by is None:
        return Outcome(State.SKIPPED, stored.build_sentence(JobCode.NO_ACCOUNT, who=origin_name))
    if charger.retired_at is not None:
        return Outcome(State.SKIPPED, stored.build_sentence(JobCode.RETIRED))
    if not (jobs.is_open_to(by, job.kind) and access.may_at(by, jobs.right_for(job.kind), charger)):
        return Outcome(State.SKIPPED, stored.build_sentence(JobCode.NOT_ALLOWED, who=origin_name))
    try:
        match plan:
            case RatePlan():
                return _assign_rate(charger, plan, by=by, now=now)
            case LicencePlan():
                until = date.fromisoformat(plan.expires_on) if plan.expires_on else None
                fleet.license_(charger, state=plan.state, expires_on=until, by=by, now=now)
                return Outcome(State.DONE)
            case CommandPlan():
                orders = _build_command_orders(charger, plan, now=now)
            case SettingPlan():
                orders = _set(charger, plan)
            case TemplatePlan():
                orders = _build_template_orders(charger, plan)
            case FirmwarePlan():
                orders = _build_firmware_orders(charger, plan, now=now)
            case _:
                assert_never(plan)
    except OrderError as exc:
        return Outcome(State.SKIPPED, stored.build_sentence(JobCode.NOT_VALID, why=str(exc)))
    if isinstance(orders, Outcome):
        return orders
    sent = [sending.send(charger, order, by=by, now=now) for order in orders]
    return Outcome(State.SENT, (), sent)


def _actor(job: Job) -> User | ApiKey | None:
    """Returns who started the job; None if the account is closed or the key is revoked."""
    if job.user_number is not None:
        return User.objects.filter(pk=job.user_number, is_active=True).first()
    prefix = job.origin.removeprefix("api:")
    key: ApiKey | None = ApiKey.objects.get_usable_keys().filter(prefix=prefix).first()
    return None if key is None or key.has_expired else key


def _build_command_orders(charger: Charger, plan: CommandPlan, *, now: datetime) -> list[BuiltCommand] | Outcome:
    """Builds the orders of a command. Raises OrderError."""
    version = sending.version_of(charger)
    offer = forms.find(plan.command, version=version)
    if offer is None:
        return Outcome(State.SKIPPED, stored.build_sentence(JobCode.NOT_OFFERED, version=version.value))
    if plan.command != "unlock":
        return sending.build_orders(charger, offer, {"evse": None, **plan.values}, now=now)
    outlets = _stuck_outlets(charger)
    if not outlets:
        return Outcome(State.SKIPPED, stored.build_sentence(JobCode.NOTHING_PLUGGED_IN))
    return [order for evse in outlets for order in sending.build_orders(charger, offer, {"evse": evse}, now=now)]


def _stuck_outlets(charger: Charger) -> list[int]:
    """Returns outlets with a cable plugged in where nobody charges."""
    charging = Transaction.objects.filter(charger=charger, stopped_at=None).values("evse_number")
    plugged = Connector.objects.filter(evse__charger=charger, status__in=_PLUGGED_IN)
    free = plugged.exclude(evse__number__in=charging)
    return sorted(set(free.values_list("evse__number", flat=True)))


def _set(charger: Charger, plan: SettingPlan) -> list[BuiltCommand] | Outcome:
    """Builds the order that changes a setting. Raises OrderError."""
    name = plan.key.rpartition(".")[2].partition("@")[0]
    by_key = {history.key_of(row): row for row in charger.variables.filter(name__startswith=name[:20])}
    row = by_key.get(plan.key)
    if row is not None and settings.is_shown(row) and settings.is_same_value(row.value, plan.value):
        return Outcome(State.DONE, stored.build_sentence(JobCode.ALREADY_SO))
    return settings.change_by_key(charger, {plan.key: plan.value})


def _build_template_orders(charger: Charger, plan: TemplatePlan) -> list[BuiltCommand] | Outcome:
    """Builds the orders that apply a template. Raises OrderError."""
    template = SettingTemplate.objects.filter(pk=plan.template, enabled=True).first()
    if template is None:
        return Outcome(State.SKIPPED, stored.build_sentence(JobCode.TEMPLATE_GONE))
    template_match = next(
        (
            comparison
            for comparison in settings.compare_templates(charger, settings.of_charger(charger))
            if comparison.template == template
        ),
        None,
    )
    if template_match is None:
        return Outcome(State.SKIPPED, stored.build_sentence(JobCode.TEMPLATE_DOES_NOT_FIT))
    values = {difference.key: difference.expected for difference in template_match.differences if difference.can_change}
    return (
        settings.change_by_key(charger, values)
        if values
        else Outcome(State.DONE, stored.build_sentence(JobCode.ALREADY_SO))
    )


def _build_firmware_orders(charger: Charger, plan: FirmwarePlan, *, now: datetime) -> list[BuiltCommand] | Outcome:
    """Builds the order of a firmware update. Raises OrderError."""
    if plan.version and charger.firmware_version == plan.version:
        return Outcome(State.DONE, stored.build_sentence(JobCode.ALREADY_SO))
    version = sending.version_of(charger)
    offer = forms.find("firmware", version=version)
    if offer is None:
        return Outcome(State.SKIPPED, stored.build_sentence(JobCode.NOT_OFFERED, version=version.value))
    values: dict[str, Any] = {
        "location": plan.location,
        "at": now,
        "retries": None,
        "certificate": plan.certificate,
        "signature": plan.signature,
    }
    return sending.build_orders(charger, offer, values, now=now)


def _assign_rate(charger: Charger, plan: RatePlan, *, by: User | ApiKey, now: datetime) -> Outcome:
    rate = Rate.objects.select_related("host").filter(host__slug=plan.host, slug=plan.rate).first()
    if rate is None:
        return Outcome(State.SKIPPED, stored.build_sentence(JobCode.RATE_GONE))
    if rate.host_id != charger.property.host_id:
        return Outcome(State.SKIPPED, stored.build_sentence(JobCode.OTHER_HOST))
    scope = AssignmentScope(property=charger.property, charger=charger, audience=plan.audience)
    try:
        assignments.assign(rate, scope, by=by, now=now)
    except RateError as exc:
        return Outcome(State.FAILED, stored.build_sentence(JobCode.NOT_VALID, why=str(exc)))
    return Outcome(State.DONE)


def _end_answered_items(job: Job, plan: Plan, *, now: datetime) -> None:
    """Ends the items whose charger has answered and, for firmware, installed it."""
    sent = job.items.filter(state=State.SENT).select_related("charger").prefetch_related("commands")
    for item in sent:
        outcome = _find_command_outcome(list(item.commands.all()))
        if outcome is not None and outcome.state == State.DONE and isinstance(plan, FirmwarePlan):
            outcome = _find_install_outcome(item, plan, now=now)
        if outcome is not None:
            _end(JobItem.objects.filter(pk=item.pk, state=State.SENT), outcome.state, outcome.reason, now=now)


def _find_command_outcome(commands: Sequence[Command]) -> Outcome | None:
    """Returns the outcome of the commands; None while an answer is awaited.

    Any answer but acceptance fails the charger.
    """
    if any(command.state in _UNANSWERED for command in commands):
        return None
    failed = [command for command in commands if command.state != Command.State.ACCEPTED]
    if failed or not commands:
        answers = [(command.action, command.outcome or command.get_state_display()) for command in failed]
        action, outcome = answers[0] if answers else ("", "")
        return Outcome(State.FAILED, stored.build_sentence(JobCode.ANSWERED, action=action, outcome=outcome))
    return Outcome(State.DONE)


def _find_install_outcome(item: JobItem, plan: FirmwarePlan, *, now: datetime) -> Outcome | None:
    """Returns the outcome of an installation, from the steps and the firmware version reported since."""
    version = item.charger.firmware_version
    if version == plan.version or (not plan.version and version != item.firmware_before):
        return Outcome(State.DONE, stored.build_sentence(JobCode.FIRMWARE_NOW, version=version))
    since = item.sent_at or now
    steps = ChargerEvent.objects.filter(
        charger=item.charger_id, topic=ChargerEvent.Topic.FIRMWARE, received_at__gt=since
    )
    for step in steps.order_by("-id").values_list("state", flat=True):
        if step in _FIRMWARE_FAILED:
            return Outcome(State.FAILED, stored.build_sentence(JobCode.FIRMWARE_STEP, step=step))
        if step == _INSTALLED:
            return Outcome(State.DONE, stored.build_sentence(JobCode.FIRMWARE_STEP, step=step))
    is_late = now - since >= _FIRMWARE_TAKES
    return Outcome(State.FAILED, stored.build_sentence(JobCode.FIRMWARE_NOT_SEEN)) if is_late else None


def _end(items: QuerySet[JobItem], state: JobItem.State, reason: Sentences, *, now: datetime) -> None:
    items.update(state=state, reason_sentences=reason, ended_at=now)
