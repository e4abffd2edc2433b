"""Present problems of the hosts that have alert rules, according to stored facts."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from django.db.models import Q
from django.urls import reverse

from authorization.insight import refusals
from authorization.models import Decision, ProviderSync
from billing.models import AlertKind, Complaint, Payout, Session, WebhookEndpoint
from billing.payouts.cycle import wording
from chargers.availability import outages
from chargers.fleet import condition
from chargers.lib import ids
from chargers.models import Charger, Command, OwnAct

START_FAILURES: Final = 3
"""This many refused attempts in a row cause an alert."""
_STARTS_WITHIN: Final = timedelta(hours=2)
_STARTS: Final = ("RemoteStartTransaction", "RequestStartTransaction")
_NOT_STARTED: Final = (
    Command.State.REJECTED, Command.State.NOT_SUPPORTED, Command.State.ERROR, Command.State.TIMED_OUT,
)  # fmt: skip
"""Not for an offline charger, which has its own alert."""
_FAILING_FOR: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A present problem. `key` identifies it for as long as it lasts."""

    host: int
    kind: AlertKind
    key: str
    title: str
    detail: str = ""
    page: str
    began_at: datetime
    charger: Charger | None = None
    property_id: int | None = None
    location: str = ""


def of_hosts(hosts: Collection[int], *, now: datetime) -> Iterator[Problem]:
    """Yields the problems of these hosts (primary keys). Eleven queries."""
    chargers = Charger.objects.filter(property__host__in=hosts, retired_at=None).select_related("property", "licence")
    lost = chargers.filter(connection_id=None, disconnected_at__isnull=False)
    for charger in lost:
        assert charger.disconnected_at is not None
        yield _build_problem(charger, AlertKind.OFFLINE, page="chargers:connection", began_at=charger.disconnected_at)
    yield from _faults(list(chargers.filter(condition.build_fault_filter()).distinct()), now=now)
    yield from _start_failures(hosts, now=now)
    for charger in chargers.filter(condition.licence_ends(now)):
        ends_on = charger.licence.expires_on
        assert ends_on is not None
        warning_start = datetime.combine(ends_on - condition.LICENCE_NEEDS_CARE, time(0), tzinfo=UTC)
        yield _build_problem(
            charger,
            AlertKind.LICENCE,
            page="chargers:setup",
            began_at=warning_start,
            detail=f"on {ends_on:%-d %B %Y}",
            part=f":{ends_on.isoformat()}",  # another last day is another problem, which is reminded of anew
        )
    yield from _money(hosts)
    yield from _syncs(hosts, now=now)


def _build_problem(
    charger: Charger, kind: AlertKind, *, page: str, began_at: datetime, detail: str = "", part: str = ""
) -> Problem:
    return Problem(
        host=charger.property.host_id,
        kind=kind,
        key=f"{kind}:{charger.lasting_id()}{part}",
        title=charger.station_id,
        detail=detail,
        page=reverse(page, args=[charger.charger_id]),
        began_at=began_at,
        charger=charger,
        property_id=charger.property_id,
        location=charger.property.name,
    )


def _faults(chargers: list[Charger], *, now: datetime) -> Iterator[Problem]:
    by_charger = outages.open_faults([charger.pk for charger in chargers])
    for charger in chargers:
        faults = by_charger.get(charger.pk, [])
        since = min((fault.since for fault in faults), default=charger.status_at or now)
        detail = next((fault.detail for fault in faults if fault.detail not in {"", "NoError"}), "")
        yield _build_problem(charger, AlertKind.FAULTED, page="chargers:uptime", began_at=since, detail=detail)


def _start_failures(hosts: Collection[int], *, now: datetime) -> Iterator[Problem]:
    """Yields chargers whose newest attempts to start all failed: refused by us, or not started by the charger."""
    streaks: dict[int, list[datetime]] = defaultdict(list)
    ended: set[int] = set()
    for at, charger, has_failed in sorted(_attempts(hosts, since=now - _STARTS_WITHIN), reverse=True):
        if not has_failed:
            ended.add(charger)
        elif charger not in ended:
            streaks[charger].append(at)
    failing = {pk: times for pk, times in streaks.items() if len(times) >= START_FAILURES}
    for failing_charger in Charger.objects.filter(pk__in=failing, retired_at=None).select_related("property"):
        times = failing[failing_charger.pk]
        detail = f"{len(times)} in a row"
        yield _build_problem(
            failing_charger, AlertKind.START_FAILURES, page="chargers:overview", began_at=times[-1], detail=detail
        )


def _attempts(hosts: Collection[int], *, since: datetime) -> Iterator[tuple[datetime, int, bool]]:
    """Yields each attempt's time, charger, and whether it failed. Three queries."""
    recent = Decision.objects.filter(host__in=hosts, id__gte=ids.floor(since))
    for charger, verdict, at in refusals.attempts(recent).values_list("charger_id", "verdict", "at").iterator():
        yield at, charger, verdict == Decision.Verdict.REFUSED
    ordered = Command.objects.filter(
        charger__property__host__in=hosts, action__in=_STARTS, state__in=_NOT_STARTED, created_at__gte=since
    )
    for charger, at in ordered.values_list("charger_id", "created_at"):
        yield at, charger, True
    unstarted = OwnAct.objects.filter(charger__property__host__in=hosts, kind=OwnAct.Kind.NOT_STARTED, at__gte=since)
    for charger, at in unstarted.values_list("charger_id", "at"):
        yield at, charger, True


def _money(hosts: Collection[int]) -> Iterator[Problem]:
    for session in Session.objects.filter(host__in=hosts, state=Session.State.HELD).select_related("charger__property"):
        yield Problem(
            host=session.host_id,
            kind=AlertKind.HELD,
            key=f"held:{session.pk}",
            title=session.charger.station_id,
            detail=session.state_reason[:300],
            page=reverse("billing:session", args=[session.pk]),
            began_at=session.stopped_at or session.opened_at,
            charger=session.charger,
            property_id=session.property_id,
            location=session.charger.property.name,
        )
    complaints = Complaint.objects.filter(host__in=hosts, state=Complaint.State.OPEN)
    for complaint in complaints.select_related("receipt__session__charger__property"):
        session = complaint.receipt.session
        yield Problem(
            host=complaint.host_id,
            kind=AlertKind.COMPLAINT,
            key=f"complaint:{complaint.pk}",
            title=session.charger.station_id,
            detail=f"receipt {complaint.receipt}",
            page=f"{reverse('billing:session', args=[session.pk])}#complaints",
            began_at=complaint.asked_at,
            charger=session.charger,
            property_id=session.property_id,
            location=session.charger.property.name,
        )
    failed = Payout.objects.filter(
        host__in=hosts, state__in=(Payout.State.FAILED, Payout.State.RETURNED), reissue__isnull=True
    )
    for payout in failed.select_related("host", "property"):
        yield Problem(
            host=payout.host_id,
            kind=AlertKind.PAYOUT,
            key=f"payout:{payout.pk}",
            title=f"Payout {payout.number}",
            detail=(wording.failure(payout) or {}).get("sentence", "")[:300],
            page=reverse("billing:payout", args=[payout.pk]),
            began_at=payout.submitted_at or payout.calculated_at or payout.ends_at,
            property_id=payout.property_id,
            location=payout.property.name if payout.property else payout.host.name,
        )


def _syncs(hosts: Collection[int], *, now: datetime) -> Iterator[Problem]:
    """Yields failing webhooks, and mobility providers that did not return their list of cards."""
    failing = WebhookEndpoint.objects.filter(Q(failing_since__lte=now - _FAILING_FOR), host__in=hosts)
    for endpoint in failing.select_related("host"):
        assert endpoint.failing_since is not None
        yield Problem(
            host=endpoint.host_id,
            kind=AlertKind.SYNC,
            key=f"sync:webhook:{endpoint.pk}",
            title="Webhook",
            detail=f"{endpoint.url} does not take events"[:300],
            page=reverse("billing:connection", args=[endpoint.pk]),
            began_at=endpoint.failing_since,
            location=endpoint.host.name,
        )
    broken = list(ProviderSync.objects.filter(done_at__isnull=False).exclude(failure="").select_related("msp"))
    for host in sorted(hosts) if broken else ():
        for sync in broken:
            yield Problem(
                host=host,
                kind=AlertKind.SYNC,
                key=f"sync:provider:{sync.msp_id}",
                title=sync.msp.name[:120],
                detail=sync.failure,
                page=reverse("authorization:providers"),
                began_at=sync.done_at or sync.asked_at,
            )
