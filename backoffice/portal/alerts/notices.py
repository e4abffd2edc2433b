"""Notices of incidents: for which rule, when, and as which mail or webhook event."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from authorization.people import access as people
from authorization.people.roles import Right
from backoffice.portal.alerts import quiet_hours
from backoffice.portal.alerts.quiet_hours import QuietHours
from billing.models import AlertKind, AlertNotice, AlertRule, Incident
from billing.payments.webhooks import deliveries
from billing.sessions.documents import outbox
from chargers.lib import batch

Phase = AlertNotice.Phase
OPENED_EVENT: Final = "alert.opened"
CLEARED_EVENT: Final = "alert.cleared"
_OF_MONEY: Final = frozenset((AlertKind.COMPLAINT, AlertKind.HELD, AlertKind.PAYOUT))
_LASTING: Final = frozenset((AlertKind.OFFLINE, AlertKind.FAULTED))
_REMINDED_BEFORE: Final = {Phase.WEEK_LEFT: timedelta(days=7), Phase.DAY_LEFT: timedelta(days=1)}
"""How long before a licence ends reminders are sent."""
_CLEARED_WITHIN: Final = timedelta(days=1)
_WORDS: Final = {
    AlertKind.OFFLINE: ("offline since", "back online"),
    AlertKind.FAULTED: ("faulted since", "fault cleared"),
    AlertKind.START_FAILURES: ("starts failing since", "starts work again"),
    AlertKind.COMPLAINT: ("complaint of a guest,", "complaint answered"),
    AlertKind.HELD: ("session held for review,", "held session decided"),
    AlertKind.LICENCE: ("licence ends", "licence prolonged"),
    AlertKind.PAYOUT: ("failed,", "paid again"),
    AlertKind.SYNC: ("connection broken since", "connection works again"),
}


def make(*, now: datetime) -> int:
    """Writes the notices that rules require for open and newly cleared incidents, each once.

    Returns how many are new.
    """
    rules = AlertRule.objects.filter(ended_at=None, user__is_active=True).select_related("user", "host")
    notice_count = 0
    for rule in rules.prefetch_related("properties"):
        notice_count += _make(rule, now=now)
    return notice_count


def deliver(*, now: datetime) -> int:
    """Hands due notices to the outbox or the webhook queue, a rule's notices in one mail. Sends nothing itself."""
    due = AlertNotice.objects.filter(queued_at=None, due_at__lte=now).select_related("incident", "rule__user")
    grouped: dict[int, list[AlertNotice]] = defaultdict(list)
    for notice in due.select_related("incident", "rule__user", "rule__host", "rule__endpoint").order_by("id"):
        grouped[notice.rule_id].append(notice)
    return batch.each_of(
        list(grouped),
        lambda pk: _deliver(grouped[pk], now=now),
        noun="AlertRule",
        failure="has notices that could not be queued",
    )


def headline(notice: AlertNotice) -> str:
    """Returns the mail's subject for a notice, beginning with the subject's name."""
    incident, zone = notice.incident, ZoneInfo(notice.rule.time_zone)
    began, cleared = _WORDS[AlertKind(incident.kind)]
    location = f" – {incident.place}" if incident.place else ""
    if notice.phase != Phase.CLEARED and _has_ended(notice, zone):
        return f"{incident.title} licence ended {incident.detail}{location}"
    if notice.phase in _REMINDED_BEFORE:
        days = _REMINDED_BEFORE[Phase(notice.phase)].days
        deadline = "by tomorrow" if days == 1 else f"within {days} days"
        return f"{incident.title} {began} {deadline}, {incident.detail}{location}"
    if notice.phase == Phase.OPENED:
        at = _clock(incident.began_at, zone, now=notice.made_at)
        words = f"{began} {incident.detail}" if incident.kind == AlertKind.LICENCE else f"{began} {at}"
        return f"{incident.title} {words}{location}"
    ended = incident.cleared_at or notice.made_at
    minutes = max(int((ended - incident.began_at).total_seconds() // 60), 1)
    duration = f"{minutes} min" if minutes < 120 else f"{round(minutes / 60)} h"
    often = f", {incident.times} times" if incident.times > 1 and incident.kind in _LASTING else ""
    return f"{incident.title} {cleared} at {_clock(ended, zone, now=notice.made_at)} after {duration}{often}{location}"


def _make(rule: AlertRule, *, now: datetime) -> int:
    kinds = [kind for kind in rule.kinds if _may_hear(rule, AlertKind(kind))]
    incidents = Incident.objects.filter(host=rule.host, kind__in=kinds)
    places = [property_.pk for property_ in rule.properties.all()]
    if places:
        incidents = incidents.filter(property__in=places)
    open_ = incidents.filter(cleared_at=None).exclude(pk__in=_incidents_with_notice(rule, Phase.OPENED))
    notices = [
        _notice(rule, incident, Phase.OPENED, now=now) for incident in open_ if _is_ripe(rule, incident, now=now)
    ]
    notices += _reminders(rule, incidents, now=now)
    recently_cleared = incidents.filter(
        cleared_at__gte=now - _CLEARED_WITHIN, pk__in=_incidents_with_notice(rule, Phase.OPENED)
    )
    cleared = recently_cleared.exclude(pk__in=_incidents_with_notice(rule, Phase.CLEARED))
    notices += [_notice(rule, incident, Phase.CLEARED, now=now) for incident in cleared]
    return len(AlertNotice.objects.bulk_create(notices, ignore_conflicts=True))


def _reminders(rule: AlertRule, incidents: QuerySet[Incident], *, now: datetime) -> list[AlertNotice]:
    """Returns reminders of licences that end in seven days or one: each once for a last day, unless the first notice
    came later.
    """
    first_notices = rule.notices.filter(
        phase=Phase.OPENED, incident__in=incidents.filter(kind=AlertKind.LICENCE, gone_at=None)
    )
    sent = set(rule.notices.filter(phase__in=_REMINDED_BEFORE).values_list("incident", "phase"))
    return [
        _notice(rule, first.incident, phase, now=now)
        for first in first_notices.select_related("incident__charger__licence", "incident__charger__property")
        if (phase := _phase_due(first, now=now)) is not None and (first.incident_id, phase) not in sent
    ]


def _phase_due(first: AlertNotice, *, now: datetime) -> Phase | None:
    """Returns the nearest reminder that is due in the property's time zone and is later than the first notice.

    One that was missed, because no worker ran, is made up for until the grace days are over.
    """
    charger = first.incident.charger
    licence = getattr(charger, "licence", None)
    if charger is None or licence is None or licence.expires_on is None:
        return None
    zone = ZoneInfo(charger.property.time_zone)
    noticed_on, today = first.made_at.astimezone(zone).date(), now.astimezone(zone).date()
    if today > licence.expires_on + timedelta(days=licence.grace_days):
        return None
    due = [phase for phase, before in _REMINDED_BEFORE.items() if noticed_on < licence.expires_on - before <= today]
    return due[-1] if due else None


def _has_ended(notice: AlertNotice, zone: ZoneInfo) -> bool:
    """Whether the notice is of a licence that had ended when the notice was made. No query."""
    if notice.incident.kind != AlertKind.LICENCE:
        return False
    try:
        last_day = date.fromisoformat(notice.incident.key.rpartition(":")[2])
    except ValueError:  # an incident of before keys had the last day
        return False
    return notice.made_at.astimezone(zone).date() > last_day


def _incidents_with_notice(rule: AlertRule, phase: AlertNotice.Phase) -> Any:
    """Returns the incidents for which the rule has a notice of this phase."""
    return rule.notices.filter(phase=phase).values("incident")


def _may_hear(rule: AlertRule, kind: AlertKind) -> bool:
    """Whether the user still belongs to the host, and may see its money for notices about money. One query."""
    return people.has_right(rule.user, Right.SEE_MONEY if kind in _OF_MONEY else Right.SEE, rule.host)


def _is_ripe(rule: AlertRule, incident: Incident, *, now: datetime) -> bool:
    """Whether the incident is present, lasts as long as the rule requires, and did not begin before the rule."""
    if incident.gone_at is not None:
        return False
    if incident.kind not in _LASTING:
        return incident.began_at >= rule.made_at or incident.kind == AlertKind.LICENCE
    since = max(incident.began_at, rule.made_at)
    return now - since >= timedelta(minutes=rule.minutes)


def _notice(rule: AlertRule, incident: Incident, phase: Phase, *, now: datetime) -> AlertNotice:
    quiet = None
    if rule.quiet_from is not None and rule.quiet_to is not None:
        quiet = QuietHours(begins=rule.quiet_from, ends=rule.quiet_to, zone=rule.time_zone)
    due_at = quiet_hours.due_at(now, quiet)
    return AlertNotice(rule=rule, incident=incident, phase=phase, made_at=now, due_at=due_at)


def _deliver(notices: list[AlertNotice], *, now: datetime) -> bool:
    """Delivers the notices. Returns False if another worker was first."""
    rule = notices[0].rule
    with transaction.atomic():
        unqueued_notices = AlertNotice.objects.select_for_update().filter(
            pk__in=[notice.pk for notice in notices], queued_at=None
        )
        keys = list(unqueued_notices.values_list("pk", flat=True))
        claimed_notices = [alert_notice for alert_notice in notices if alert_notice.pk in keys]
        if not claimed_notices:
            return False
        mail = None
        if rule.channel == AlertRule.Channel.WEBHOOK:
            _publish(rule, claimed_notices, now=now)
        else:
            mail = outbox.queue_alert(
                rule,
                key=f"alert:{claimed_notices[0].pk}",
                subject=_subject(rule, claimed_notices),
                text=_text(rule, claimed_notices),
                now=now,
            )
        AlertNotice.objects.filter(pk__in=keys).update(queued_at=now, mail=mail)
    return True


def _publish(rule: AlertRule, notices: Iterable[AlertNotice], *, now: datetime) -> None:
    assert rule.endpoint is not None
    for notice in notices:
        kind = CLEARED_EVENT if notice.phase == Phase.CLEARED else OPENED_EVENT
        deliveries.queue_alert(rule.endpoint, kind=kind, key=f"alert:{notice.pk}", data=_facts(notice), now=now)


def _facts(notice: AlertNotice) -> dict[str, Any]:
    incident = notice.incident
    return {
        "alert": incident.pk,
        "kind": incident.kind,
        "title": incident.title,
        "sentence": headline(notice),
        "detail": incident.detail,
        "charger": incident.charger.charger_id if incident.charger else None,
        "property": incident.property.slug if incident.property else None,
        "began_at": incident.began_at.isoformat(),
        "cleared_at": incident.cleared_at.isoformat() if incident.cleared_at else None,
        "times": incident.times,
        "url": f"{settings.PUBLIC_BASE_URL}{incident.page}",
    }


def _subject(rule: AlertRule, notices: list[AlertNotice]) -> str:
    if len(notices) == 1:
        return headline(notices[0])
    return f"{len(notices)} alerts – {rule.host.name}: {headline(notices[0])}"


def _text(rule: AlertRule, notices: list[AlertNotice]) -> str:
    return "\n\n".join(_paragraphs(rule, notices))


def _paragraphs(rule: AlertRule, notices: list[AlertNotice]) -> Iterator[str]:
    for notice in notices:
        lines = [f"{headline(notice)}."]
        if notice.incident.detail:
            lines.append(notice.incident.detail)
        if notice.incident.times > 1:
            lines.append(f"It came and went {notice.incident.times} times.")
        yield "\n".join([*lines, f"{settings.PUBLIC_BASE_URL}{notice.incident.page}"])
    yield f"Times in {rule.time_zone}. Change what you hear of, and when:"


def _clock(at: datetime, zone: ZoneInfo, *, now: datetime) -> str:
    """Returns the time, with the day if it is another one."""
    local = at.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == now.astimezone(zone).date() else f"{local:%-d %b, %H:%M}"
