"""Acts on alert rules and scheduled reports: users set up their own, and a host's key those of its members."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet

from authorization import audit
from authorization.models import ApiKey, User
from authorization.people import access as people
from authorization.people.roles import Right
from billing import access
from billing.models import AlertKind, AlertRule, MutedMail, ReportSchedule, WebhookEndpoint
from chargers.models import Host, Property

_EMPTY_QUIET: Final = "Quiet hours end when they begin: give two different times, or leave both empty."


class RuleError(Exception):
    """The act is not possible; the message is a sentence about `field`."""

    def __init__(self, sentence: str, *, field: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRule:
    """A rule as entered. Without properties it covers all; without an endpoint it sends mails."""

    kinds: list[AlertKind]
    time_zone: str
    properties: list[Property]
    endpoint: WebhookEndpoint | None = None
    minutes: int = 10
    quiet: tuple[time, time] | None = None


def add_rule(host: Host, entered: WantedRule, *, to: User, by: User | ApiKey, now: datetime) -> AlertRule:
    """Adds a rule: for the user themselves, or by a host's key for a member. Raises NotAllowedError and RuleError."""
    _require(host, to=to, by=by)
    _check(host, entered, to=to)
    channel = AlertRule.Channel.WEBHOOK if entered.endpoint else AlertRule.Channel.EMAIL
    with transaction.atomic():
        Host.objects.select_for_update(no_key=True).get(pk=host.pk)
        if any(_is_same(rule, entered) for rule in _live(host, to).prefetch_related("properties")):
            raise RuleError("You have this rule already: end it to change it.", field="kinds")
        new_rule = AlertRule.objects.create(
            host=host,
            user=to,
            kinds=[kind.value for kind in entered.kinds],
            channel=channel,
            endpoint=entered.endpoint,
            minutes=entered.minutes,
            quiet_from=entered.quiet[0] if entered.quiet else None,
            quiet_to=entered.quiet[1] if entered.quiet else None,
            time_zone=entered.time_zone,
            made_at=now,
        )
        new_rule.properties.set(entered.properties)
        after = {"kinds": new_rule.kinds, "channel": new_rule.channel, "for": to.email}
        _write("alert_rule.added", "alert_rule", new_rule, host, by=by, now=now, after=after)
    return new_rule


def set_quiet_hours(rule: AlertRule, *, quiet: tuple[time, time] | None, by: User, now: datetime) -> bool:
    """Sets the quiet hours from the next notice; None removes them. Returns False if nothing changed.

    Raises NotAllowedError and RuleError.
    """
    _require(rule.host, to=rule.user, by=by)
    if quiet and quiet[0] == quiet[1]:
        raise RuleError(_EMPTY_QUIET, field="quiet_to")
    begins, ends = quiet or (None, None)
    before = {"quiet_from": _hour(rule.quiet_from), "quiet_to": _hour(rule.quiet_to)}
    after = {"quiet_from": _hour(begins), "quiet_to": _hour(ends)}
    if before == after:
        return False
    with transaction.atomic():
        AlertRule.objects.filter(pk=rule.pk, ended_at=None).update(quiet_from=begins, quiet_to=ends)
        subject = audit.Subject("alert_rule", rule.pk, str(rule), rule.host)
        audit.write("alert_rule.quiet_hours", subject, user=by, now=now, before=before, after=after)
    return True


def set_mail_muted(host: Host, kind: MutedMail.Kind, *, muted: bool, by: User, now: datetime) -> bool:
    """Mutes or unmutes this kind of mail for the user. Returns False if nothing changed. Raises NotAllowedError."""
    people.require(by, Right.HANDLE_MONEY, host)
    with transaction.atomic():
        if muted:
            changed = MutedMail.objects.get_or_create(user=by, host=host, kind=kind, defaults={"since": now})[1]
        else:
            changed = bool(MutedMail.objects.filter(user=by, host=host, kind=kind).delete()[0])
        if changed:
            verb = "mail.muted" if muted else "mail.wanted"
            audit.write(verb, audit.Subject("host", host.pk, host.name, host), user=by, now=now, after={"kind": kind})
    return changed


def end_rule(rule: AlertRule, *, by: User | ApiKey, now: datetime) -> bool:
    """Ends the rule. Returns False if it had ended. Raises NotAllowedError."""
    _require(rule.host, to=rule.user, by=by)
    with transaction.atomic():
        ended = bool(AlertRule.objects.filter(pk=rule.pk, ended_at=None).update(ended_at=now))
        if ended:
            _write("alert_rule.ended", "alert_rule", rule, rule.host, by=by, now=now)
    return ended


def add_report(
    host: Host, cycle: ReportSchedule.Cycle, *, time_zone: str, by: User | ApiKey, now: datetime, to: User | None = None
) -> ReportSchedule | None:
    """Adds a report for the user, or by a host's key for a member (`to`). Returns None if the member has it already.

    Raises NotAllowedError.
    """
    to = to or (by if isinstance(by, User) else None)
    if to is None:
        raise people.NotAllowedError
    _require(host, to=to, by=by)
    people.require(to, Right.SEE_MONEY, host)
    with transaction.atomic():
        Host.objects.select_for_update(no_key=True).get(pk=host.pk)
        if ReportSchedule.objects.filter(host=host, user=to, cycle=cycle, ended_at=None).exists():
            return None
        schedule = ReportSchedule.objects.create(host=host, user=to, cycle=cycle, time_zone=time_zone, made_at=now)
        _write(
            "report.scheduled",
            "report_schedule",
            schedule,
            host,
            by=by,
            now=now,
            after={"cycle": cycle.value, "for": to.email},
        )
    return schedule


def end_report(schedule: ReportSchedule, *, by: User | ApiKey, now: datetime) -> bool:
    """Ends the report. Returns False if it had ended. Raises NotAllowedError."""
    _require(schedule.host, to=schedule.user, by=by)
    with transaction.atomic():
        ended = bool(ReportSchedule.objects.filter(pk=schedule.pk, ended_at=None).update(ended_at=now))
        if ended:
            _write("report.ended", "report_schedule", schedule, schedule.host, by=by, now=now)
    return ended


def _require(host: Host, *, to: User, by: User | ApiKey) -> None:
    """Requires the user themselves at a host that they see, or a key of the host for one of its members."""
    if isinstance(by, User) and by.pk != to.pk:
        raise people.NotAllowedError
    people.require(by, Right.SEE, host)
    people.require(to, Right.SEE, host)


def _hour(at: time | None) -> str:
    return at.isoformat("minutes") if at else ""


def _live(host: Host, user: User) -> QuerySet[AlertRule]:
    return AlertRule.objects.filter(host=host, user=user, ended_at=None)


def _is_same(rule: AlertRule, entered: WantedRule) -> bool:
    """Whether the existing rule would send the same."""
    quiet = (rule.quiet_from, rule.quiet_to) if rule.quiet_from is not None else None
    return (
        set(rule.kinds) == {kind.value for kind in entered.kinds}
        and rule.endpoint_id == (entered.endpoint.pk if entered.endpoint else None)
        and {property_.pk for property_ in rule.properties.all()} == {property_.pk for property_ in entered.properties}
        and (rule.minutes, quiet, rule.time_zone) == (entered.minutes, entered.quiet, entered.time_zone)
    )


def _check(host: Host, entered: WantedRule, *, to: User) -> None:
    if not entered.kinds:
        raise RuleError("Choose at least one kind.", field="kinds")
    if any(property_.host_id != host.pk for property_ in entered.properties):
        raise RuleError(f"Choose properties of {host}.", field="properties")
    if entered.endpoint and not access.webhook_endpoints(to).filter(pk=entered.endpoint.pk, host=host).exists():
        raise RuleError(f"Choose a webhook of {host}.", field="endpoint")
    if entered.quiet and entered.quiet[0] == entered.quiet[1]:
        raise RuleError(_EMPTY_QUIET, field="quiet_to")
    try:
        ZoneInfo(entered.time_zone)
    except (KeyError, ValueError, OSError) as exc:
        raise RuleError("There is no such time zone: write it as Europe/Amsterdam.", field="time_zone") from exc


def _write(
    verb: str,
    kind: str,
    row: AlertRule | ReportSchedule,
    host: Host,
    *,
    by: User | ApiKey,
    now: datetime,
    after: dict[str, Any] | None = None,
) -> None:
    audit.write(verb, audit.Subject(kind, row.pk, str(row), host), user=by, now=now, after=after)
