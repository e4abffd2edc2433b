"""What needs a person, cause by cause: each with what it is about, since when, what it costs, and its fix."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, Final, Literal
from urllib.parse import quote

from django.conf import settings
from django.db.models import Count, Exists, F, Max, Min, OuterRef, QuerySet, Subquery, Sum
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.text import Truncator

from authorization.insight import refusals
from authorization.insight.refusals import Repeated, Standing
from authorization.models import AccessRequest, DataGrant, User
from authorization.people import access as people
from authorization.people.access import Viewer
from authorization.people.roles import Right
from authorization.pms import connections
from billing import access
from billing.models import BankAccount, Join, LedgerAccount, Payout, ProcessorAccount, Rating
from billing.payouts.cycle import wording
from billing.payouts.payees import readiness
from billing.payouts.payees.readiness import Need
from billing.portal.overview import money_work
from billing.portal.overview.money_work import WorkList
from billing.sessions.join_codes import codes
from chargers.availability import outages
from chargers.availability.outages import Fault
from chargers.fleet import alerts, condition
from chargers.formatting.words import licence_sentence
from chargers.models import Charger, Host, PowerLimit
from chargers.security import certificates

Level = Literal["bad", "warn"]
_OF_SESSION: Final = "receipt__session__"
_ANY: Final = "any-charger-id"
_UNQUOTED: Final = "/~:@!$&'()*+,;="
"""As Django quotes what stands in addresses."""


class Kind(StrEnum):
    """Kinds of causes; the values stand in addresses and in the API."""

    OFFLINE = "offline"
    FAULTED = "faulted"
    INCIDENT = "incident"
    REPORTED = "reported"
    USED_TWICE = "used_twice"
    REFUSALS = "refusals"
    POWER = "power"
    PAYOUT = "payout"
    BANK_ACCOUNT = "bank_account"
    IDENTITY = "identity"
    HELD = "held"
    REFUND_WAITS = "waiting"
    REFUND_REFUSED = "refused"
    DISPUTE = "disputes"
    UNCOLLECTED = "owed"
    COMPLAINT = "complaints"
    DOUBTFUL = "offers"
    LATE_STOP = "late"
    REQUEST = "requests"
    JOIN = "joins"
    DATA_GRANT = "data_grants"
    WEBHOOK = "webhook"
    PMS_FAILING = "pms_failing"
    LISTING = "listings"
    CERTIFICATE = "certificate"
    LICENCE = "licence"


TITLES: Final[Mapping[Kind, str]] = {
    Kind.OFFLINE: "Offline", Kind.FAULTED: "Faulted", Kind.INCIDENT: "Part of an incident",
    Kind.REPORTED: "With support", Kind.USED_TWICE: "Id used twice",
    Kind.REFUSALS: "Repeated refusals", Kind.POWER: "Power not under control", Kind.PAYOUT: "Failed payout",
    Kind.HELD: "Held session", Kind.REFUND_WAITS: "Refund that waits", Kind.REFUND_REFUSED: "Refused refund",
    Kind.DISPUTE: "Contested payment", Kind.UNCOLLECTED: "Not collected", Kind.COMPLAINT: "Complaint",
    Kind.REQUEST: "Request for access", Kind.WEBHOOK: "Webhook disabled", Kind.CERTIFICATE: "Certificate ends",
    Kind.DOUBTFUL: "Doubtful bill", Kind.LICENCE: "Licence ends", Kind.JOIN: "Resident to admit",
    Kind.DATA_GRANT: "Support asks for data", Kind.PMS_FAILING: "Property system failing",
    Kind.LISTING: "Listing without a unit", Kind.BANK_ACCOUNT: "Bank account for payouts",
    Kind.IDENTITY: "Identity check", Kind.LATE_STOP: "Late stop",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads somewhere; without an address, only the text."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One thing that needs a person. `subject` is the row of the list that it belongs to.

    `key` says which occurrence it is: another one, or one that grew, has another key. `minor` is the money at stake
    in `currency`, `drivers` how many were turned away; both are estimates for outages and refusals.
    """

    subject: str
    kind: Kind
    key: str
    level: Level
    since: datetime
    words: Link
    detail: str = ""
    fix: Link
    by_others: str = ""
    """Of money: goes on after who decides, for readers who do not."""
    count: int = 1
    minor: int = 0
    currency: str = ""
    drivers: int = 0
    is_estimate: bool = False
    charger: int | None = None
    evse_number: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """All causes, and how many groups of refusals were not looked at."""

    causes: list[Cause]
    more_refusals: int


Source = Callable[[Viewer, "QuerySet[Charger]"], Iterable[Cause]]
"""From a viewer and the chargers that they see to causes."""


@cache
def _sources() -> tuple[Source, ...]:
    """What the apps above this one know of chargers, as the settings name it: imported when it is first asked."""
    return tuple(import_string(path) for path in settings.ATTENTION_SOURCES)


def of(viewer: Viewer, *, now: datetime, most_refusals: int) -> Found:
    """All that needs this viewer, in no order. Twenty-three queries, and those for refusals that were put right
    and for hosts whose payouts wait."""
    chargers = people.chargers(viewer).filter(retired_at=None).select_related("property", "licence")
    standing = refusals.repeated(people.decisions(viewer), now=now, most=most_refusals)
    causes = [
        *_offline(chargers, now=now),
        *_faulted(chargers),
        *_used_twice(chargers, now=now),
        *_refusals(standing),
        *_power(chargers),
        *_money(viewer),
        *_requests(viewer),
        *_joins(viewer),
        *_data_grants(viewer, now=now),
        *_payouts(viewer),
        *_payees(viewer, now=now),
        *_webhooks(viewer),
        *_property_systems(viewer),
        *_listings(viewer),
        *_certificates(chargers, now=now),
        *_licences(chargers, now=now),
        *(cause for source in _sources() for cause in source(viewer, chargers)),
    ]
    return Found(causes, standing.more)


def subject_of(charger_id: str) -> str:
    return f"charger:{charger_id}"


def _offline(chargers: QuerySet[Charger], *, now: datetime) -> Iterator[Cause]:
    for charger in chargers.filter(condition.offline_long(now)):
        since = charger.disconnected_at or now
        yield Cause(
            subject=subject_of(charger.charger_id),
            kind=Kind.OFFLINE,
            key=f"offline:{since.isoformat()}",
            level="bad",
            since=since,
            words=Link("Offline", page_of("chargers:overview", charger)),
            fix=Link("See why it does not connect", page_of("chargers:connection", charger)),
            charger=charger.pk,
            is_estimate=True,
        )


def _faulted(chargers: QuerySet[Charger]) -> Iterator[Cause]:
    rows = list(chargers.filter(condition.faulted()))
    faults = outages.open_faults([charger.pk for charger in rows])
    for charger in rows:
        known = faults.get(charger.pk, []) or [Fault(evse_number=None, since=_since(charger), detail="")]
        yield from (_fault(charger, fault) for fault in known)


def _fault(charger: Charger, fault: Fault) -> Cause:
    where = f"connector {fault.evse_number}" if fault.evse_number else "the whole charger"
    detail = f"{where}, {fault.detail}" if fault.detail not in {"", "NoError"} else where
    return Cause(
        subject=subject_of(charger.charger_id),
        kind=Kind.FAULTED,
        key=f"faulted:{fault.evse_number or 0}:{fault.since.isoformat()}",
        level="bad",
        since=fault.since,
        words=Link("Faulted", page_of("chargers:overview", charger)),
        detail=detail,
        fix=Link("Restart it", page_of("chargers:commands", charger)),
        charger=charger.pk,
        evse_number=fault.evse_number,
        is_estimate=True,
    )


def _since(charger: Charger) -> datetime:
    return charger.status_at or charger.connected_at or charger.created_at


def _used_twice(chargers: QuerySet[Charger], *, now: datetime) -> Iterator[Cause]:
    fought = chargers.filter(pk__in=alerts.fought_over(now).values("pk"))
    for charger in fought.annotate(swapped_at=Min("connection_swaps__at")):
        yield Cause(
            subject=subject_of(charger.charger_id),
            kind=Kind.USED_TWICE,
            key="used_twice",
            level="bad",
            since=charger.swapped_at,
            words=Link("Id used twice", page_of("chargers:connection", charger)),
            detail="connections keep taking over from each other: somebody else may have its password",
            fix=Link("Set a new password", page_of("chargers:connection", charger)),
        )


def _refusals(standing: Standing) -> Iterator[Cause]:
    for one in standing.first:
        decisions = reverse("authorization:decisions")
        query = f"verdict=refused&reason={one.reason.code}&charger={one.charger_id}"
        href = f"{decisions}?{query}&{'hours=1' if one.is_now else f'days={refusals.DAYS}'}"
        yield Cause(
            subject=subject_of(one.charger_id),
            kind=Kind.REFUSALS,
            key=f"refusals:{one.reason.code}",
            level="bad" if one.is_now else "warn",
            since=one.first_at,
            words=Link(f"{one.lately} refusals in 1 hour" if one.is_now else f"{one.count} refusals", href),
            detail=_refused(one),
            fix=Link(one.remedy.text, one.remedy.link),
            count=one.count,
            drivers=one.cards or one.count,
            is_estimate=True,
        )


def _refused(one: Repeated) -> str:
    within = f"in the last {refusals.DAYS} days"
    if not one.is_now:
        return f"{one.reason.title}, {within}"
    return f"{one.reason.title}, {one.count} {within}" if one.count > one.lately else one.reason.title


def _power(chargers: QuerySet[Charger]) -> Iterator[Cause]:
    limits = PowerLimit.objects.filter(
        enabled=True, uncontrolled_a__isnull=False, property__in=chargers.values("property")
    )
    for limit in limits.select_related("property"):
        page = reverse("chargers:power", args=[limit.property.slug])
        amperes = f"{limit.uncontrolled_a:.0f} A of {limit.limit_a():.0f} A"
        exceeded = ": the limit may be exceeded" if limit.is_exceeded() else ""
        yield Cause(
            subject=f"property:{limit.property.slug}",
            kind=Kind.POWER,
            key="power",
            level="bad" if limit.is_exceeded() else "warn",
            since=limit.uncontrolled_since or limit.property.created_at,
            words=Link("Power not under control", page),
            detail=f"{amperes} cannot be limited{exceeded}; other cars are paused",
            fix=Link("See which car", page),
        )


def _money(viewer: Viewer) -> Iterator[Cause]:
    work = money_work.of(viewer)
    page = reverse("billing:money")
    last = Rating.objects.filter(session=OuterRef("pk")).order_by("-id")
    held = work.held.rows.annotate(
        minor=Subquery(last.values("total_minor")[:1]), of=Subquery(last.values("currency")[:1])
    )
    yield from _grouped(
        Kind.HELD, work.held, held.values(**_facts("", at="stopped_at", minor="minor", currency="of")), page=""
    )
    back = _facts(_OF_SESSION, at="created_at", minor="total_minor", currency="currency")
    yield from _grouped(Kind.REFUND_WAITS, work.waiting, work.waiting.rows.values(**back), page=page)
    refused = work.refused.rows.prefetch_related(None)
    yield from _grouped(Kind.REFUND_REFUSED, work.refused, refused.values(**back), page=page)
    contested = _facts("hold__session__", at="opened_at", minor="amount_minor", currency="currency")
    yield from _grouped(Kind.DISPUTE, work.disputes, work.disputes.rows.values(**contested), page=page)
    complained = _facts(
        _OF_SESSION, at="asked_at", minor="receipt__rating__total_minor", currency="receipt__rating__currency"
    )
    yield from _grouped(
        Kind.COMPLAINT, work.complaints, work.complaints.rows.values(**complained, words=F("text")), page=page
    )
    doubtful = _facts(_OF_SESSION, at="made_at", minor="total_minor", currency="currency")
    yield from _grouped(Kind.DOUBTFUL, work.offers, work.offers.rows.values(**doubtful), page=page)
    late = _facts("session__", at="created_at", minor="more", currency="currency")
    del late["session_id"]  # its own field
    stops = work.late.rows.annotate(more=F("total_minor") - F("billed_minor"))
    yield from _grouped(Kind.LATE_STOP, work.late, stops.values("session_id", **late), page=page)
    yield from _uncollected(work, page=page)


def _facts(session: str, *, at: str, minor: str, currency: str) -> dict[str, Any]:
    return {
        "row": F("pk"),
        "charger_name": F(f"{session}charger__charger_id"),
        "session_id": F(f"{session}pk"),
        "at_": F(at),
        "minor_": F(minor),
        "currency_": F(currency),
    }


_DETAILS: Final[Mapping[Kind, str]] = {
    Kind.DOUBTFUL: "The records prove that something went wrong; the guest has not complained.",
    Kind.REFUND_WAITS: "The guest is promised nothing until somebody agrees.",
    Kind.DISPUTE: "The bank decides; nothing of it can be given back meanwhile.",
    Kind.LATE_STOP: "The charger reported more than was billed, after the bill: nothing more is billed by itself.",
}
_FIXES: Final[Mapping[Kind, str]] = {
    Kind.HELD: "Decide what is billed",
    Kind.REFUND_WAITS: "Approve or decline",
    Kind.REFUND_REFUSED: "Send it again, or note how it was given back",
    Kind.DISPUTE: "See the dispute",
    Kind.COMPLAINT: "Answer",
    Kind.DOUBTFUL: "Give it back, or say why the bill is right",
    Kind.LATE_STOP: "Bill the difference, or leave it",
}

_BY_OTHERS: Final[Mapping[Kind, str]] = {
    Kind.HELD: " decides.",
    Kind.REFUND_WAITS: " decides.",
    Kind.REFUND_REFUSED: " sends it again, or notes how it was given back.",
    Kind.COMPLAINT: " answers.",
    Kind.DOUBTFUL: " gives it back, or says why the bill is right.",
    Kind.LATE_STOP: " bills the difference, or leaves it.",
}


def _grouped(kind: Kind, work: WorkList[Any], rows: Iterable[Mapping[str, Any]], *, page: str) -> Iterator[Cause]:
    """One cause for each charger. `page` lists the work; empty: its sessions do."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[row["charger_name"], row["currency_"] or ""].append(row)
    for (charger_id, currency), group in groups.items():
        session = reverse("billing:session", args=[group[0]["session_id"]])
        href = f"{page}#{work.slug}" if page else session
        detail = _DETAILS.get(kind, "")
        if kind == Kind.COMPLAINT:
            detail = Truncator(group[0]["words"]).words(15)
        yield Cause(
            subject=subject_of(charger_id),
            kind=kind,
            key=f"{kind}:{len(group)}:{max(str(row['row']) for row in group)}",
            level="bad" if kind == Kind.REFUND_REFUSED else "warn",
            since=min(row["at_"] for row in group),
            words=Link(work.words(len(group)), href),
            detail=detail,
            fix=Link(_FIXES[kind], session if len(group) == 1 else href),
            by_others=_BY_OTHERS.get(kind, ""),
            count=len(group),
            minor=sum(row["minor_"] or 0 for row in group),
            currency=currency,
        )


def _uncollected(work: money_work.Work, *, page: str) -> Iterator[Cause]:
    """Added up in the database: there may be thousands."""
    rows = work.owed.rows.order_by().values("session__charger__charger_id", "currency")
    for row in rows.annotate(
        count=Count("id"), minor=Sum(F("amount_minor") - F("reduced_minor")), since=Min("created_at")
    ):
        yield Cause(
            subject=subject_of(row["session__charger__charger_id"]),
            kind=Kind.UNCOLLECTED,
            key=f"owed:{row['count']}:{row['minor']}",
            level="warn",
            since=row["since"],
            words=Link(work.owed.words(row["count"]), f"{page}#owed"),
            detail="Cards did not cover it, and drivers have not paid it yet.",
            fix=Link("See who owes it", f"{page}#owed"),
            count=row["count"],
            minor=row["minor"],
            currency=row["currency"],
        )


def _requests(viewer: Viewer) -> Iterator[Cause]:
    asking = people.access_requests(viewer).filter(state=AccessRequest.State.OPEN).select_related("charger")
    page = reverse("authorization:requests")
    for asked in asking.order_by("asked_at"):
        href = f"{page}#request-{asked.pk}"
        yield Cause(
            subject=subject_of(asked.charger.charger_id),
            kind=Kind.REQUEST,
            key=f"request:{asked.pk}",
            level="warn",
            since=asked.asked_at,
            words=Link(f"{asked.name} asks for access", href),
            fix=Link("Let them in, or decline", href),
            drivers=1,
        )


def _joins(viewer: Viewer) -> Iterator[Cause]:
    """Those who wait, by code: a whole house may join on one evening."""
    waiting = codes.joins(viewer).filter(state=Join.State.OPEN).order_by()
    rows = waiting.values("code_id", "code__name", "code__host__slug")
    for row in rows.annotate(count=Count("id"), since=Min("asked_at"), newest=Max("id")):
        page, count = reverse("settings-join-code", args=[row["code_id"]]), row["count"]
        yield Cause(
            subject=f"host:{row['code__host__slug']}",
            kind=Kind.JOIN,
            key=f"join:{count}:{row['newest']}",
            level="warn",
            since=row["since"],
            words=Link(f"{count} {'waits' if count == 1 else 'wait'} to join by “{row['code__name']}”", page),
            fix=Link("Let them in, or decline", page),
            count=count,
            drivers=count,
        )


def _data_grants(viewer: Viewer, *, now: datetime) -> Iterator[Cause]:
    """Support agents who ask to see personal data of a host's guests: an owner answers."""
    if isinstance(viewer, User) and viewer.is_agent:
        return
    asked = DataGrant.objects.filter(host__in=people.hosts_with(viewer, Right.PEOPLE), ends_at__gt=now)
    for grant in asked.filter(approved_at=None, declined_at=None).select_related("host").order_by("asked_at"):
        page = reverse("settings-support-access", args=[grant.host.slug])
        yield Cause(
            subject=f"host:{grant.host.slug}",
            kind=Kind.DATA_GRANT,
            key=f"grant:{grant.pk}",
            level="warn",
            since=grant.asked_at,
            words=Link("Support asks to see personal data of guests", page),
            fix=Link("Approve or decline", page),
        )


def _payouts(viewer: Viewer) -> Iterator[Cause]:
    failed = access.payouts(viewer).filter(state__in=(Payout.State.FAILED, Payout.State.RETURNED), reissue__isnull=True)
    for payout in failed.select_related("host"):
        page = reverse("billing:payout", args=[payout.pk])
        yield Cause(
            subject=f"host:{payout.host.slug}",
            kind=Kind.PAYOUT,
            key=f"payout:{payout.pk}",
            level="bad",
            since=payout.failed_at or payout.submitted_at or payout.calculated_at or payout.ends_at,
            words=Link(f"Payout {payout.get_state_display().lower()}", page),
            detail=(wording.failure(payout) or {}).get("sentence", ""),
            fix=Link("See whose move it is", page),
            minor=payout.amount_minor,
            currency=payout.currency,
        )


def _payees(viewer: Viewer, *, now: datetime) -> Iterator[Cause]:
    """What payouts wait for, in the words of the page of payouts, once something is owed or was begun; to agents only
    what no member may decide. One query, and up to six for each such host."""
    if getattr(viewer, "is_agent", False):
        for account in readiness.for_support(access.bank_accounts(viewer)):
            yield _payee(account.host, readiness.waiting(account, now=now))
        return
    owed = LedgerAccount.objects.filter(host=OuterRef("pk"), code=LedgerAccount.Code.HOST_PAYABLE)
    unconfirmed = BankAccount.objects.filter(host=OuterRef("pk"), state=BankAccount.State.UNCONFIRMED)
    begun = ProcessorAccount.objects.filter(host=OuterRef("pk")).exclude(ref="")
    hosts = people.hosts_with(viewer, Right.SEE_MONEY).filter(Exists(owed) | Exists(unconfirmed) | Exists(begun))
    for host in hosts:
        waiting = BankAccount.objects.filter(host=host, state=BankAccount.State.UNCONFIRMED)
        accounts = waiting.select_related("host", "property").order_by("pk")
        needs: list[Need | None] = [readiness.waiting(bank_account, now=now) for bank_account in accounts]
        for need in (*(needs or [readiness.account(host, now=now)]), readiness.identity(host, now=now)):
            if need is not None:
                yield _payee(host, need)


def _payee(host: Host, need: Need) -> Cause:
    page = reverse(need.page, args=[host.slug])
    return Cause(
        subject=f"host:{host.slug}",
        kind=Kind(need.code),
        key=f"{need.code}:{host.slug}:{need.sentence}",
        level="warn",
        since=need.since or host.created_at,
        words=Link(need.title, page),
        detail=need.sentence,
        fix=Link("Open", page),
    )


def _webhooks(viewer: Viewer) -> Iterator[Cause]:
    """Endpoints that were disabled because they failed; what a person disabled is as it should be."""
    disabled = access.webhook_endpoints(viewer).filter(disabled_at__isnull=False, failing_since__isnull=False)
    for endpoint in disabled.select_related("host"):
        page = reverse("billing:connection", args=[endpoint.pk])
        yield Cause(
            subject=f"host:{endpoint.host.slug}",
            kind=Kind.WEBHOOK,
            key=f"webhook:{endpoint.pk}:{endpoint.disabled_at}",
            level="warn",
            since=endpoint.disabled_at or endpoint.created_at,
            words=Link("Webhook disabled", page),
            detail=f"{endpoint.url}: {endpoint.disabled_why}",
            fix=Link("Repair and enable it", page),
        )


def _property_systems(viewer: Viewer) -> Iterator[Cause]:
    failing = connections.needing_somebody(people.pms_connections(viewer)).select_related("host")
    for connection in failing:
        page, failure = reverse("settings-property-system", args=[connection.key]), connections.failure(connection)
        yield Cause(
            subject=f"host:{connection.host.slug}",
            kind=Kind.PMS_FAILING,
            key=f"pms:{connection.pk}:{connection.failure_code}",
            level="bad",
            since=connection.failing_since or connection.created_at,
            words=Link(f"No bookings come from {connection.name}", page),
            detail=failure.sentence if failure else "",
            fix=Link(failure.fix.rstrip(".") if failure else "See why", page),
        )


def _listings(viewer: Viewer) -> Iterator[Cause]:
    """By connection: a new account may have a hundred. Without a booking there is no hurry."""
    waiting = connections.unmapped(people.pms_connections(viewer)).filter(waiting__gt=0).order_by()
    rows = waiting.values("connection__key", "connection__name", "connection__host__slug")
    for row in rows.annotate(count=Count("id"), since=Min("added_at"), bookings=Sum("waiting")):
        page, count = reverse("settings-property-system", args=[row["connection__key"]]) + "#listings", row["count"]
        yield Cause(
            subject=f"host:{row['connection__host__slug']}",
            kind=Kind.LISTING,
            key=f"listings:{row['connection__key']}:{count}",
            level="warn",
            since=row["since"],
            words=Link(f"{count} listing{'s' if count > 1 else ''} of {row['connection__name']} without a unit", page),
            detail=f"{row['bookings']} booking{'s wait' if row['bookings'] > 1 else ' waits'}",
            fix=Link("Choose the unit", page),
            count=count,
        )


def _certificates(chargers: QuerySet[Charger], *, now: datetime) -> Iterator[Cause]:
    for certificate in certificates.ending(now).filter(charger__in=chargers).select_related("charger"):
        page = page_of("chargers:connection", certificate.charger)
        ends = "ends" if certificate.valid_to > now else "ended"
        yield Cause(
            subject=subject_of(certificate.charger.charger_id),
            kind=Kind.CERTIFICATE,
            key=f"certificate:{certificate.pk}",
            level="warn" if certificate.valid_to > now else "bad",
            since=min(certificate.valid_to, now),
            words=Link(f"Certificate {ends} on {certificate.valid_to:%-d %b %Y}", page),
            fix=Link("Ask the charger to renew it", page),
        )


def _licences(chargers: QuerySet[Charger], *, now: datetime) -> Iterator[Cause]:
    for charger in chargers.filter(condition.licence_ends(now)):
        ends_on = charger.licence.expires_on
        assert ends_on is not None
        begun = datetime.combine(ends_on - condition.LICENCE_NEEDS_CARE, time(0), tzinfo=UTC)
        yield Cause(
            subject=subject_of(charger.charger_id),
            kind=Kind.LICENCE,
            key=f"licence:{ends_on}",
            level="warn" if ends_on >= now.date() else "bad",
            since=begun
            if ends_on >= now.date()
            else datetime.combine(ends_on + timedelta(days=1), time(0), tzinfo=UTC),
            words=Link(
                "Licence ends" if ends_on >= now.date() else "Licence ended", page_of("chargers:setup", charger)
            ),
            detail=licence_sentence(charger),
            fix=Link("See what to do", page_of("chargers:setup", charger)),
        )


def page_of(name: str, charger: Charger) -> str:
    """The address of a page of a charger, such as "chargers:overview"."""
    return _pattern(name).replace(_ANY, quote(charger.charger_id, safe=_UNQUOTED))


@cache
def _pattern(name: str) -> str:
    """Resolving an address costs more than the rest of a row, and there may be thousands."""
    return reverse(name, args=[_ANY])
